"""A run that waits for a person, on the real servers: it is told through the outbox, and outlives its worker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.clock import utc_now
from sequences import ids
from sequences.names import QUEUE, SEND_QUEUE
from services.operations.tasks import task_done

if TYPE_CHECKING:
    from services.enrolling.enroll import Accepted
    from tests.support.rigs.flow import FlowRig

TEXT = """
sequence: calls
name: Calls
record: person
frequency_cap: exempt
schedule: {window: any}
steps:
  - {id: introduce, email: bd/introduce}
  - {id: call, when: 1 hour after introduce, task: {title: Call, kind: call, wait: done, within: 3 days}}
  - {id: remind, when: 1 hour after call, email: bd/remind}
"""


async def _waiting(flow: FlowRig) -> Accepted:
    await flow.publish("calls", TEXT)
    await flow.person()
    accepted = await flow.enroll("calls")
    await flow.until_step(accepted, "introduce")
    await flow.skip(accepted, hours=2)
    await flow.until(lambda: _there(flow, accepted))
    return accepted


async def _there(flow: FlowRig, accepted: Accepted) -> bool:
    rows = await flow.services.database.pool.fetch("SELECT 1 FROM task WHERE enrollment_id = $1", accepted.enrollment)
    return bool(rows)


async def test_done_tells_the_run_also_while_no_worker_is_there(flow: FlowRig) -> None:
    accepted = await _waiting(flow)
    assert await flow.steps(accepted) == {"introduce": "sent", "call": "planned", "remind": "planned"}
    await flow.stop_worker(QUEUE)
    await flow.stop_worker(SEND_QUEUE)
    async with flow.services.database.transaction() as connection:
        done = await task_done(connection, ids.task_id(accepted.enrollment, "call"), "Dana", utc_now())
    assert done.told
    flow.dispatcher.wake()
    await flow.start_worker(QUEUE)
    await flow.start_worker(SEND_QUEUE)
    await flow.until_step(accepted, "call", "done")
    await flow.skip(accepted, hours=2)
    await flow.until_step(accepted, "remind")
    await flow.keep_history(accepted.workflow_id, "task-step")


async def test_it_goes_on_when_the_time_is_over(flow: FlowRig) -> None:
    accepted = await _waiting(flow)
    await flow.skip(accepted, days=3, hours=2)
    await flow.until_step(accepted, "remind")
    assert await flow.steps(accepted) == {"introduce": "sent", "call": "skipped", "remind": "sent"}
