"""A first step that is due at once runs before the process that started its run has marked the run active."""

from __future__ import annotations

from typing import TYPE_CHECKING

from temporalio.testing import ActivityEnvironment

from sequences.runs.state import StepCall
from tests.support.rigs.send import NOW, SendRig, send_rig

if TYPE_CHECKING:
    from sequences.runs.state import Due
    from services.runs.planning import RunContext


async def _take(rig: SendRig, run: RunContext, state: str) -> tuple[Due, str]:
    await rig.fetch("UPDATE enrollment SET state = $2, started_at = NULL WHERE id = $1", run.run.id, state)
    due: Due = await ActivityEnvironment().run(rig.steps().take_step, StepCall(run.run.id, "one", NOW))
    return due, (await rig.fetch("SELECT state FROM enrollment WHERE id = $1", run.run.id))[0]["state"]


async def test_it_sends_at_once_and_marks_its_run_active(database_url: str) -> None:
    async with send_rig(database_url) as rig:
        await rig.publish("early")
        run = await rig.ready("early", frozen=False)
        due, state = await _take(rig, run, "starting")
        assert (due.step, due.why, state) == (None, "reaction period", "active")
        assert await rig.step(run) == "sent"
        started = await rig.fetch("SELECT started_at FROM enrollment WHERE id = $1", run.run.id)
        assert started[0]["started_at"] == NOW


async def test_a_paused_run_is_not_made_active(database_url: str) -> None:
    async with send_rig(database_url) as rig:
        await rig.publish("paused")
        run = await rig.ready("paused", frozen=False)
        due, state = await _take(rig, run, "paused")
        assert (due.step, due.why, state) == ("one", "paused", "paused")
        assert rig.wire.handed == []
