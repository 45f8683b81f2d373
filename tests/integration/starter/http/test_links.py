"""What readers of our mails reach: tracked links and unsubscribing."""

from datetime import timedelta
from typing import Any

import pytest

from sequences.tokens import TokenKind
from services.intake.judge_clicks import HitJudging
from services.intake.mail import MailIntake
from tests.support.rigs.api import BROWSER, ApiRig

AGENT = {"User-Agent": BROWSER}
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


async def mail_with_link(api: ApiRig, **more: Any) -> tuple[str, str, str]:
    enrollment = await api.enrolled()
    send = await api.sent(enrollment)
    link = await api.link(send, **more)
    return enrollment, send, f"/c/{api.token(TokenKind.CLICK, link)}"


async def kinds(api: ApiRig, enrollment: Any) -> list[Any]:
    return [row["kind"] for row in await api.rows("reactions_of", enrollment_id=enrollment)]


async def verdicts(api: ApiRig) -> list[Any]:
    """Of all hits, once they were judged."""
    api.now += timedelta(seconds=30)
    await HitJudging(api.database).judge_due(api.now)
    return [row["verdict"] for row in await api.fetch("SELECT verdict FROM hit ORDER BY id")]


async def test_a_click_is_redirected_to_the_frozen_target_and_is_a_reaction(api: ApiRig) -> None:
    enrollment, _, path = await mail_with_link(api)
    answer = await api.http.get(path, headers=AGENT)
    assert answer.status_code == 302
    assert answer.headers["location"] == "https://agency.example/jobs?a=1&b=2"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert api.woken == 1
    assert await kinds(api, enrollment) == []
    assert await verdicts(api) == ["human"]
    assert await kinds(api, enrollment) == ["clicked"]


async def test_only_the_first_human_click_is_a_reaction_and_every_hit_is_kept(api: ApiRig) -> None:
    enrollment, _, path = await mail_with_link(api)
    for _ in range(3):
        assert (await api.http.get(path.upper().replace("/C/", "/c/"), headers=AGENT)).status_code == 302
    assert await verdicts(api) == ["human"] * 3
    assert await kinds(api, enrollment) == ["clicked"]


@pytest.mark.parametrize(
    ("method", "agent"),
    [("HEAD", BROWSER), ("GET", ""), ("GET", "Mozilla/5.0"), ("GET", "Barracuda Sentinel"), ("GET", "curl/8.9")],
)
async def test_a_machines_hit_is_redirected_but_is_no_reaction(api: ApiRig, method: str, agent: str) -> None:
    enrollment, _, path = await mail_with_link(api)
    answer = await api.http.request(method, path, headers={"User-Agent": agent})
    assert answer.status_code == 302
    assert await verdicts(api) == ["machine"]
    assert await kinds(api, enrollment) == []


async def test_a_hit_seconds_after_the_send_is_a_machines(api: ApiRig) -> None:
    _, _, path = await mail_with_link(api)
    api.now -= timedelta(minutes=59, seconds=58)
    await api.http.get(path, headers=AGENT)
    assert await verdicts(api) == ["machine"]


@pytest.mark.parametrize("form", ["forged", "other kind", "unknown", "cut", "nonsense", "url"])
async def test_a_link_we_never_made_is_a_404_page_and_never_a_redirect(api: ApiRig, form: str) -> None:
    _, send, path = await mail_with_link(api)
    link = (await api.fetch("SELECT id FROM send_link"))[0]["id"]
    token = {
        "forged": api.token(TokenKind.CLICK, link, b"not ours"),
        "other kind": api.token(TokenKind.UNSUBSCRIBE, send),
        "unknown": api.token(TokenKind.CLICK, "lnothing12345"),
        "cut": path.rpartition("/")[2][:-3],
        "nonsense": "%3Cscript%3Ealert(1)%3C%2Fscript%3E",
        "url": "https%3A%2F%2Fevil.example",
    }[form]
    for method in ("GET", "HEAD"):
        answer = await api.http.request(method, f"/c/{token}", headers=AGENT)
        assert answer.status_code == 404
        assert "location" not in answer.headers
    page = await api.http.get(f"/c/{token}", headers=AGENT)
    assert (page.status_code, "<script>" in page.text) == (404, False)
    assert await verdicts(api) == []


async def test_a_target_that_is_no_web_address_is_not_followed(api: ApiRig) -> None:
    _, _, path = await mail_with_link(api, target="javascript:alert(1)")
    assert (await api.http.get(path, headers=AGENT)).status_code == 404


