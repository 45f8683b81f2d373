"""A long run continues as new, and all that it knew goes with it. Here the server suggests it after few events."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from sequences.errors import UnavailableError
from sequences.names import REACT, SENTIMENT_QUEUE
from sequences.runs.state import ANSWERS_KEPT, Command, Reaction, RunState
from starter.local.mail_capture import list_mail
from starter.local.temporal import LocalTemporal

if TYPE_CHECKING:
    from services.enrolling.enroll import Accepted
    from tests.support.rigs.flow import FlowRig

TWO = (
    "sequence: two\nname: Two\nrecord: person\nfrequency_cap: exempt\nreaction_period: 20 days\nsteps:\n"
    "  - {id: one, email: bd/introduce}\n  - {id: two, when: 2 days after one, email: bd/remind}\n"
    "reactions:\n  - {on: replied.neutral, then: continue}\n"
)


@pytest_asyncio.fixture(scope="module", name="temporal")
async def low_limit(tmp_path_factory: object) -> AsyncIterator[LocalTemporal]:
    folder: Path = tmp_path_factory.mktemp("low-limit")  # type: ignore[attr-defined]
    config = {"limit.historyCount.suggestContinueAsNew": "25"}
    async with LocalTemporal(folder, time_skipping=True, ui_port=None, dynamic_config=config) as server:
        yield server


async def _status(flow: FlowRig, workflow_id: str) -> RunState:
    found: list[RunState] = []

    async def answered() -> bool:
        # For a moment between the old run and the new one there is nobody to ask.
        with contextlib.suppress(UnavailableError):
            found.append(await flow.services.runs.status(workflow_id))
        return bool(found)

    await flow.until(answered)
    return found[0]


async def test_a_run_that_continues_as_new_forgets_nothing_and_sends_nothing_twice(flow: FlowRig) -> None:
    await flow.publish("new-services")
    await flow.person()
    accepted = await flow.enroll("new-services")
    await flow.until_step(accepted, "introduce")
    runs = flow.services.runs
    for number in range(4):
        await runs.command(accepted.workflow_id, Command(f"p{number}", "pause", "again"))
        await runs.command(accepted.workflow_id, Command(f"r{number}", "resume"))

    async def continued() -> bool:
        return (await _status(flow, accepted.workflow_id)).continued >= 1

    await flow.until(continued)
    state = await _status(flow, accepted.workflow_id)
    assert {"p0", "r0", "p3", "r3"} <= set(state.seen)
    assert state.due is not None
    assert state.due.step == "remind"
    # A command whose key was seen before the run continued as new gets its old answer and does nothing.
    again = await runs.command(accepted.workflow_id, Command("p0", "pause", "again"))
    assert again.phase == "paused"
    assert (await _status(flow, accepted.workflow_id)).phase == "waiting"
    for step in ("remind", "thank-you-anyway"):
        await flow.skip(accepted, days=7, hours=2)
        await flow.until_step(accepted, step)
    assert len(list_mail(flow.mail.folder)) == 3


async def test_a_paused_run_is_still_paused_after_it_continued_as_new(flow: FlowRig) -> None:
    await flow.publish("new-services")
    await flow.person()
    accepted = await flow.enroll("new-services")
    await flow.until_step(accepted, "introduce")
    runs = flow.services.runs
    for number in range(4):
        await runs.command(accepted.workflow_id, Command(f"p{number}", "pause", "again"))
        if number < 3:
            await runs.command(accepted.workflow_id, Command(f"r{number}", "resume"))

    async def continued() -> bool:
        return (await _status(flow, accepted.workflow_id)).continued >= 1

    await flow.until(continued)
    await flow.skip(accepted, days=20)
    state = await _status(flow, accepted.workflow_id)
    assert (state.phase, state.pause_reason) == ("paused", "again")
    assert len(list_mail(flow.mail.folder)) == 1


async def _in_state(flow: FlowRig, state: str) -> Accepted:
    await flow.publish("two", TWO)
    await flow.person()
    accepted = await flow.enroll("two")
    await flow.until_step(accepted, "one")

    async def asleep() -> bool:
        due = (await _status(flow, accepted.workflow_id)).due
        return due is not None and due.step == "two"

    await flow.until(asleep)
    if state == "held":
        await flow.stop_worker(SENTIMENT_QUEUE)
        await flow.reply(accepted, "Thank you")

        async def held() -> bool:
            return (await _status(flow, accepted.workflow_id)).blocked

        await flow.until(held)
    elif state == "paused":
        await flow.services.runs.command(accepted.workflow_id, Command("p", "pause", "holiday"))
    elif state == "reacting":
        await flow.skip(accepted, days=2, hours=2)
        await flow.until_step(accepted, "two")

        async def reacting() -> bool:
            return (await _status(flow, accepted.workflow_id)).phase == "reacting"

        await flow.until(reacting)
    return accepted


async def _force(flow: FlowRig, accepted: Accepted) -> None:
    """Signals that mean nothing make the history long enough for the server to suggest it."""
    before = (await _status(flow, accepted.workflow_id)).continued
    for number in range(8):
        if (await _status(flow, accepted.workflow_id)).continued > before:
            return
        noise = Reaction(f"rnoise{before}x{number}", "clicked", holds=False)
        await flow.handle(accepted).signal(REACT, noise)

        async def passed(noise: Reaction = noise) -> bool:
            state = await _status(flow, accepted.workflow_id)
            return noise.id in state.seen and noise not in state.reactions

        await flow.until(passed)

    async def continued() -> bool:
        return (await _status(flow, accepted.workflow_id)).continued > before

    await flow.until(continued)


@pytest.mark.parametrize("state", ["sleeping", "held", "paused", "reacting"])
async def test_a_run_that_continues_as_new_in_any_state_keeps_everything(flow: FlowRig, state: str) -> None:
    accepted = await _in_state(flow, state)
    before = await _status(flow, accepted.workflow_id)
    for _ in range(2):
        await _force(flow, accepted)
    after = await _status(flow, accepted.workflow_id)
    for name in ("enrollment", "version", "phase", "due", "reactions", "paused_until", "pause_reason", "steps_taken"):
        assert getattr(after, name) == getattr(before, name), name
    assert set(before.seen) <= set(after.seen)
    assert (after.blocked, after.phase) == {
        "sleeping": (False, "waiting"),
        "held": (True, "waiting"),
        "paused": (False, "paused"),
        "reacting": (False, "reacting"),
    }[state]
    if state == "held":
        await flow.start_worker(SENTIMENT_QUEUE)

        async def handled() -> bool:
            return not (await _status(flow, accepted.workflow_id)).reactions

        await flow.until(handled)
        assert [row["label"] for row in await flow.rows("reactions_of", enrollment_id=accepted.enrollment)] == [
            "neutral"
        ]
    elif state == "paused":
        await flow.services.runs.command(accepted.workflow_id, Command("r", "resume"))
    if state != "reacting":
        await flow.skip(accepted, days=3)
        await flow.until_step(accepted, "two")
    assert len(list_mail(flow.mail.folder)) == 2
    await flow.skip(accepted, days=21)
    await flow.until_state(accepted, "finished")
    assert len(list_mail(flow.mail.folder)) == 2


async def test_a_command_asked_again_long_after_its_answer_was_forgotten_is_answered_and_not_done(
    flow: FlowRig,
) -> None:
    accepted = await _in_state(flow, "sleeping")
    runs = flow.services.runs
    for number in range(ANSWERS_KEPT // 2 + 1):
        await runs.command(accepted.workflow_id, Command(f"p{number}", "pause"))
        await runs.command(accepted.workflow_id, Command(f"r{number}", "resume"))
    state = await _status(flow, accepted.workflow_id)
    assert state.continued >= 1
    assert "p0" not in state.answers
    again = await runs.command(accepted.workflow_id, Command("p0", "pause"))
    assert (again.changed, again.phase) == (False, "waiting")
