"""What a text that came in leaves in Postgres: whose words, which of our texts, and what follows."""

from __future__ import annotations

from typing import Any

import pytest

from activities.reaction import ReactionActivities
from sequences import ids
from sequences.runs.state import ReactionCall
from services.enrolling.enroll import EntryRequest
from services.intake.sms import SmsIntake
from services.operations.attach import attach
from services.reading.run_story import timeline
from starter.composition import organisation_of
from tests.support.held_replies import activities_of
from tests.support.rigs.api import PERSON_PHONE, ApiRig

OURS = "Hello Alex, are you free for a shift on Friday at 7:30? Sam\nReply STOP to opt out"
OLDER = "Morning Alex! Your interview is at 10:15 on Tuesday, 4 Hill St. Can you make it?"


async def texted(api: ApiRig, *texts: str, sequence: str = "hello", **more: object) -> str:
    """A run that sent those texts, the last one an hour ago and each of the others an hour before."""
    await api.person()
    await api.publish(sequence, **more)
    enrollment = (await api.enrolling.enroll(EntryRequest(sequence, f"n-{sequence}", "p1"))).enrollment
    await api.execute("UPDATE enrollment SET state = 'active', started_at = $2 WHERE id = $1", enrollment, api.now)
    for age, text in enumerate(reversed(texts)):
        send = await api.sent(enrollment, channel="sms", step=f"step-{age}")
        await api.execute(
            "UPDATE send SET text = $2, claimed_at = claimed_at - $3 * interval '1 hour' WHERE id = $1", send, text, age
        )
    return str(enrollment)


async def comes_in(api: ApiRig, body: str, sid: str = "SM1", sender: str = PERSON_PHONE, **more: str) -> str | None:
    intake = SmsIntake(api.database, organisation_of(api.settings), api.clock, api.wake)
    stored = await intake.receive({"MessageSid": sid, "From": sender, "To": "us", "Body": body} | more)
    return stored.reaction


async def inbound(api: ApiRig) -> dict[str, Any]:
    [row] = await api.fetch("SELECT * FROM inbound")
    return dict(row)


async def reactions(api: ApiRig) -> list[tuple[str, bool]]:
    return [(row["kind"], row["holds"]) for row in await api.fetch("SELECT * FROM reaction ORDER BY received_at, id")]


async def suppressions(api: ApiRig) -> list[tuple[str, str]]:
    rows = await api.fetch("SELECT channel, reason FROM suppression WHERE lifted_at IS NULL ORDER BY id")
    return [(row["channel"], row["reason"]) for row in rows]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (f"Liked “{OURS}”", "liked"),
        (f"\u200a\u200b👍\u200b to “\u200a{OURS}\u200a”\u200a", "liked"),
        (f"Disliked “{OURS}”", "disliked"),
    ],
)
async def test_a_tap_is_recorded_and_holds_stops_and_suppresses_nothing(api: ApiRig, body: str, kind: str) -> None:
    enrollment = await texted(api, OURS)
    reaction = await comes_in(api, body)
    assert reaction
    assert await reactions(api) == [(kind, False)]
    assert await suppressions(api) == []
    row = await inbound(api)
    assert (row["state"], row["event"], row["reply_text"], row["text"]) == ("matched", kind.removesuffix("d"), "", body)
    decision = await activities_of(api).handle_reaction(ReactionCall(enrollment, reaction, api.now))
    assert (decision.then, decision.reason) == ("continue", f"{kind} (default)")
    assert await api.fetch("SELECT id FROM task") == []
    async with api.database.transaction() as connection:
        story = await timeline(connection, enrollment)
    assert f"{kind} step-0" in [moment.what for moment in story.moments if moment.kind == "reaction"]


async def test_a_sequence_may_do_something_about_a_tap_and_not_about_one_taken_back(api: ApiRig) -> None:
    rule = {"on": "liked", "do": [{"create_task": {"title": "Call"}}]}
    enrollment = await texted(api, OURS, reactions=[rule])
    activities: ReactionActivities = activities_of(api)
    for sid, verb, reason in (("SM1", "Liked", "liked (liked)"), ("SM2", "Removed a like from", "liked, taken back")):
        reaction = await comes_in(api, f"{verb} “{OURS}”", sid)
        assert reaction
        decision = await activities.handle_reaction(ReactionCall(enrollment, reaction, api.now))
        assert (decision.then, decision.reason) == ("continue", reason)
    assert [row["title"] for row in await api.fetch("SELECT title FROM task")] == ["Call"]
    async with api.database.transaction() as connection:
        story = await timeline(connection, enrollment)
    told = {moment.what for moment in story.moments if moment.kind == "reaction"}
    assert told == {"liked step-0", "liked step-0, removed"}


