"""Human or machine, from everything known of a message and its neighbours."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequences.reactions.click_judgement import Hit, judge_click

SENT = datetime(2027, 5, 4, 9, tzinfo=UTC)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36 Edg/131.0"
SCANNER, HOME = "203.0.113.9", "198.51.100.7"


def a_hit(seconds: float = 60, **more: object) -> Hit:
    values = {"method": "GET", "user_agent": FIREFOX, "address": HOME, "link": "l0", "send": "s1", "person": "p1"}
    return Hit(**{"at": SENT + timedelta(seconds=seconds), **values, **more})  # type: ignore[arg-type]


def reasons(hit: Hit, *others: Hit) -> tuple[str, ...]:
    return judge_click(hit, SENT, [hit, *others]).reasons


@pytest.mark.parametrize(
    ("seconds", "more", "expected"),
    [
        (60, {}, ()),
        (5, {}, ()),
        (4.9, {}, ("too_soon",)),
        (0, {}, ("too_soon",)),
        (-60, {}, ()),
        (60, {"method": "HEAD"}, ("method",)),
        (60, {"method": "OPTIONS"}, ("method",)),
        (60, {"prefetch": True}, ("prefetch",)),
        (60, {"honeypot": True}, ("honeypot",)),
        (60, {"user_agent": ""}, ("agent_empty",)),
        (60, {"user_agent": " "}, ("agent_empty",)),
        (60, {"user_agent": "Mozilla/5.0"}, ("agent_bare",)),
        (60, {"user_agent": "Barracuda Sentinel (EE)"}, ("agent_known",)),
        (60, {"user_agent": "python-requests/2.32"}, ("agent_known",)),
        (60, {"user_agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"}, ("agent_known",)),
        (60, {"user_agent": "Mozilla/5.0 (compatible; Some_bot_x)"}, ("agent_known",)),
        (60, {"user_agent": "Mozilla/5.0 (Windows NT 10.0) BingPreview/1.0b"}, ("agent_known",)),
        (60, {"user_agent": "Mozilla/5.0 (via ggpht.com GoogleImageProxy)"}, ("agent_known",)),
        (60, {"user_agent": "Mozilla/5.0 (X11) HeadlessChrome/131.0"}, ("agent_known",)),
        (60, {"user_agent": "Mozilla/5.0 (Linux; Android 10; CUBOT NOTE 20) Chrome/131.0 Mobile"}, ()),
        (1, {"method": "HEAD", "user_agent": ""}, ("method", "agent_empty", "too_soon")),
    ],
)
def test_a_hit_by_itself(seconds: float, more: dict[str, object], expected: tuple[str, ...]) -> None:
    assert reasons(a_hit(seconds, **more)) == expected


def test_a_mail_that_was_never_sent_has_no_readers() -> None:
    assert judge_click(a_hit(), None, ()).reasons == ("not_sent",)
    assert judge_click(a_hit(), None, ()).verdict == "machine"


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (a_hit(61.9, link="l1"), ("burst",)),
        (a_hit(58.1, link="l1", address=SCANNER, user_agent=EDGE), ("burst",)),
        (a_hit(62.1, link="l1"), ()),
        (a_hit(60.5), ()),  # an impatient person presses the same link twice
        (a_hit(60.5, link="l1", send="s2"), ()),
    ],
)
def test_several_links_of_a_message_at_once_are_a_machines(other: Hit, expected: tuple[str, ...]) -> None:
    assert reasons(a_hit(), other) == expected


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (a_hit(69, send="s2", link="x0", person="p2"), ("across_recipients",)),
        (a_hit(51, send="s2", link="x0", person="p2", user_agent=EDGE), ("across_recipients",)),
        (a_hit(71, send="s2", link="x0", person="p2"), ()),
        (a_hit(61, send="s2", link="x0", person="p2", address=SCANNER), ()),
        (a_hit(63, send="s2", link="x0"), ()),  # the same person's other mail
    ],
)
def test_one_address_at_several_peoples_mails_is_a_machines(other: Hit, expected: tuple[str, ...]) -> None:
    assert reasons(a_hit(), other) == expected


@pytest.mark.parametrize("inside", ["127.0.0.1", "10.1.2.3", "172.20.0.5", "192.168.1.1", "::1", "fd00::1", "", "x"])
def test_a_proxy_that_hides_its_visitors_does_not_make_them_one_machine(inside: str) -> None:
    mine = a_hit(address=inside)
    colleague = a_hit(61, send="s2", link="x0", person="p2", address=inside, user_agent=EDGE)
    assert reasons(mine, colleague) == ()
    assert reasons(mine, replace(colleague, user_agent=FIREFOX)) == ("across_recipients",)


@pytest.mark.parametrize(
    ("trapped", "expected"),
    [
        (a_hit(85, honeypot=True, link="l9", user_agent=EDGE), ("with_honeypot",)),
        (a_hit(35, honeypot=True, link="l9", address=SCANNER), ("with_honeypot",)),
        (a_hit(85, honeypot=True, link="l9", address=SCANNER, user_agent=EDGE), ()),
        (a_hit(95, honeypot=True, link="l9", address=SCANNER), ()),
        (a_hit(600, honeypot=True, link="l9"), ("with_honeypot",)),
        (a_hit(700, honeypot=True, link="l9"), ()),
        (a_hit(61, honeypot=True, link="l9", address=SCANNER, user_agent=EDGE), ("burst",)),
        (a_hit(85, honeypot=True, link="l9", send="s2"), ()),
    ],
)
def test_who_fell_into_the_trap_is_a_machine_with_all_it_did(trapped: Hit, expected: tuple[str, ...]) -> None:
    assert reasons(a_hit(), trapped) == expected


def test_a_person_who_comes_after_the_scanner_counts() -> None:
    burst = [a_hit(20 + number / 4, link=f"l{number}", address=SCANNER, user_agent=EDGE) for number in range(4)]
    burst.append(a_hit(21, link="l9", honeypot=True, address=SCANNER, user_agent=EDGE))
    for hit in burst:
        assert not judge_click(hit, SENT, burst).human
    assert judge_click(a_hit(120), SENT, burst).human
    # The gateway posed as the very browser that its person uses.
    assert judge_click(a_hit(120, user_agent=EDGE), SENT, burst).human


AGENTS = st.sampled_from([FIREFOX, EDGE, "", "Mozilla/5.0"])
HITS = st.builds(
    a_hit,
    st.integers(-20, 800),
    method=st.sampled_from(["GET", "HEAD"]),
    user_agent=AGENTS,
    address=st.sampled_from([SCANNER, HOME, "10.0.0.1", "nonsense"]),
    link=st.sampled_from(["l0", "l1", "l9"]),
    send=st.sampled_from(["s1", "s2"]),
    person=st.sampled_from(["p1", "p2"]),
    honeypot=st.booleans(),
)


@pytest.mark.slow
@given(HITS, st.lists(HITS, max_size=6), HITS)
def test_more_that_is_known_never_makes_a_machine_a_person(hit: Hit, others: list[Hit], one_more: Hit) -> None:
    before = judge_click(hit, SENT, others).reasons
    assert set(before) <= set(judge_click(hit, SENT, [*others, one_more]).reasons)
    assert set(before) == set(judge_click(hit, SENT, reversed(others)).reasons)
