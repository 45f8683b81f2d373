"""``/replies``, ``/replies/{id}/answer`` and ``/owners/{id}/replies-by``."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.intake.mail import MailIntake
from tests.support.rigs.api import NOW, ApiRig
from tests.support.rigs.inbound import reply, reply_address


async def replied(api: ApiRig, mail_intake: MailIntake, person: str = "p1", words: str = "Yes please") -> str:
    enrollment = await api.enrolled(person)
    send = await api.sent(enrollment)
    await api.execute("UPDATE send SET sender = 'dana@agency.example'")
    raw = (
        reply(reply_address(send), words).replace(b"p1@", f"{person}@".encode()).replace(b"<1@", f"<{person}@".encode())
    )
    stored = await mail_intake.receive(raw, [reply_address(send)])
    assert stored.reaction is not None
    return stored.reaction


async def judged(api: ApiRig, reaction: str, label: str, *, held: bool = False) -> None:
    await api.execute(
        "UPDATE reaction SET label = $2, intent = 'interested', confidence = 0.9, held_for_review = $3, "
        "handled_at = $4, decision = 'stop', decision_reason = 'replied' WHERE id = $1",
        reaction,
        label,
        held,
        NOW,
    )


async def items(api: ApiRig, query: str = "") -> list[dict[str, Any]]:
    answer = await api.ask("GET", f"/replies{query}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def test_words_person_meaning_and_what_followed(api: ApiRig, mail_intake: MailIntake) -> None:
    reaction = await replied(api, mail_intake)
    await judged(api, reaction, "positive")
    (run,) = await api.fetch("SELECT enrollment_id FROM reaction WHERE id = $1", reaction)
    await api.execute(
        "INSERT INTO follow_up (id, enrollment_id, cause, position, kind, arguments, state, at) VALUES "
        "('faaaaaaaaaaaa', $1, $2, 0, 'create_task', '{\"create_task\": {\"title\": \"Call\"}}', 'done', $3)",
        run["enrollment_id"],
        reaction,
        NOW,
    )
    (line,) = await items(api)
    assert (line["id"], line["text"][:10], line["sender"]) == (reaction, "Yes please", "p1@client.example")
    assert (line["label"], line["confidence"], line["judged_by"], line["needs_reading"]) == (
        "positive",
        0.9,
        "model",
        False,
    )
    assert (line["decision"], line["forwarding"], line["answers"]) == ("stop", "waiting", [])
    assert [(each["kind"], each["what"], each["state"]) for each in line["followed"]] == [
        ("create_task", "task: Call", "done")
    ]
    assert (await api.ask("GET", f"/replies/{reaction}")).json() == line
    assert (await api.ask("GET", "/replies/raaaaaaaaaaaaa")).status_code == 404


async def test_filters_and_pages(api: ApiRig, mail_intake: MailIntake) -> None:
    first = await replied(api, mail_intake, "p1")
    api.now += timedelta(hours=1)
    second = await replied(api, mail_intake, "p2", "No thank you")
    await judged(api, first, "positive")
    await judged(api, second, "negative", held=True)
    assert [line["id"] for line in await items(api)] == [second, first]
    assert [line["id"] for line in await items(api, "?label=positive")] == [first]
    assert [line["id"] for line in await items(api, "?needs_reading=true")] == [second]
    assert [line["id"] for line in await items(api, "?person=p2&sequence=hello&channel=email")] == [second]
    assert await items(api, "?owner=nobody") == []
    since = (NOW + timedelta(minutes=30)).isoformat().replace("+00:00", "Z")
    assert [line["id"] for line in await items(api, f"?since={since}")] == [second]
    page = (await api.ask("GET", "/replies?limit=1")).json()
    assert [line["id"] for line in await items(api, f"?limit=1&cursor={page['next']}")] == [first]
    assert (await api.ask("GET", "/replies?lable=positive")).status_code == 422


async def test_an_answer_is_accepted_once(api: ApiRig, mail_intake: MailIntake) -> None:
    reaction = await replied(api, mail_intake)
    body = {"text": "Monday at ten?", "idempotency_key": "k1", "by": "Dana"}
    answer = await api.ask("POST", f"/replies/{reaction}/answer", json=body)
    assert answer.status_code == 202, answer.text
    assert (answer.status_code, answer.json()["state"], answer.json()["repeated"]) == (202, "planned", False)
    again = await api.ask("POST", f"/replies/{reaction}/answer", json=body)
    assert (again.json()["answer"], again.json()["repeated"]) == (answer.json()["answer"], True)
    other = await api.ask("POST", f"/replies/{reaction}/answer", json=body | {"text": "Tuesday?"})
    assert (other.status_code, other.json()["reason"]) == (409, "key_used")
    (line,) = await items(api)
    assert [(each["text"], each["asked_by"], each["state"]) for each in line["answers"]] == [
        ("Monday at ten?", "Dana", "planned")
    ]
    story = (await api.ask("GET", f"/enrollments/{line['enrollment_id']}")).json()
    assert "a recruiter answered the reply" in [moment["what"] for moment in story["moments"]]


@pytest.mark.parametrize("body", [{}, {"text": ""}, {"text": "a", "more": 1}, {"text": "a\x00"}])
async def test_what_is_no_answer_is_refused(api: ApiRig, mail_intake: MailIntake, body: dict[str, Any]) -> None:
    reaction = await replied(api, mail_intake)
    assert (await api.ask("POST", f"/replies/{reaction}/answer", json=body)).status_code == 422
    assert (await api.ask("POST", "/replies/raaaaaaaaaaaaa/answer", json={"text": "a"})).status_code == 404


async def test_who_is_not_to_be_contacted_is_not_answered(api: ApiRig, mail_intake: MailIntake) -> None:
    reaction = await replied(api, mail_intake, words="Remove me from your list, please")
    answer = await api.ask("POST", f"/replies/{reaction}/answer", json={"text": "Done"})
    assert (answer.status_code, answer.json()["reason"]) == (409, "do_not_contact")
    anyway = await api.ask("POST", f"/replies/{reaction}/answer", json={"text": "Done", "anyway": True})
    assert anyway.status_code == 202


async def test_the_dispatcher_starts_a_pass_for_what_is_judged_and_what_is_answered(
    api: ApiRig, mail_intake: MailIntake
) -> None:
    reaction = await replied(api, mail_intake)
    async with api.dispatching():
        written = (await api.ask("POST", f"/replies/{reaction}/answer", json={"text": "Monday?"})).json()["answer"]

        async def answered() -> bool:
            return written in api.deliveries.mailed

        await api.until(answered)
        assert reaction not in api.deliveries.mailed
        await api.execute("UPDATE reply_forwarding SET due_at = '-infinity', hand_at = '-infinity'")

        async def told() -> bool:
            return reaction in api.deliveries.mailed

        await api.until(told)
    assert len(api.deliveries.mailed) == 2


async def test_how_an_owner_gets_replies(api: ApiRig) -> None:
    await api.execute("INSERT INTO owner (id, email) VALUES ('dana', 'dana@agency.example')")
    for way in ("notify", "none", "forward", None):
        answer = await api.ask("PUT", "/owners/dana/replies-by", json={"replies": way})
        assert (answer.status_code, answer.json()) == (200, {"owner": "dana", "replies": way, "reachable": True})
    assert (await api.ask("GET", "/owners/dana")).json()["replies"] is None
    for owner, body, status in (
        ("nobody", {"replies": "none"}, 404),
        ("dana", {"replies": "fax"}, 422),
        ("dana", {}, 422),
    ):
        assert (await api.ask("PUT", f"/owners/{owner}/replies-by", json=body)).status_code == status
    assert (await api.http.put("/owners/dana/replies-by", json={"replies": "none"})).status_code == 401