async def unsubscribable(api: ApiRig) -> tuple[str, str]:
    enrollment = await api.enrolled()
    send = await api.sent(enrollment)
    return enrollment, f"/u/{api.token(TokenKind.UNSUBSCRIBE, send)}"


async def suppressed(api: ApiRig) -> list[tuple[Any, Any]]:
    found = await api.rows("suppressions_of", person_id="p1", email="p1@client.example", phone=None)
    return [(row["channel"], row["reason"]) for row in found]


async def test_get_shows_a_page_with_one_button_and_changes_nothing(api: ApiRig) -> None:
    enrollment, path = await unsubscribable(api)
    for method in ("GET", "GET"):
        page = await api.http.request(method, path, headers=AGENT)
    assert page.status_code == 200
    assert page.text.count("<button") == 1
    assert 'method="post"' in page.text
    assert "&lt;Agency&gt; &amp; Co" in page.text
    assert f'href="{path.rpartition("/")[2]}/preferences"' in page.text
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in page.headers
    assert (await kinds(api, enrollment), await suppressed(api), api.woken) == ([], [], 0)


BODIES = [
    {"data": ONE_CLICK},
    {"files": {"List-Unsubscribe": (None, "One-Click")}},
    {"data": {"confirm": "yes"}},
]


@pytest.mark.parametrize("body", BODIES)
async def test_post_acts_and_acting_twice_is_acting_once(api: ApiRig, body: dict[str, Any]) -> None:
    enrollment, path = await unsubscribable(api)
    for _ in range(2):
        answer = await api.http.post(path, **body)
        assert answer.status_code == 200
        assert "You are unsubscribed" in answer.text
        assert "set-cookie" not in answer.headers
    assert await kinds(api, enrollment) == ["unsubscribed"]
    assert await suppressed(api) == [("email", "unsubscribed")]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"data": {"List-Unsubscribe": "no"}},
        {"content": b"--x\r\nbroken", "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
        {"content": b"x", "headers": {"Content-Type": "multipart/form-data"}},
    ],
)
async def test_a_post_that_asks_for_nothing_gets_the_page(api: ApiRig, body: dict[str, Any]) -> None:
    enrollment, path = await unsubscribable(api)
    answer = await api.http.post(path, **body)
    assert (answer.status_code, answer.text.count("<button")) == (400, 1)
    assert (await kinds(api, enrollment), await suppressed(api)) == ([], [])


async def test_a_forged_unsubscribe_is_a_404_page_for_every_method(api: ApiRig) -> None:
    _, path = await unsubscribable(api)
    forged = path[:-4] + "aaaa"
    assert (await api.http.get(forged)).status_code == 404
    assert (await api.http.post(forged, data=ONE_CLICK)).status_code == 404
    gone = f"/u/{api.token(TokenKind.UNSUBSCRIBE, 'snothing12345')}"
    assert (await api.http.post(gone, data=ONE_CLICK)).status_code == 404
    assert await suppressed(api) == []


async def test_a_huge_body_is_not_read(api: ApiRig) -> None:
    _, path = await unsubscribable(api)
    assert (await api.http.post(path, data={"x": "y" * 30_000})).status_code == 413


async def test_no_token_reaches_a_log(api: ApiRig, caplog: pytest.LogCaptureFixture) -> None:
    _, _, path = await mail_with_link(api)
    caplog.set_level("DEBUG")
    for name in ("httpx", "httpcore.connection", "httpcore.http11"):
        caplog.set_level("CRITICAL", name)
    await api.http.get(path, headers=AGENT)
    await api.http.get(path + "x", headers=AGENT)
    assert path.rpartition("/")[2] not in caplog.text


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ("", ""),
        ("Subject: unsubscribe\r\n", "This message was automatically generated by Gmail."),
        ("Subject: unsubscribe\r\nAuto-Submitted: auto-generated\r\n", ""),
    ],
)
async def test_a_mail_to_the_unsubscribe_address_unsubscribes_whoever_wrote_it(
    api: ApiRig, mail_intake: MailIntake, headers: str, words: str
) -> None:
    enrollment, path = await unsubscribable(api)
    address = f"{path.rpartition('/')[2]}@{api.settings.reply_domain}"
    raw = f"From: p1@client.example\r\nTo: {address}\r\n{headers}Message-ID: <x@client.example>\r\n\r\n{words}\r\n"
    await mail_intake.receive(raw.encode(), (address,))
    assert await kinds(api, enrollment) == ["unsubscribed"]
