"""The Schedule that reconciles unknown sends."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from temporalio.client import (
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleState,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.service import RPCError

from sequences.errors import UnavailableError
from sequences.names import QUEUE, RECONCILIATION_WORKFLOW

if TYPE_CHECKING:
    from temporalio.client import Client

SCHEDULE: Final = "send-reconciliation"
_EVERY: Final = timedelta(minutes=5)
_GIVE_UP: Final = timedelta(minutes=30)


async def ensure_schedule(client: Client, schedule: str = SCHEDULE) -> None:
    """Makes the Schedule, or brings the one that exists to this code's form. One that somebody paused stays paused.

    Raises:
        UnavailableError: Temporal does not answer.
    """
    wanted = _wanted(schedule)
    try:
        try:
            await client.create_schedule(schedule, wanted)
        except ScheduleAlreadyRunningError:
            await client.get_schedule_handle(schedule).update(lambda found: _brought_up(found, wanted))
    except RPCError as error:
        raise UnavailableError(f"Temporal did not take the schedule of unknown sends ({error.status.name})") from error


def _wanted(schedule: str) -> Schedule:
    action = ScheduleActionStartWorkflow(
        RECONCILIATION_WORKFLOW,
        id=schedule,
        task_queue=QUEUE,
        # A pass that no worker took in this time is as good as the next one.
        execution_timeout=_GIVE_UP,
        static_summary="unknown sends",
    )
    return Schedule(
        action=action,
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=_EVERY)]),
        # A pass takes what is due, so a missed one need not be made up for.
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=_EVERY),
        state=ScheduleState(note="looks for sends of which nobody knows whether they went out"),
    )


def _brought_up(found: ScheduleUpdateInput, wanted: Schedule) -> ScheduleUpdate:
    wanted.state = found.description.schedule.state
    return ScheduleUpdate(schedule=wanted)