async def test_the_run_of_the_text_that_is_quoted_gets_it(api: ApiRig) -> None:
    first = await texted(api, OLDER, sequence="first")
    await api.execute("UPDATE send SET claimed_at = claimed_at - interval '2 days'")
    second = await texted(api, OURS, sequence="second")
    await comes_in(api, "Yes I can", "SM1")
    await comes_in(api, f"Liked “{OLDER[:40]}…”", "SM2")
    await comes_in(api, f"{OLDER}\nSee you then", "SM3")
    rows = await api.fetch("SELECT enrollment_id, kind, send_id FROM reaction ORDER BY key")
    assert [(row["enrollment_id"], row["kind"]) for row in rows] == [
        (second, "replied"),
        (first, "liked"),
        (first, "replied"),
    ]
    assert rows[1]["send_id"] == ids.send_id(first, "step-0")
    matched = await api.fetch("SELECT matched_by, reply_text FROM inbound ORDER BY key")
    assert [row["matched_by"] for row in matched] == ["newest_text", "quoted_text", "quoted_text"]
    assert [row["reply_text"] for row in matched] == ["Yes I can", "", "See you then"]


async def test_a_tap_with_a_no_is_obeyed(api: ApiRig) -> None:
    await texted(api, OURS)
    await comes_in(api, f"Disliked “{OURS}”\nPlease delete my number from your database")
    assert await reactions(api) == [("replied", True)]
    assert await suppressions(api) == [("all", "opt_out")]


async def test_stop_above_our_text_suppresses_the_number(api: ApiRig) -> None:
    await texted(api, OURS)
    await comes_in(api, f"STOP\n\n{OURS}")
    assert await reactions(api) == [("unsubscribed", True)]
    assert await suppressions(api) == [("sms", "stop_word")]
    # Not Twilio's words, so they lift nothing.
    for number, body in enumerate(("Resume", "Subscribe", f"Yes\n{OURS}")):
        await comes_in(api, body, f"SM-{number}")
    assert await suppressions(api) == [("sms", "stop_word")]
    await comes_in(api, "Start", "SM-start")
    assert await suppressions(api) == []


@pytest.mark.parametrize("body", ["HELP", "info", "Hilfe", f"HELP\n{OURS}"])
async def test_help_that_nobody_answered_reaches_a_person(api: ApiRig, body: str) -> None:
    await texted(api, OURS)
    await comes_in(api, body)
    assert await reactions(api) == [("replied", True)]
    row = await inbound(api)
    assert (row["event"], row["detail"]) == ("human", {"reasons": ["asks_for_help"]})


async def test_help_that_twilio_answered_is_recorded(api: ApiRig) -> None:
    await texted(api, OURS)
    await comes_in(api, "HELP", OptOutType="HELP")
    assert await reactions(api) == []
    assert ((await inbound(api))["event"], (await inbound(api))["state"]) == ("help", "matched")


async def test_from_a_number_that_we_never_wrote_to(api: ApiRig) -> None:
    bodies = {"SM1": "HELP", "SM2": "Resume?", "SM3": f"Liked “{OURS}”", "SM4": "STOP"}
    for sid, body in bodies.items():
        await comes_in(api, body, sid, "+12025550177")
    rows = await api.fetch("SELECT event, state FROM inbound ORDER BY key")
    assert [(row["event"], row["state"]) for row in rows] == [
        ("human", "unmatched"),
        ("human", "unmatched"),
        ("like", "ignored"),
        ("opt_out", "ignored"),
    ]


async def test_what_is_attached_by_hand_reacts_as_it_would_have(api: ApiRig) -> None:
    enrollment = await texted(api, OURS)
    for sid, body in {"SM1": "HELP", "SM2": f"Liked “{OURS}”", "SM3": f"Yes\n{OURS}"}.items():
        await comes_in(api, body, sid, "+12025550177")
    for row in await api.fetch("SELECT id FROM inbound ORDER BY key"):
        async with api.database.transaction() as connection:
            await attach(connection, row["id"], enrollment, by="CLI", now=api.now)
    found = await api.fetch("SELECT kind, detail, opt_out FROM reaction ORDER BY key")
    assert [row["kind"] for row in found] == ["replied", "liked", "replied"]
    assert found[0]["detail"]["reasons"] == ["asks_for_help"]
    assert not any(row["opt_out"] for row in found)
    assert await suppressions(api) == []


async def test_nothing_but_our_own_words_is_read_by_a_person(api: ApiRig) -> None:
    await texted(api, OURS)
    await comes_in(api, f"> {OURS}")
    row = await inbound(api)
    assert (row["event"], row["reply_text"], row["detail"]) == ("human", "", {"reasons": ["no_own_words"]})
    assert await suppressions(api) == []
