"""Runs that pass through every kind of moment; their histories replay on the code that made them.

With ``RELANCE_RECORD_HISTORIES=1`` they are stored in tests/replay/histories, for tests/replay to replay ever after.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sequences.ids import late_reaction_workflow_id
from sequences.runs.state import Command

if TYPE_CHECKING:
    from tests.support.rigs.flow import FlowRig


async def test_a_silent_run(flow: FlowRig) -> None:
    await flow.publish("new-services")
    await flow.person()
    accepted = await flow.enroll("new-services")
    await flow.until_step(accepted, "introduce")
    for step in ("remind", "thank-you-anyway"):
        await flow.skip(accepted, days=7, hours=2)
        await flow.until_step(accepted, step)
    await flow.skip(accepted, days=7, hours=2)
    await flow.handle(accepted).result()
    await flow.keep_history(accepted.workflow_id, "enrollment-silent")
    await flow.keep_history(accepted.workflow_id, "planned-silent")


async def test_a_run_with_pause_resume_and_reply(flow: FlowRig) -> None:
    await flow.publish("new-services")
    await flow.person()
    accepted = await flow.enroll("new-services")
    await flow.until_step(accepted, "introduce")
    runs = flow.services.runs
    await runs.command(accepted.workflow_id, Command("p", "pause", "holiday"))
    await flow.skip(accepted, days=3)
    await runs.command(accepted.workflow_id, Command("r", "resume"))
    await flow.write("person", "p1", company="Another Ltd")
    await flow.skip(accepted, days=7, hours=2)
    await flow.until_step(accepted, "remind")
    await flow.reply(accepted, "Please tell me more")
    await flow.handle(accepted).result()
    await flow.keep_history(accepted.workflow_id, "enrollment-pause-reply")
    await flow.keep_history(accepted.workflow_id, "planned-pause-reply")


async def test_a_stopped_run_and_its_late_reaction(flow: FlowRig) -> None:
    await flow.publish("new-services")
    await flow.person()
    accepted = await flow.enroll("new-services")
    await flow.until_step(accepted, "introduce")
    await flow.services.runs.command(accepted.workflow_id, Command("s", "stop", "by hand"))
    await flow.handle(accepted).result()
    await flow.keep_history(accepted.workflow_id, "enrollment-stopped")
    await flow.keep_history(accepted.workflow_id, "planned-stopped")
    await flow.reply(accepted, "Please tell me more")

    async def handled() -> bool:
        rows = await flow.rows("reactions_of", enrollment_id=accepted.enrollment)
        return bool(rows) and rows[0]["handled_at"] is not None

    await flow.until(handled)
    reaction = (await flow.rows("reactions_of", enrollment_id=accepted.enrollment))[0]["id"]
    workflow_id = late_reaction_workflow_id(reaction)
    await flow.services.client.get_workflow_handle(workflow_id).result()
    await flow.keep_history(workflow_id, "late-reaction")
