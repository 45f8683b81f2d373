"""A pause and a resume of everything; their histories replay on the code that made them (see test_histories_flow)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from adapters.clock import utc_now
from adapters.temporal.bulk_control import TemporalBulk
from sequences.ids import bulk_control_workflow_id
from sequences.runs.bulk import HoldScope
from services.operations.bulk import BulkControl, BulkRequest
from tests.support.waiting import PATIENCE

if TYPE_CHECKING:
    from tests.support.rigs.flow import FlowRig


async def test_a_bulk_pause_and_its_resume(flow: FlowRig) -> None:
    await flow.publish("new-services")
    control = BulkControl(flow.services.database, TemporalBulk(flow.services.client), utc_now)
    workflow_id = bulk_control_workflow_id(HoldScope.SEQUENCE, "new-services")
    for number in range(7):
        await flow.person(f"p{number}")
        accepted = await flow.enroll("new-services", f"p{number}")
        await flow.until_step(accepted, "introduce")
    # A rate of one: two pages, and so a cursor, stand in the history.
    await control.pause(HoldScope.SEQUENCE, "new-services", BulkRequest(nonce="pause", reason="holiday", rate=1))
    await asyncio.wait_for(flow.services.client.get_workflow_handle(workflow_id).result(), PATIENCE)
    await flow.keep_history(workflow_id, "bulk-pause")
    await control.resume(
        HoldScope.SEQUENCE, "new-services", BulkRequest(nonce="resume", reason="", mode="shift", rate=100)
    )
    await asyncio.wait_for(flow.services.client.get_workflow_handle(workflow_id).result(), PATIENCE)
    await flow.keep_history(workflow_id, "bulk-resume")
