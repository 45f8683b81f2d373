"""A long run continues as new, and all that it knew goes with it. Here the server suggests it after few events."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest_asyncio

from adapters.mail.capture import list_mail
from sequences.run import Command, RunState
from starter.local.temporal import LocalTemporal

if TYPE_CHECKING:
    from conftest import Flow


@pytest_asyncio.fixture(scope="module", name="temporal")
async def low_limit(tmp_path_factory: object) -> AsyncIterator[LocalTemporal]:
    folder: Path = tmp_path_factory.mktemp("low-limit")  # type: ignore[attr-defined]
    config = {"limit.historyCount.suggestContinueAsNew": "25"}
    async with LocalTemporal(folder, time_skipping=True, ui=False, dynamic_config=config) as server:
        yield server


async def _status(flow: Flow, workflow_id: str) -> RunState:
    state: RunState = await flow.services.runs.status(workflow_id)
    return state


async def test_a_run_that_continues_as_new_forgets_nothing_and_sends_nothing_twice(flow: Flow) -> None:
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
        await flow.skip(accepted, days=7, minutes=1)
        await flow.until_step(accepted, step)
    assert len(list_mail(flow.mail.folder)) == 3


async def test_a_paused_run_is_still_paused_after_it_continued_as_new(flow: Flow) -> None:
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
