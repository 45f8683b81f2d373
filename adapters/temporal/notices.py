"""The Schedule that mails notifications."""

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
from sequences.names import NOTIFICATION_MAIL_WORKFLOW, QUEUE

if TYPE_CHECKING:
    from temporalio.client import Client

SCHEDULE: Final = "notification-mails"
_EVERY: Final = timedelta(minutes=1)
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
        raise UnavailableError(f"Temporal did not take the schedule of notices ({error.status.name})") from error


def _wanted(schedule: str) -> Schedule:
    action = ScheduleActionStartWorkflow(
        NOTIFICATION_MAIL_WORKFLOW,
        id=schedule,
        task_queue=QUEUE,
        # A pass that no worker took in this time believes in an hour long gone; the next one knows better.
        execution_timeout=_GIVE_UP,
        static_summary="mail notifications",
    )
    return Schedule(
        action=action,
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=_EVERY)]),
        # A pass takes what is due, so a missed one need not be made up for.
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=_EVERY),
        state=ScheduleState(note="mails notifications at once or as digests"),
    )


def _brought_up(found: ScheduleUpdateInput, wanted: Schedule) -> ScheduleUpdate:
    wanted.state = found.description.schedule.state
    return ScheduleUpdate(schedule=wanted)
