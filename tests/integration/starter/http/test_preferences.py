"""The preference page: GET shows, only POST changes, and nothing is lifted there but what was chosen there."""

import pytest

from sequences.tokens import TokenKind
from services.sending.suppress import suppress
from tests.integration.conftest import PERSON_PHONE

TWO_CHANNELS = [{"id": "one", "email": "hello/one"}, {"id": "two", "sms": "hello/two", "when": "2 days after one"}]


async def page_of(hub, number="p1"):
    """A run of mails only, and the path of the page in its mail."""
    enrollment = await hub.enrolled(number)
    send = await hub.sent(enrollment)
    return enrollment, send, f"/u/{hub.token(TokenKind.UNSUBSCRIBE, send)}/preferences"


async def another_run(hub, name, steps):
    await hub.person(phone="+442071838750")
    await hub.publish(name, steps=steps)
    accepted = await hub.enrolling.enroll(name, "p1", nonce=f"n-{name}")
    await hub.execute("UPDATE enrollment SET state = 'active' WHERE id = $1", accepted.enrollment)
    return accepted.enrollment


async def save(hub, path, *channels):
    return await hub.http.post(path, data={"choice": "save", "channel": list(channels)})


async def standing(hub):
    rows = await hub.rows("suppressions_of", person_id="p1", email="p1@client.example", phone=PERSON_PHONE)
    return sorted((row["channel"], row["reason"]) for row in rows)


async def told(hub, enrollment):
    rows = await hub.rows("reactions_of", enrollment_id=enrollment)
    return [(row["kind"], row["channel"]) for row in rows if row["kind"] != "field_changed"]


async def test_get_shows_the_present_state_and_changes_nothing(hub):
    enrollment, _, path = await page_of(hub)
    for _ in range(2):
        page = await hub.http.get(path)
    assert page.status_code == 200
    assert page.text.count(" checked") == 2
    assert page.text.count("<label for=") == 2
    assert '<html lang="en">' in page.text
    assert "<script" not in page.text
    assert "&lt;Agency&gt; &amp; Co" in page.text
    assert "p1@client.example" not in page.text
    assert "p\u2026@client.example" in page.text
    assert (page.headers["cache-control"], page.headers["referrer-policy"]) == ("no-store", "no-referrer")
    assert "set-cookie" not in page.headers
    assert (await standing(hub), await told(hub, enrollment), hub.woken) == ([], [], 0)


async def test_the_unsubscribe_page_leads_there(hub):
    _, _, path = await page_of(hub)
    above = path.removesuffix("/preferences")
    page = await hub.http.get(above)
    link = page.text.partition('<a href="')[2].partition('"')[0]
    assert str(page.url.join(link)) == str(hub.http.base_url.join(path))


async def test_a_channel_is_turned_off_and_on_again(hub):
    enrollment, _, path = await page_of(hub)
    page = await save(hub, path, "email")
    assert (page.status_code, page.text.count(" checked")) == (200, 1)
    assert "Off since 4 May 2027, as you chose here." in page.text
    assert 'role="status"' in page.text
    assert await standing(hub) == [("sms", "preferences")]
    assert await told(hub, enrollment) == []  # it sends no texts
    page = await save(hub, path, "email", "sms")
    assert page.text.count(" checked") == 2
    assert await standing(hub) == []


async def test_nothing_at_all_stops_every_open_run_of_the_person_at_once(hub):
    mails, _, path = await page_of(hub)
    texts = await another_run(hub, "texts", [{"id": "one", "sms": "hello/one"}])
    stranger = await hub.enrolled("p2")
    for _ in range(2):
        page = await hub.http.post(path, data={"choice": "nothing"})
    assert "We will not contact you any more." in page.text
    assert await standing(hub) == [("all", "preferences")]
    assert await told(hub, mails) == [("unsubscribed", None)]
    assert await told(hub, texts) == [("unsubscribed", None)]
    assert await told(hub, stranger) == []
    assert hub.woken == 2


async def test_a_channel_stops_the_runs_that_send_on_it(hub):
    mails, _, path = await page_of(hub)
    both = await another_run(hub, "both", TWO_CHANNELS)
    texts = await another_run(hub, "texts", [{"id": "one", "sms": "hello/one"}])
    await save(hub, path, "sms")
    assert await told(hub, mails) == await told(hub, both) == [("unsubscribed", "email")]
    assert await told(hub, texts) == []


async def test_after_nothing_at_all_one_channel_can_be_allowed_again(hub):
    _, _, path = await page_of(hub)
    await hub.http.post(path, data={"choice": "nothing"})
    page = await save(hub, path, "email")
    assert page.text.count(" checked") == 1
    assert await standing(hub) == [("sms", "preferences")]


@pytest.mark.parametrize(
    ("channel", "reason", "address"),
    [
        ("email", "unsubscribed", None),
        ("all", "opt_out", None),
        ("all", "complained", None),
        ("email", "crm", None),
        ("all", "by_sequence", None),
        ("email", "bounced", "p1@client.example"),
        ("sms", "stop_word", PERSON_PHONE),
    ],
)
async def test_what_was_not_chosen_here_cannot_be_lifted_here(hub, channel, reason, address):
    _, send, path = await page_of(hub)
    async with hub.database.transaction() as connection:
        await suppress(connection, None if address else "p1", address, channel, reason, send, hub.now)
    page = await hub.http.get(path)
    assert page.text.count(" disabled") == (2 if channel == "all" else 1)
    page = await save(hub, path, "email", "sms")
    assert (channel, reason) in await standing(hub)
    assert page.text.count(" disabled") == (2 if channel == "all" else 1)


@pytest.mark.parametrize("data", [{}, {"channel": "email"}, {"choice": "else"}, {"List-Unsubscribe": "One-Click"}])
async def test_a_post_that_says_nothing_changes_nothing(hub, data):
    _, _, path = await page_of(hub)
    page = await hub.http.post(path, data=data)
    assert (page.status_code, page.text.count(" checked")) == (400, 2)
    assert await standing(hub) == []


async def test_a_forged_page_is_a_404_page_for_every_method(hub):
    _, send, path = await page_of(hub)
    reply = hub.token(TokenKind.REPLY, send)
    gone = hub.token(TokenKind.UNSUBSCRIBE, "snothing12345")
    for wrong in (path.replace("/preferences", "x/preferences"), f"/u/{reply}/preferences", f"/u/{gone}/preferences"):
        assert (await hub.http.get(wrong)).status_code == 404
        assert (await save(hub, wrong)).status_code == 404
        assert (await hub.http.post(wrong, data={"choice": "nothing"})).status_code == 404
    assert await standing(hub) == []


async def test_whoever_was_merged_into_another_record_is_silent_there_too(hub):
    _, _, path = await page_of(hub)
    await hub.person("p9")
    await hub.execute("UPDATE person SET merged_into = 'p9', deleted_at = $1 WHERE id = 'p1'", hub.now)
    await hub.http.post(path, data={"choice": "nothing"})
    await hub.http.post(path.removesuffix("/preferences"), data={"List-Unsubscribe": "One-Click"})
    rows = await hub.rows("suppressions_of", person_id="p9", email=None, phone=None)
    assert sorted((row["channel"], row["reason"]) for row in rows) == [
        ("all", "preferences"),
        ("email", "unsubscribed"),
    ]
