"""The preference page: GET shows, only POST changes, and nothing is lifted there but what was chosen there."""

from typing import Any

import pytest

from sequences.tokens import TokenKind
from services.enrolling.enroll import EntryRequest
from services.sending.suppress import NewSuppression, suppress
from tests.support.rigs.api import PERSON_PHONE, ApiRig

TWO_CHANNELS = [{"id": "one", "email": "hello/one"}, {"id": "two", "sms": "hello/two", "when": "2 days after one"}]


async def page_of(api: ApiRig, number: str = "p1") -> tuple[str, str, str]:
    """A run of mails only, and the path of the page in its mail."""
    enrollment = await api.enrolled(number)
    send = await api.sent(enrollment)
    return enrollment, send, f"/u/{api.token(TokenKind.UNSUBSCRIBE, send)}/preferences"


async def another_run(api: ApiRig, name: str, steps: list[dict[str, str]]) -> Any:
    await api.person(phone="+442071838750")
    await api.publish(name, steps=steps)
    accepted = await api.enrolling.enroll(EntryRequest(name, f"n-{name}", "p1"))
    await api.execute("UPDATE enrollment SET state = 'active' WHERE id = $1", accepted.enrollment)
    return accepted.enrollment


async def save(api: ApiRig, path: Any, *channels: Any) -> Any:
    return await api.http.post(path, data={"choice": "save", "channel": list(channels)})


async def standing(api: ApiRig) -> list[Any]:
    rows = await api.rows("suppressions_of", person_id="p1", email="p1@client.example", phone=PERSON_PHONE)
    return sorted((row["channel"], row["reason"]) for row in rows)


async def told(api: ApiRig, enrollment: Any) -> list[tuple[Any, Any]]:
    rows = await api.rows("reactions_of", enrollment_id=enrollment)
    return [(row["kind"], row["channel"]) for row in rows if row["kind"] != "field_changed"]


async def test_get_shows_the_present_state_and_changes_nothing(api: ApiRig) -> None:
    enrollment, _, path = await page_of(api)
    for _ in range(2):
        page = await api.http.get(path)
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
    assert (await standing(api), await told(api, enrollment), api.woken) == ([], [], 0)


async def test_who_agreed_to_a_channel_that_needs_it_can_turn_it_off(api: ApiRig) -> None:
    _, _, path = await page_of(api)
    await api.execute("UPDATE person SET whatsapp_opt_in = '2027-05-01'")
    assert (await api.http.get(path)).text.count(" checked") == 3
    await save(api, path, "email", "sms")
    assert await standing(api) == [("whatsapp", "preferences")]
    # The choice stays to be seen when the consent is gone.
    await api.execute("UPDATE person SET whatsapp_opt_in = NULL")
    assert (await api.http.get(path)).text.count("<label for=") == 3
    await save(api, path, "email", "sms", "whatsapp")
    assert await standing(api) == []


async def test_the_unsubscribe_page_leads_there(api: ApiRig) -> None:
    _, _, path = await page_of(api)
    above = path.removesuffix("/preferences")
    page = await api.http.get(above)
    link = page.text.partition('<a href="')[2].partition('"')[0]
    assert str(page.url.join(link)) == str(api.http.base_url.join(path))


async def test_a_channel_is_turned_off_and_on_again(api: ApiRig) -> None:
    enrollment, _, path = await page_of(api)
    page = await save(api, path, "email")
    assert (page.status_code, page.text.count(" checked")) == (200, 1)
    assert "Off since 4 May 2027, as you chose here." in page.text
    assert 'role="status"' in page.text
    assert await standing(api) == [("sms", "preferences")]
    assert await told(api, enrollment) == []  # it sends no texts
    page = await save(api, path, "email", "sms")
    assert page.text.count(" checked") == 2
    assert await standing(api) == []


async def test_nothing_at_all_stops_every_open_run_of_the_person_at_once(api: ApiRig) -> None:
    mails, _, path = await page_of(api)
    texts = await another_run(api, "texts", [{"id": "one", "sms": "hello/one"}])
    stranger = await api.enrolled("p2")
    for _ in range(2):
        page = await api.http.post(path, data={"choice": "nothing"})
    assert "We will not contact you any more." in page.text
    assert await standing(api) == [("all", "preferences")]
    assert await told(api, mails) == [("unsubscribed", None)]
    assert await told(api, texts) == [("unsubscribed", None)]
    assert await told(api, stranger) == []
    assert api.woken == 2


async def test_a_channel_stops_the_runs_that_send_on_it(api: ApiRig) -> None:
    mails, _, path = await page_of(api)
    both = await another_run(api, "both", TWO_CHANNELS)
    texts = await another_run(api, "texts", [{"id": "one", "sms": "hello/one"}])
    await save(api, path, "sms")
    assert await told(api, mails) == await told(api, both) == [("unsubscribed", "email")]
    assert await told(api, texts) == []


async def test_after_nothing_at_all_one_channel_can_be_allowed_again(api: ApiRig) -> None:
    _, _, path = await page_of(api)
    await api.http.post(path, data={"choice": "nothing"})
    page = await save(api, path, "email")
    assert page.text.count(" checked") == 1
    assert await standing(api) == [("sms", "preferences")]


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
async def test_what_was_not_chosen_here_cannot_be_lifted_here(
    api: ApiRig, channel: str, reason: str, address: str | None
) -> None:
    _, send, path = await page_of(api)
    async with api.database.transaction() as connection:
        await suppress(
            connection,
            NewSuppression(channel, reason, send, api.now, person=None if address else "p1", address=address),
        )
    page = await api.http.get(path)
    assert page.text.count(" disabled") == (2 if channel == "all" else 1)
    page = await save(api, path, "email", "sms")
    assert (channel, reason) in await standing(api)
    assert page.text.count(" disabled") == (2 if channel == "all" else 1)


@pytest.mark.parametrize("data", [{}, {"channel": "email"}, {"choice": "else"}, {"List-Unsubscribe": "One-Click"}])
async def test_a_post_that_says_nothing_changes_nothing(api: ApiRig, data: dict[str, str]) -> None:
    _, _, path = await page_of(api)
    page = await api.http.post(path, data=data)
    assert (page.status_code, page.text.count(" checked")) == (400, 2)
    assert await standing(api) == []


async def test_a_forged_page_is_a_404_page_for_every_method(api: ApiRig) -> None:
    _, send, path = await page_of(api)
    reply = api.token(TokenKind.REPLY, send)
    gone = api.token(TokenKind.UNSUBSCRIBE, "snothing12345")
    for wrong in (path.replace("/preferences", "x/preferences"), f"/u/{reply}/preferences", f"/u/{gone}/preferences"):
        assert (await api.http.get(wrong)).status_code == 404
        assert (await save(api, wrong)).status_code == 404
        assert (await api.http.post(wrong, data={"choice": "nothing"})).status_code == 404
    assert await standing(api) == []


async def test_whoever_was_merged_into_another_record_is_silent_there_too(api: ApiRig) -> None:
    _, _, path = await page_of(api)
    await api.person("p9")
    await api.execute("UPDATE person SET merged_into = 'p9', deleted_at = $1 WHERE id = 'p1'", api.now)
    await api.http.post(path, data={"choice": "nothing"})
    await api.http.post(path.removesuffix("/preferences"), data={"List-Unsubscribe": "One-Click"})
    rows = await api.rows("suppressions_of", person_id="p9", email=None, phone=None)
    assert sorted((row["channel"], row["reason"]) for row in rows) == [
        ("all", "preferences"),
        ("email", "unsubscribed"),
    ]
