"""How workflows call activities: by name, patiently, with a summary for people."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from sequences.names import QUEUE
    from workflows import time_outs

_Result = TypeVar("_Result")
_TRY_CANCEL = workflow.ActivityCancellationType.TRY_CANCEL
_WAIT = workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED


@dataclass(frozen=True)
class ActivityOptions:
    """How an activity is scheduled.

    Attributes:
        queue: task queue of the workers that have it.
        within: time for one attempt.
        retry: how long the pauses between attempts get.
    """

    queue: str = QUEUE
    within: timedelta = time_outs.SHORT
    retry: RetryPolicy = field(default_factory=lambda: time_outs.PATIENT)


async def call(
    name: str, argument: object, result: type[_Result], summary: str, options: ActivityOptions = ActivityOptions()
) -> _Result:
    """Executes an activity; an error that may pass is retried for ever, since a run outlives every outage.

    Args:
        name: of the activity.
        argument: its input.
        result: type of its answer.
        summary: shown in the Temporal UI; no personal data.
        options: how it is scheduled.
    """
    answer: _Result = await workflow.start_activity(
        name,
        argument,
        result_type=result,
        task_queue=options.queue,
        start_to_close_timeout=options.within,
        retry_policy=options.retry,
        heartbeat_timeout=time_outs.HEARTBEAT,
        cancellation_type=_TRY_CANCEL,
        summary=summary,
    )
    return answer


def start(
    name: str, argument: object, result: type[_Result], summary: str, options: ActivityOptions
) -> workflow.ActivityHandle[_Result]:
    """Starts an activity that may be cancelled; whoever awaits it hears how it ended, also when it was.

    Arguments are those of ``call``.
    """
    return workflow.start_activity(
        name,
        argument,
        result_type=result,
        task_queue=options.queue,
        start_to_close_timeout=options.within,
        retry_policy=options.retry,
        heartbeat_timeout=time_outs.HEARTBEAT,
        cancellation_type=_WAIT,
        summary=summary,
    )
