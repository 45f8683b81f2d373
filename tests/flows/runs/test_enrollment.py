"""Whole runs on the real servers: what is sent, what stops, what follows. Time is skipped for each run alone."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from temporalio.api.enums.v1 import EventType

from adapters.postgres import listings
from sequences.errors import RefusedError
from sequences.runs.state import Command, RunState
from sequences.tokens import TokenKind, sign
from starter.local.mail_capture import list_mail, read_mail
from tests.support.raw_history import found_in, raw_history

if TYPE_CHECKING:
    from tests.support.rigs.flow import FlowRig


async def _bd(flow: FlowRig) -> Any:
    await flow.publish("new-services")
    await flow.person()
    accepted = await flow.enroll("new-services")
    await flow.until_step(accepted, "introduce")
    return accepted


async def test_a_positive_reply_stops_and_makes_task_lead_list_and_notification(flow: FlowRig) -> None:
    accepted = await _bd(flow)
    await flow.skip(accepted, days=2)
    await flow.reply(accepted, "Please tell me more")
    await flow.until_state(accepted, "stopped")
    assert await flow.handle(accepted).result() == "replied.positive (replied.positive)"
    assert await flow.steps(accepted) == {"introduce": "sent", "remind": "cancelled", "thank-you-anyway": "cancelled"}
    assert [row["title"] for row in await flow.listed(listings.TASKS)] == ["Call Alex Example"]
    assert [row["source"] for row in await flow.listed(listings.LEADS)] == ["new-services"]
    assert [(row["list"], row["person_id"]) for row in await flow.listed(listings.LIST_MEMBERS)] == [("warm", "p1")]
    assert [row["owner_id"] for row in await flow.listed(listings.NOTIFICATIONS)] == ["dana"]


async def test_the_task_is_due_a_day_after_the_runs_own_time_not_the_wall_clocks(flow: FlowRig) -> None:
    accepted = await _bd(flow)
    await flow.skip(accepted, days=5)
    await flow.reply(accepted, "Tell me more")
    await flow.until_state(accepted, "stopped")
    task = (await flow.listed(listings.TASKS))[0]
    assert timedelta(days=5) < task["due_at"] - datetime.now(UTC) < timedelta(days=6, minutes=1)


async def test_an_opt_out_suppresses_and_refuses_a_later_enrollment(flow: FlowRig) -> None:
    accepted = await _bd(flow)
    await flow.reply(accepted, "Please remove me from your list")
    await flow.until_state(accepted, "stopped")
    with pytest.raises(RefusedError, match=r"must not be contacted \(opt_out since"):
        await flow.enroll("new-services")
    refusals = await flow.rows("refusals_of", person_id="p1")
    assert [row["reason"] for row in refusals] == ["suppressed"]


async def test_silence_gets_reminder_and_thank_you_in_the_thread_and_ends_as_dead_lead(flow: FlowRig) -> None:
    accepted = await _bd(flow)
    for step in ("remind", "thank-you-anyway"):
        await flow.skip(accepted, days=7, hours=2)
        await flow.until_step(accepted, step)
    await flow.skip(accepted, days=7, hours=2)
    await flow.until_state(accepted, "finished")
    mails = [read_mail(flow.mail.folder, mail.file) for mail in list_mail(flow.mail.folder)]
    first = mails[0].mail
    assert len(mails) == 3
    for mail in mails[1:]:
        assert mail.mail.subject == f"Re: {first.subject}"
        assert first.message_id in (mail.header("References") or "")
    assert mails[2].header("In-Reply-To") == mails[1].mail.message_id
    person = await flow.row("person_row", id="p1")
    assert person is not None
    assert person["status"] == "Dead lead"
    assert person["field_lineage"] == {"status": ["new-services"], "last_contacted": ["new-services"]}


async def test_a_silent_three_step_run_costs_at_most_fifty_events(flow: FlowRig) -> None:
    accepted = await _bd(flow)
    for step in ("remind", "thank-you-anyway"):
        await flow.skip(accepted, days=7, hours=2)
        await flow.until_step(accepted, step)
    await flow.skip(accepted, days=7, hours=2)
    await flow.handle(accepted).result()
    history = await flow.handle(accepted).fetch_history()
    # Skipping time itself leaves two events each; a run that nobody moves has none of them.
    ours = [
        event
        for event in history.events
        if event.event_type
        not in (
            EventType.EVENT_TYPE_WORKFLOW_EXECUTION_OPTIONS_UPDATED,
            EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIME_SKIPPING_TRANSITIONED,
        )
    ]
    assert len(ours) <= 50
    timers = [event for event in ours if event.event_type == EventType.EVENT_TYPE_TIMER_STARTED]
    activities = [event for event in ours if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED]
    assert len(timers) == 3  # two waits and the reaction period
    assert len(activities) == 4  # three steps, finish


async def test_no_personal_data_in_the_history(flow: FlowRig) -> None:
    accepted = await _bd(flow)
    await flow.reply(accepted, "Please tell me more")
    await flow.handle(accepted).result()
    private = ("p1@client.example", "Alex", "Example Ltd", "+442071838750", "tell me more", "dana@agency")
    assert found_in(await raw_history(flow.handle(accepted)), private) == []


async def test_a_reply_holds_the_next_send_while_the_sentiment_worker_is_away(flow: FlowRig) -> None:
    await flow.publish("new-services")
    # No change of clocks: a held step is tried again every five minutes, and each try of a long skip takes a second.
    await flow.person(timezone="UTC")
    accepted = await flow.enroll("new-services")
    await flow.until_step(accepted, "introduce")
    # A reaction that waits in Postgres: its signal has not come, the run does not know of it yet.
    async with flow.services.database.transaction() as connection:
        send = (await flow.rows("sends_of", enrollment_id=accepted.enrollment))[0]
        await connection.execute(
            "INSERT INTO reaction (id, key, enrollment_id, person_id, kind, channel, send_id, holds, received_at, "
            "delivered_at) VALUES ('rwaiting0000000', 'k', $1, 'p1', 'replied', 'email', $2, true, now(), now())",
            accepted.enrollment,
            send["id"],
        )
    await flow.skip(accepted, days=7, minutes=1)

    async def held() -> bool:
        state: RunState = await flow.handle(accepted).query("status", result_type=RunState)
        return state.due is not None and state.due.why == "held"

    await flow.until(held)
    assert (await flow.steps(accepted))["remind"] == "planned"
    assert len(list_mail(flow.mail.folder)) == 1


async def test_pause_sends_nothing_and_resume_shifts_the_rest(flow: FlowRig) -> None:
    accepted = await _bd(flow)
    runs = flow.services.runs
    paused = await runs.command(accepted.workflow_id, Command("a", "pause", "holiday"))
    assert (paused.changed, paused.phase) == (True, "paused")
    await flow.skip(accepted, days=10)
    assert (await flow.steps(accepted))["remind"] == "planned"
    resumed = await runs.command(accepted.workflow_id, Command("b", "resume", "", "shift"))
    assert resumed.phase == "waiting"
    steps = await flow.rows("steps_of", enrollment_id=accepted.enrollment)
    sent, due = steps[0]["decided_at"], steps[1]["due_at"]
    assert timedelta(days=16, hours=22) < due - sent < timedelta(days=17, hours=2)
    await flow.skip(accepted, days=7, hours=2)
    await flow.until_step(accepted, "remind")
    assert len(list_mail(flow.mail.folder)) == 2


BY_DATE = (
    "sequence: by-date\nname: By date\nrecord: person\nsteps:\n  - {id: one, email: bd/introduce}\n"
    "  - {id: two, when: 2 days after enrollment, email: bd/remind}\n"
    "  - {id: three, when: 4 days after enrollment, email: bd/thank-you}\n"
)


@pytest.mark.parametrize(
    ("mode", "two", "three", "mails"), [("skip", "skipped", "skipped", 1), ("send_one", "skipped", "sent", 2)]
)
async def test_resuming_after_all_steps_were_due_never_floods(
    flow: FlowRig, mode: str, two: str, three: str, mails: int
) -> None:
    await flow.publish("by-date", BY_DATE)
    await flow.person()
    accepted = await flow.enroll("by-date")
    await flow.until_step(accepted, "one")
    await flow.services.runs.command(accepted.workflow_id, Command("a", "pause"))
    await flow.skip(accepted, days=30)
    await flow.services.runs.command(accepted.workflow_id, Command("b", "resume", "", mode))
    await flow.until_step(accepted, "three", three)
    assert await flow.steps(accepted) == {"one": "sent", "two": two, "three": three}
    assert len(list_mail(flow.mail.folder)) == mails


async def test_commands_are_idempotent_and_refused_with_a_reason_when_they_make_no_sense(flow: FlowRig) -> None:
    accepted = await _bd(flow)
    runs = flow.services.runs
    with pytest.raises(RefusedError, match="the run is not paused"):
        await runs.command(accepted.workflow_id, Command("r", "resume"))
    first = await runs.command(accepted.workflow_id, Command("same", "pause", "x"))
    again = await runs.command(accepted.workflow_id, Command("same", "pause", "x"))
    assert first.phase == again.phase == "paused"
    events = [row for row in await flow.rows("run_events", enrollment_id=accepted.enrollment) if row["kind"] == "pause"]
    assert len(events) == 1
    await runs.command(accepted.workflow_id, Command("s", "stop", "asked to"))
    assert await flow.state(accepted) == "stopped"
    row = await flow.row("enrollment_row", id=accepted.enrollment)
    assert row is not None
    assert row["reason"] == "asked to"


async def test_a_status_that_ends_the_placement_stops_the_run(flow: FlowRig) -> None:
    await flow.publish("placement-onboarding")
    await flow.person("eve", phone="+447400123456")
    start = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    await flow.write(
        "placement",
        "pl1",
        person_id="eve",
        owner_id="dana",
        status="On Assignment",
        start_date=start,
        job_title="Planner",
    )
    accepted = await flow.enroll("placement-onboarding", "eve", record_id="pl1")
    await flow.until_state(accepted, "active")
    await flow.write("placement", "pl1", status="Cancelled")
    await flow.until_state(accepted, "stopped")
    assert await flow.handle(accepted).result() == "stop_when: placement.status"
    assert list_mail(flow.mail.folder) == []


async def test_a_moved_day_zero_replans_the_open_run_and_sends_nothing_twice(flow: FlowRig) -> None:
    await flow.publish("placement-onboarding")
    await flow.person("eve", phone="+447400123456")
    start = (datetime.now(UTC) + timedelta(days=30)).date()
    await flow.write(
        "placement",
        "pl1",
        person_id="eve",
        owner_id="dana",
        status="On Assignment",
        job_title="Planner",
        start_date=start.isoformat(),
    )
    accepted = await flow.enroll("placement-onboarding", "eve", record_id="pl1")
    await flow.until_state(accepted, "active")

    async def first_due() -> datetime | None:
        steps = await flow.rows("steps_of", enrollment_id=accepted.enrollment)
        return next((row["due_at"] for row in steps if row["state"] == "planned"), None)

    async def planned() -> bool:
        return await first_due() is not None

    await flow.until(planned)
    before = await first_due()
    await flow.write("placement", "pl1", start_date=(start + timedelta(days=14)).isoformat())

    async def moved() -> bool:
        now = await first_due()
        return now is not None and before is not None and now - before >= timedelta(days=10)

    await flow.until(moved)


async def test_a_late_reply_is_followed_up_without_a_run(flow: FlowRig) -> None:
    accepted = await _bd(flow)
    await flow.services.runs.command(accepted.workflow_id, Command("s", "stop", "by hand"))
    await flow.reply(accepted, "Please tell me more")

    async def followed_up() -> bool:
        return len(await flow.listed(listings.LEADS)) == 1

    await flow.until(followed_up)
    row = (await flow.rows("reactions_of", enrollment_id=accepted.enrollment))[0]
    assert row["late"]
    assert await flow.state(accepted) == "stopped"


async def test_the_same_mail_twice_is_one_reaction(flow: FlowRig) -> None:
    accepted = await _bd(flow)
    send = (await flow.rows("sends_of", enrollment_id=accepted.enrollment))[0]
    raw = (
        f"From: p1@client.example\r\nTo: x@reply.relance.example\r\nMessage-ID: <1@client.example>\r\n"
        f"In-Reply-To: {send['message_id']}\r\nSubject: Re: hello\r\n\r\nTell me more\r\n"
    ).encode()
    await asyncio.gather(*(flow.intake.receive(raw, ()) for _ in range(8)))
    await flow.until_state(accepted, "stopped")
    assert len(await flow.rows("reactions_of", enrollment_id=accepted.enrollment)) == 1
    assert len(await flow.listed(listings.LEADS)) == 1


async def test_two_open_runs_of_one_record_in_one_sequence_are_impossible(flow: FlowRig) -> None:
    accepted = await _bd(flow)
    with pytest.raises(RefusedError, match="already has an open run"):
        await flow.enroll("new-services")
    await flow.services.runs.command(accepted.workflow_id, Command("s", "stop"))
    again = await flow.enroll("new-services")
    assert again.enrollment != accepted.enrollment


async def test_sixteen_requests_at_once_make_one_run(flow: FlowRig) -> None:
    await flow.publish("new-services")
    await flow.person()
    results = await asyncio.gather(*(flow.enroll("new-services") for _ in range(16)), return_exceptions=True)
    accepted = [result for result in results if not isinstance(result, BaseException)]
    refused = [result for result in results if isinstance(result, RefusedError)]
    assert (len(accepted), len(refused)) == (1, 15)
    await flow.until_step(accepted[0], "introduce")
    assert len(list_mail(flow.mail.folder)) == 1


async def test_out_of_office_pauses_until_the_return_date_and_goes_on_by_itself(flow: FlowRig) -> None:
    accepted = await _bd(flow)
    send = (await flow.rows("sends_of", enrollment_id=accepted.enrollment))[0]
    back = (datetime.now(UTC) + timedelta(days=3)).date()
    raw = (
        f"From: p1@client.example\r\nAuto-Submitted: auto-replied\r\nMessage-ID: <ooo@client.example>\r\n"
        f"In-Reply-To: {send['message_id']}\r\nSubject: Out of office\r\n"
        f"Date: {datetime.now(UTC):%a, %d %b %Y %H:%M:%S} +0000\r\n\r\n"
        f"I am away and will be back on {back:%d %B %Y}.\r\n"
    ).encode()
    await flow.intake.receive(raw, ())
    await flow.until_state(accepted, "paused")
    await flow.skip(accepted, days=4)
    await flow.until_state(accepted, "active")
    pauses = await flow.rows("pauses_of", enrollment_id=accepted.enrollment)
    assert [row["ended_at"].date() for row in pauses] == [back]
    assert (await flow.steps(accepted))["remind"] == "planned"


async def test_a_pause_by_hand_ends_on_its_day(flow: FlowRig) -> None:
    accepted = await _bd(flow)
    end = datetime.now(UTC) + timedelta(days=3)
    command = Command("a", "pause", "holiday", end.isoformat())
    answer = await flow.services.runs.command(accepted.workflow_id, command)
    assert (answer.changed, answer.phase) == (True, "paused")
    await flow.skip(accepted, days=4)
    await flow.until_state(accepted, "active")
    (pause,) = await flow.rows("pauses_of", enrollment_id=accepted.enrollment)
    assert timedelta(0) <= pause["ended_at"] - end < timedelta(minutes=1)
    assert (await flow.steps(accepted))["remind"] == "planned"


@pytest.mark.parametrize("forgery", ["of another key", "malformed"])
async def test_a_reply_with_a_forged_token_touches_no_run_and_waits_for_a_human(flow: FlowRig, forgery: str) -> None:
    accepted = await _bd(flow)
    send = (await flow.rows("sends_of", enrollment_id=accepted.enrollment))[0]
    token = sign(TokenKind.REPLY, send["id"], b"a key of somebody else") if forgery == "of another key" else "rxyz"
    raw = (
        f"From: stranger@elsewhere.example\r\nTo: {token}@reply.relance.example\r\nSubject: hi\r\n"
        f"Message-ID: <f@elsewhere.example>\r\n\r\nPlease remove me from your list\r\n"
    ).encode()
    await flow.intake.receive(raw, (f"{token}@reply.relance.example",))
    assert await flow.rows("reactions_of", enrollment_id=accepted.enrollment) == []
    waiting = await flow.listed(listings.UNMATCHED)
    assert [(row["event"], row["reply_text"]) for row in waiting] == [("human", "Please remove me from your list")]
    assert await flow.state(accepted) == "active"


async def test_a_forward_without_a_word_of_its_own_waits_for_a_person_to_read(flow: FlowRig) -> None:
    await flow.publish("new-services")
    await flow.person()
    accepted = await flow.enroll("new-services")
    await flow.until_step(accepted, "introduce")
    await flow.reply(accepted, "---------- Forwarded message ---------\r\nFrom: Dana Owner\r\n\r\nPlease tell me more")

    async def handled() -> bool:
        rows = await flow.rows("reactions_of", enrollment_id=accepted.enrollment)
        return bool(rows) and rows[0]["handled_at"] is not None

    await flow.until(handled)
    [row] = await flow.rows("reactions_of", enrollment_id=accepted.enrollment)
    assert row["held_for_review"]
