"""Leaving one topic ends its messages and nothing else; pages speak the language of who reads them."""

from typing import Any

import pytest

from sequences.tokens import TokenKind
from services.enrolling.enroll import EntryRequest
from tests.support.rigs.api import PERSON_PHONE, ApiRig

OFFERS, FIRST_DAY = "job offers", "onboarding <b>"


async def run_about(api: ApiRig, name: str, topic: str | None, number: str = "p1") -> str:
    await api.person(number)
    await api.publish(name, **({"topic": topic} if topic else {}))
    accepted = await api.enrolling.enroll(EntryRequest(name, f"n-{name}-{number}", number))
    await api.execute("UPDATE enrollment SET state = 'active' WHERE id = $1", accepted.enrollment)
    return accepted.enrollment


async def page_of(api: ApiRig, run: str) -> str:
    return f"/u/{api.token(TokenKind.UNSUBSCRIBE, await api.sent(run))}"


async def told(api: ApiRig, run: str) -> list[Any]:
    rows = await api.rows("reactions_of", enrollment_id=run)
    return [row["detail"].get("topic") for row in rows if row["kind"] == "unsubscribed"]


async def suppressed(api: ApiRig) -> list[Any]:
    return await api.rows("suppressions_of", person_id="p1", email="p1@client.example", phone=PERSON_PHONE)


async def test_one_click_leaves_the_topic_of_that_mail_only(api: ApiRig) -> None:
    offers, more = await run_about(api, "offers", OFFERS), await run_about(api, "more-offers", OFFERS)
    onboarding = await run_about(api, "onboarding", FIRST_DAY)
    path = await page_of(api, offers)
    page = await api.http.get(path)
    assert f"about “{OFFERS}”" in page.text
    for _ in range(2):
        done = await api.http.post(path, data={"List-Unsubscribe": "One-Click"})
        assert "You will not get messages about “job offers” any more" in done.text
    assert (await told(api, offers), await told(api, more), await told(api, onboarding)) == ([OFFERS], [OFFERS], [])
    assert await suppressed(api) == []


async def test_without_a_topic_it_is_all_mails_as_ever(api: ApiRig) -> None:
    path = await page_of(api, await run_about(api, "hello", None))
    await api.http.post(path, data={"List-Unsubscribe": "One-Click"})
    assert [row["channel"] for row in await suppressed(api)] == ["email"]
    assert await api.fetch("SELECT 1 FROM topic_opt_out") == []


@pytest.mark.parametrize("number", ["p1", "p1-again"])
async def test_nobody_enters_a_sequence_about_what_they_left(api: ApiRig, number: str) -> None:
    path = await page_of(api, await run_about(api, "offers", OFFERS))
    await api.http.post(path, data={"confirm": "yes"})
    await api.execute("UPDATE enrollment SET state = 'stopped'")
    await api.person(number, email="P1@client.example")  # the same reader under another id
    await api.publish("more-offers", topic=OFFERS)
    await api.publish("onboarding", topic=FIRST_DAY)
    refused = await api.ask("POST", "/enrollments", json={"sequence": "more-offers", "person": number})
    assert (refused.status_code, refused.json()["reason"]) == (409, "suppressed")
    assert f"left the topic {OFFERS} on 2027-05-04" in refused.json()["detail"]
    allowed = await api.ask("POST", "/enrollments", json={"sequence": "onboarding", "person": number})
    assert allowed.status_code == 202


async def test_the_page_lists_topics_to_leave_and_to_rejoin(api: ApiRig) -> None:
    offers, onboarding = await run_about(api, "offers", OFFERS), await run_about(api, "onboarding", FIRST_DAY)
    path = f"{await page_of(api, offers)}/preferences"
    page = await api.http.get(path)
    assert page.text.count(" checked") == 4
    assert "onboarding &lt;b&gt;" in page.text
    said = {"choice": "save", "channel": ["email", "sms"], "topics": [OFFERS, FIRST_DAY, "made up"]}
    page = await api.http.post(path, data={**said, "topic": [FIRST_DAY, "other"]})
    assert page.text.count(" checked") == 3
    assert "made up" not in page.text
    assert (await told(api, offers), await told(api, onboarding)) == ([OFFERS], [])
    assert await suppressed(api) == []
    page = await api.http.post(path, data={**said, "topic": [FIRST_DAY, OFFERS]})
    assert page.text.count(" checked") == 4
    refused = await api.fetch("SELECT 1 FROM topic_opt_out WHERE lifted_at IS NULL")
    assert refused == []


async def test_a_page_that_showed_no_topic_changes_none(api: ApiRig) -> None:
    offers = await run_about(api, "offers", OFFERS)
    await api.http.post(f"{await page_of(api, offers)}/preferences", data={"choice": "save", "channel": "email"})
    assert await told(api, offers) == []


async def test_a_merged_person_has_left_what_they_left_before(api: ApiRig) -> None:
    path = await page_of(api, await run_about(api, "offers", OFFERS))
    await api.http.post(path, data={"confirm": "yes"})
    await api.execute("UPDATE enrollment SET state = 'stopped'")
    await api.person("p2")
    merge = {"event_id": "m1", "changes": [{"entity": "person", "id": "p1", "merged_into": "p2"}]}
    assert (await api.hook(merge)).status_code == 200
    refused = await api.ask("POST", "/enrollments", json={"sequence": "offers", "person": "p2"})
    assert refused.json()["reason"] == "suppressed"


async def test_pages_speak_the_language_of_the_person_then_of_the_browser(api: ApiRig) -> None:
    path = await page_of(api, await run_about(api, "hello", None))
    french = {"Accept-Language": "fr"}
    assert "Vous désabonner ?" in (await api.http.get(path, headers=french)).text
    await api.execute("UPDATE person SET language = 'de-AT'")
    assert "Abmelden?" in (await api.http.get(path, headers=french)).text
    page = await api.http.get(f"{path}/preferences", headers=french)
    assert '<html lang="de">' in page.text
    assert "Wie dürfen wir Sie erreichen?" in page.text
    saved = await api.http.post(f"{path}/preferences", data={"choice": "save", "channel": "sms"})
    assert "Aus seit 4. Mai 2027, wie Sie es hier gewählt haben." in saved.text
    assert "Sie sind abgemeldet" in (await api.http.post(path, data={"confirm": "yes"})).text


async def test_the_signature_of_an_owner_comes_by_the_hook(api: ApiRig) -> None:
    fields = {"first_name": "Dana", "signature": "Dana\nExample Recruiting"}
    change = {"event_id": "o1", "changes": [{"entity": "owner", "id": "dana", "fields": fields}]}
    assert (await api.hook(change)).status_code == 200
    assert (await api.ask("GET", "/owners/dana")).json()["signature"] == "Dana\nExample Recruiting"
