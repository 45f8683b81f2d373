"""The daily pass of retention, as Temporal runs it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest_asyncio
from temporalio.client import ScheduleActionExecutionStartWorkflow

from adapters.clock import utc_now
from adapters.temporal.schedules import RETENTION
from sequences.names import QUEUE
from sequences.retention import RetentionState
from services.retention.notice import skip_notice
from tests.support.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from temporalio.client import WorkflowHandle

    from tests.support.rigs.flow import FlowRig


@pytest_asyncio.fixture
async def daily(flow: FlowRig) -> AsyncIterator[FlowRig]:
    await RETENTION.ensure(flow.services.client)
    async with flow.services.database.transaction() as connection:
        await skip_notice(connection, flow.services.settings.retention(), utc_now())
    yield flow
    await flow.services.client.get_schedule_handle(RETENTION.schedule).delete()


async def _old_events(flow: FlowRig, number: int) -> None:
    async with flow.services.database.transaction() as connection:
        await connection.execute(
            "INSERT INTO crm_event (id, received_at, digest, answer) "
            "SELECT 'old-' || n, $1::timestamptz, 'x', '{}' FROM generate_series(1, $2) n",
            utc_now() - timedelta(days=400),
            number,
        )


async def _left(flow: FlowRig) -> int:
    async with flow.services.database.statement() as connection:
        return int(await connection.fetchval("SELECT count(*) FROM crm_event"))


async def _started(flow: FlowRig) -> WorkflowHandle[object, object]:
    schedule = flow.services.client.get_schedule_handle(RETENTION.schedule)
    await schedule.trigger()

    async def begun() -> bool:
        return bool((await schedule.describe()).info.recent_actions)

    await flow.until(begun)
    action = (await schedule.describe()).info.recent_actions[-1].action
    assert isinstance(action, ScheduleActionExecutionStartWorkflow)
    return flow.services.client.get_workflow_handle(action.workflow_id, result_type=RetentionState)


async def test_the_schedule_removes_in_pages_and_a_worker_that_is_replaced_loses_nothing(daily: FlowRig) -> None:
    # More than two pages: each looks at 20 batches of 500 rows at the most.
    await _old_events(daily, 21_000)
    handle = await _started(daily)

    async def some_are_gone() -> bool:
        return await _left(daily) < 21_000

    await daily.until(some_are_gone)
    await daily.stop_worker(QUEUE)
    await daily.start_worker(QUEUE)
    async with asyncio.timeout(PATIENCE):
        done = await handle.result()
    assert isinstance(done, RetentionState)
    assert (done.done, done.failed, await _left(daily)) == (True, "", 0)
    assert done.pages > 2
    async with daily.services.database.statement() as connection:
        row = await connection.fetchrow("SELECT removed, started_at, ended_at FROM retention WHERE kind = 'crm_events'")
    assert row is not None
    assert (row["removed"], row["started_at"], row["ended_at"] is not None) == (21_000, done.started_at, True)
    # Each batch was counted with what it removed; an answer that was lost counts there only.
    assert done.removed <= 21_000
    await daily.keep_history(handle.id, "retention")
