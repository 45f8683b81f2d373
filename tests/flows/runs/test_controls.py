"""Every control of a run at every state it can be in: what happens, what is refused and why. Nothing goes twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from sequences.errors import RefusedError
from sequences.names import SENTIMENT_QUEUE
from sequences.runs.state import Command, CommandAnswer, RunState
from services.enrolling.enroll import Accepted
from services.operations.command_run import steer
from services.reading.run_story import timeline
from starter.local.mail_capture import list_mail

if TYPE_CHECKING:
    from tests.support.rigs.flow import FlowRig

THREE = (
    "sequence: three\nname: Three\nrecord: person\nfrequency_cap: exempt\nsteps:\n"
    "  - {id: one, email: bd/introduce}\n  - {id: two, when: 2 days after one, email: bd/remind}\n"
    "  - {id: three, when: 2 days after two, email: bd/thank-you}\n"
    "reactions:\n  - {on: replied.neutral, then: continue}\n"
)
SINGLE = (
    "sequence: single\nname: Single\nrecord: person\nfrequency_cap: exempt\nsteps:\n"
    "  - {id: one, email: bd/introduce}\n"
)
CAPPED = THREE.replace("frequency_cap: exempt\n", "")
STATES = ("sleeping", "held", "deferred", "paused", "reacting", "closed")


async def ask(flow: FlowRig, accepted: Accepted, kind: str, key: str = "k", **more: str) -> CommandAnswer:
    return await steer(flow.services.database, flow.services.runs, accepted.enrollment, Command(key, kind, **more))


async def status(flow: FlowRig, accepted: Accepted) -> RunState:
    state: RunState = await flow.services.runs.status(accepted.workflow_id)
    return state


async def _why(flow: FlowRig, accepted: Accepted) -> str:
    state = await status(flow, accepted)
    return state.due.why if state.due else ""


async def started(flow: FlowRig, text: str = THREE, **person: Any) -> Accepted:
    name = text.partition("\n")[0].removeprefix("sequence: ")
    await flow.publish(name, text)
    await flow.person(**person)
    accepted = await flow.enroll(name)
    await flow.until_step(accepted, "one")
    await moved_on(flow, accepted)
    return accepted


async def moved_on(flow: FlowRig, accepted: Accepted) -> None:
    """Postgres knows that the first step is sent a moment before the run does; what is next is asked of the run."""

    async def met() -> bool:
        due = (await status(flow, accepted)).due
        return due is not None and due.step != "one"

    await flow.until(met)


async def in_state(flow: FlowRig, state: str) -> Accepted:
    """A run of three mails in the given state."""
    if state == "deferred":
        await started(flow, SINGLE)
        await flow.publish("three", CAPPED)
        accepted = await flow.enroll("three")

        async def put_off() -> bool:
            return await _why(flow, accepted) == "frequency_cap"

        await flow.until(put_off)
        return accepted
    accepted = await started(flow, SINGLE if state == "reacting" else THREE)
    if state == "held":
        await flow.stop_worker(SENTIMENT_QUEUE)
        await flow.reply(accepted, "Thank you")

        async def held() -> bool:
            return (await status(flow, accepted)).blocked

        await flow.until(held)
    elif state == "paused":
        await ask(flow, accepted, "pause", "before")
    elif state == "reacting":
        assert (await status(flow, accepted)).phase == "reacting"
    elif state == "closed":
        await ask(flow, accepted, "stop", "before", reason="enough")
    return accepted


@dataclass(frozen=True)
class Case:
    """What one control does in one state: an answer, or the words of the refusal."""

    phase: str = ""
    changed: bool = True
    refused: str = ""
    steps: str = "planned"
    """State of the step that was next, once all is quiet."""


OVER = Case(refused="the run is over: stopped .enough.", steps="cancelled")
BEHIND = Case(refused="all steps of this run are done", steps="sent")
NOT_PAUSED = Case(refused="the run is not paused")
MATRIX = {
    "sleeping": {
        "pause": Case("paused"),
        "resume": NOT_PAUSED,
        "stop": Case("closed", steps="cancelled"),
        "skip": Case("waiting", steps="skipped"),
        "send-now": Case("waiting", steps="sent"),
    },
    "held": {
        "pause": Case("paused"),
        "resume": NOT_PAUSED,
        "stop": Case("closed", steps="cancelled"),
        "skip": Case("waiting", steps="skipped"),
        "send-now": Case("waiting"),
    },
    "deferred": {
        "pause": Case("paused"),
        "resume": NOT_PAUSED,
        "stop": Case("closed", steps="cancelled"),
        "skip": Case("waiting", steps="skipped"),
        "send-now": Case("waiting"),
    },
    "paused": {
        "pause": Case("paused", changed=False),
        "resume": Case("waiting"),
        "stop": Case("closed", steps="cancelled"),
        "skip": Case("paused", steps="skipped"),
        "send-now": Case(refused="the run is paused; resume it first"),
    },
    "reacting": {
        "pause": BEHIND,
        "resume": Case(refused="the run is not paused", steps="sent"),
        "stop": Case("closed", steps="sent"),
        "skip": BEHIND,
        "send-now": BEHIND,
    },
    "closed": dict.fromkeys(("pause", "resume", "stop", "skip", "send-now"), OVER),
}
CASES = [
    pytest.param(state, kind, case, id=f"{kind}-{state}") for state in STATES for kind, case in MATRIX[state].items()
]


@pytest.mark.parametrize(("state", "kind", "case"), CASES)
async def test_every_control_at_every_state(flow: FlowRig, state: str, kind: str, case: Case) -> None:
    accepted = await in_state(flow, state)
    following = "one" if state in ("deferred", "reacting") else "two"
    mails = len(list_mail(flow.mail.folder))
    if case.refused:
        for _ in range(2):
            with pytest.raises(RefusedError, match=case.refused):
                await ask(flow, accepted, kind)
    else:
        answer = await ask(flow, accepted, kind)
        assert (answer.phase, answer.changed) == (case.phase, case.changed)
        if case.phase != "closed":
            # The same key again: the same answer, and nothing is done.
            assert await ask(flow, accepted, kind) == answer
    await flow.until_step(accepted, following, case.steps)
    if state == "deferred" and kind == "send-now":

        async def put_off_again() -> bool:
            return await _why(flow, accepted) == "frequency_cap"

        await flow.until(put_off_again)
    events = [row["kind"] for row in await flow.rows("run_events", enrollment_id=accepted.enrollment)]
    before = int((state, kind) in (("paused", "pause"), ("closed", "stop")))
    assert events.count(kind) == before + (0 if case.refused else 1)
    sent_now = 1 if (state, kind) == ("sleeping", "send-now") else 0
    assert len(list_mail(flow.mail.folder)) == mails + sent_now
    await _lives_on_and_sends_each_step_once(flow, accepted, state)


async def _lives_on_and_sends_each_step_once(flow: FlowRig, accepted: Accepted, state: str) -> None:
    if state == "held":
        await flow.start_worker(SENTIMENT_QUEUE)

        async def handled() -> bool:
            reactions = await flow.rows("reactions_of", enrollment_id=accepted.enrollment)
            return all(each["handled_at"] is not None for each in reactions)

        await flow.until(handled)
    now = await flow.state(accepted)
    if now == "active":
        while (await status(flow, accepted)).phase == "waiting":
            await flow.skip(accepted, days=3)
            await _takes_the_next(flow, accepted)
    steps = await flow.rows("steps_of", enrollment_id=accepted.enrollment)
    sends = await flow.rows("sends_of", enrollment_id=accepted.enrollment)
    sent = [row["step"] for row in steps if row["state"] == "sent"]
    assert sorted(row["step"] for row in sends if row["state"] == "sent") == sorted(sent)
    others = 1 if state == "deferred" else 0
    assert len(list_mail(flow.mail.folder)) == len(sent) + others
    if now == "active":
        assert {row["state"] for row in steps} <= {"sent", "skipped"}


async def _takes_the_next(flow: FlowRig, accepted: Accepted) -> None:
    async def taken() -> bool:
        state = await status(flow, accepted)
        return state.phase != "waiting" or (state.due is not None and state.due.step in await _planned(flow, accepted))

    await flow.until(taken)


async def _planned(flow: FlowRig, accepted: Accepted) -> list[str]:
    return [step for step, state in (await flow.steps(accepted)).items() if state == "planned"]


# --- send now ------------------------------------------------------------------------------------------------------

NEVER_OPEN = (
    "sequence: closed-shop\nname: Closed shop\nrecord: person\nfrequency_cap: exempt\n"
    "schedule: {{timezone: UTC, window: '{window}'}}\nsteps:\n"
    "  - {{id: one, when: 3 days after enrollment, email: bd/introduce}}\n"
    "  - {{id: two, when: 2 days after one, email: bd/remind}}\n"
)


def _closed_window() -> str:
    """A window of an hour that is half a day away."""
    opens = (datetime.now(UTC).hour + 12) % 24
    return f"{opens:02}:00-{opens:02}:59"


async def test_send_now_does_not_wait_for_the_window_and_the_next_step_does_again(flow: FlowRig) -> None:
    await flow.publish("closed-shop", NEVER_OPEN.format(window=_closed_window()))
    await flow.person()
    accepted = await flow.enroll("closed-shop")
    await flow.until_state(accepted, "active")
    await _takes_the_next(flow, accepted)
    assert (await ask(flow, accepted, "send-now", reason="they called")).detail == "one is due now"
    await flow.until_step(accepted, "one")
    step = (await flow.rows("steps_of", enrollment_id=accepted.enrollment))[1]
    assert step["due_at"].hour == int(_closed_window()[:2])
    async with flow.services.database.transaction() as connection:
        story = await timeline(connection, accepted.enrollment)
    asked = next(moment for moment in story.moments if moment.kind == "command")
    assert (asked.what, asked.why, asked.ref) == ("one to be sent now, by hand", "they called", "one")


def _night() -> str:
    """A zone where it is between 2 and 4 in the morning."""
    shift = (3 - datetime.now(UTC).hour + 12) % 24 - 12
    return f"Etc/GMT{-shift:+d}" if shift else "Etc/GMT"


async def test_quiet_hours_hold_a_text_that_is_to_be_sent_now_until_the_morning_and_no_longer(flow: FlowRig) -> None:
    text = (
        "sequence: texting\nname: Texting\nrecord: person\nfrequency_cap: exempt\nsteps:\n"
        "  - {id: one, email: bd/introduce}\n"
        "  - {id: two, when: 5 days after one, sms: onboarding/how-is-it-going, schedule: {window: '18:00-18:30'}}\n"
    )
    accepted = await started(flow, text, timezone=_night())
    answer = await ask(flow, accepted, "send-now", step="two")
    assert "quiet_hours" in answer.detail
    due = (await status(flow, accepted)).due
    assert due is not None
    assert due.at is not None
    local = due.at.astimezone(ZoneInfo(_night()))
    assert (local.hour, local.minute, due.by_hand) == (8, 0, True)
    # What comes back meanwhile plans anew, and what a person decided stays.
    await flow.reply(accepted, "Thank you")

    async def handled() -> bool:
        reactions = await flow.rows("reactions_of", enrollment_id=accepted.enrollment)
        return bool(reactions) and reactions[0]["handled_at"] is not None

    await flow.until(handled)
    if await flow.state(accepted) == "active":
        await flow.skip(accepted, hours=7)
        await flow.until_step(accepted, "two")
        assert len(flow.texts.sent) == 1


async def test_a_suppression_refuses_what_is_to_be_sent_now(flow: FlowRig) -> None:
    accepted = await started(flow)
    async with flow.services.database.transaction() as connection:
        await connection.execute(
            "INSERT INTO suppression (person_id, channel, reason, source, since) "
            "VALUES ('p1', 'email', 'unsubscribed', 'test', now())"
        )
    await ask(flow, accepted, "send-now")
    await flow.until_step(accepted, "two", "refused")
    assert len(list_mail(flow.mail.folder)) == 1


@pytest.mark.parametrize(
    ("kind", "step", "refused"),
    [
        ("send-now", "three", "the next step is two; only the next step can be sent now"),
        ("send-now", "one", "the next step is two"),
        ("skip", "one", "one is already sent"),
        ("skip", "four", "unknown step; the steps of this run are one, two, three"),
    ],
)
async def test_a_step_for_which_it_makes_no_sense_is_refused_and_nothing_is_written(
    flow: FlowRig, kind: str, step: str, refused: str
) -> None:
    accepted = await started(flow)
    before = await flow.rows("run_events", enrollment_id=accepted.enrollment)
    for _ in range(2):
        with pytest.raises(RefusedError, match=refused):
            await ask(flow, accepted, kind, step=step)
    assert await flow.rows("run_events", enrollment_id=accepted.enrollment) == before
    assert await flow.steps(accepted) == {"one": "sent", "two": "planned", "three": "planned"}


async def test_a_step_further_on_is_skipped_and_the_next_one_stays(flow: FlowRig) -> None:
    accepted = await started(flow)
    before = (await status(flow, accepted)).due
    answer = await ask(flow, accepted, "skip", step="three", reason="out of print")
    assert answer.changed
    after = (await status(flow, accepted)).due
    assert before is not None
    assert after is not None
    assert (after.step, after.at) == ("two", before.at)
    rows = await flow.rows("steps_of", enrollment_id=accepted.enrollment)
    assert [(row["state"], row["reason"]) for row in rows][2] == ("skipped", "by hand")
    await flow.skip(accepted, days=3)
    await flow.until_step(accepted, "two")
    await _takes_the_next(flow, accepted)
    assert (await status(flow, accepted)).phase == "reacting"


async def test_steps_after_a_skipped_one_count_from_the_skip(flow: FlowRig) -> None:
    accepted = await started(flow)
    await flow.skip(accepted, days=1)
    await ask(flow, accepted, "skip")
    rows = await flow.rows("steps_of", enrollment_id=accepted.enrollment)
    skipped, due = rows[1]["decided_at"], rows[2]["due_at"]
    assert timedelta(hours=23) < skipped - rows[0]["decided_at"] < timedelta(hours=25)
    assert timedelta(hours=46) < due - skipped < timedelta(hours=50)


async def test_a_run_moves_to_another_version_by_command(flow: FlowRig) -> None:
    accepted = await started(flow)
    await flow.publish("three", THREE.replace("2 days after one", "9 days after one"))
    answer = await ask(flow, accepted, "move", mode="2")
    assert (answer.changed, answer.phase, answer.detail) == (True, "waiting", "moved to version 2")
    state = await status(flow, accepted)
    row = await flow.row("enrollment_row", id=accepted.enrollment)
    assert row is not None
    assert (state.version, row["version"]) == (2, 2)
    steps = await flow.rows("steps_of", enrollment_id=accepted.enrollment)
    assert steps[1]["due_at"] - steps[0]["decided_at"] > timedelta(days=8)
    for version, refused in (("2", "already on version 2"), ("7", "version"), ("x", "is a number")):
        with pytest.raises(RefusedError, match=refused):
            await ask(flow, accepted, "move", f"to {version}", mode=version)
    assert len(list_mail(flow.mail.folder)) == 1
