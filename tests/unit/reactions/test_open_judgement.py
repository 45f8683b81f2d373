"""Whether a mail's picture was loaded for a person, by what the request and its company say."""

from datetime import UTC, datetime, timedelta

import pytest

from sequences.reactions.click_judgement import Hit, judge_click, judge_open
from sequences.reactions.user_agents import is_image_proxy

SENT = datetime(2027, 5, 4, 9, tzinfo=UTC)
THUNDERBIRD = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.5.0"
OUTLOOK = "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; WOW64; Trident/7.0; Microsoft Outlook 16.0.18324)"
GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
GMAIL_AHEAD = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/42.0.2311.135 "
    "Safari/537.36 Edge/12.246 Mozilla/5.0"
)
YAHOO = "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html"


def hit(agent: str = THUNDERBIRD, seconds: float = 3600, **more: object) -> Hit:
    values = {"address": "203.0.113.7", "link": "picture", "send": "s1", "person": "p1", "pixel": True, **more}
    return Hit(SENT + timedelta(seconds=seconds), str(values.pop("method", "GET")), agent, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize("agent", [THUNDERBIRD, OUTLOOK])
def test_a_mail_program_an_hour_later_is_likely_a_person(agent: str) -> None:
    assert judge_open(hit(agent), SENT, ()).human


@pytest.mark.parametrize("agent", [GMAIL, GMAIL_AHEAD, YAHOO, "Mozilla/5.0", "Outlook-Image-Proxy/1.0"])
def test_what_a_provider_loads_for_its_users_is_a_machines(agent: str) -> None:
    assert is_image_proxy(agent)
    assert "image_proxy" in judge_open(hit(agent), SENT, ()).reasons


@pytest.mark.parametrize("agent", ["", "curl/8.9", "Barracuda Sentinel", "Mimecast", "python-httpx/0.28"])
def test_programs_that_nobody_reads_mail_with_are_machines(agent: str) -> None:
    assert not is_image_proxy(agent)
    assert not judge_open(hit(agent), SENT, ()).human


def test_within_seconds_of_the_send_it_is_a_machines() -> None:
    assert judge_open(hit(seconds=14), SENT, ()).reasons == ("too_soon",)
    assert judge_open(hit(seconds=15), SENT, ()).human
    # A run has a clock of its own, which may be behind.
    assert judge_open(hit(seconds=-5), SENT, ()).human
    assert judge_open(hit(), None, ()).reasons == ("not_sent",)


def test_other_methods_and_prefetching_are_machines() -> None:
    assert judge_open(hit(method="HEAD"), SENT, ()).reasons == ("method",)
    assert judge_open(hit(prefetch=True), SENT, ()).reasons == ("prefetch",)


def test_who_asks_for_the_hidden_link_or_for_many_peoples_mails_is_a_machine() -> None:
    trapped = hit(seconds=3610, link="trap", honeypot=True, pixel=False)
    assert judge_open(hit(), SENT, [trapped]).reasons == ("with_honeypot",)
    another = hit(seconds=3605, send="s2", person="p2")
    assert judge_open(hit(), SENT, [another]).reasons == ("across_recipients",)


def test_who_opens_and_clicks_at_once_is_a_person_in_both() -> None:
    click = hit(seconds=3601, link="job", pixel=False)
    assert judge_open(hit(), SENT, [click]).human
    assert judge_click(click, SENT, [hit()]).human
    assert judge_click(click, SENT, [hit(link="other", pixel=False)]).reasons == ("burst",)
