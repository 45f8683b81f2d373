"""How workflows call activities: by name, patiently, with a summary for people."""

from __future__ import annotations

from datetime import timedelta
from typing import TypeVar

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from workflows import contracts

_Result = TypeVar("_Result")


async def call(
    name: str,
    argument: object,
    result: type[_Result],
    summary: str,
    queue: str = contracts.QUEUE,
    within: timedelta = contracts.SHORT,
) -> _Result:
    """Executes an activity; an error that may pass is retried for ever, since a run outlives every outage.

    Args:
        name: of the activity.
        argument: its input.
        result: type of its answer.
        summary: shown in the Temporal UI; no personal data.
        queue: task queue of the workers that have it.
        within: time for one attempt.
    """
    answer: _Result = await workflow.execute_activity(
        name,
        argument,
        result_type=result,
        task_queue=queue,
        start_to_close_timeout=within,
        retry_policy=contracts.PATIENT,
        heartbeat_timeout=contracts.HEARTBEAT,
        summary=summary,
    )
    return answer
