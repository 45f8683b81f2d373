"""Schedules of small workflows that look regularly for what is due: one pass each, decided in Postgres.

The daily scan of each sequence has its schedule in ``adapters.temporal.rule_workflows``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from temporalio.client import (
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleState,
)

from adapters.temporal.client_calls import put_schedule
from sequences.names import (
    MAILBOX_RETRY_WORKFLOW,
    NOTIFICATION_MAIL_WORKFLOW,
    QUEUE,
    RECONCILIATION_WORKFLOW,
    RETENTION_WORKFLOW,
    RUN_WATCH_WORKFLOW,
)
from sequences.retention import RetentionState

if TYPE_CHECKING:
    from temporalio.client import Client

_GIVE_UP: Final = timedelta(minutes=30)


@dataclass(frozen=True)
class Passes:
    """One Schedule.

    Attributes:
        schedule: its id in Temporal.
        workflow: name of the workflow of one pass.
        every: from one pass to the next.
        summary: what a pass is about, for the Temporal UI.
        note: what they are for, for the Temporal UI.
        offset: from midnight UTC to the first pass of a day.
        within: a pass ends after this; what is left is for the next one.
        arguments: of the workflow.
    """

    schedule: str
    workflow: str
    every: timedelta
    summary: str
    note: str
    offset: timedelta = timedelta()
    within: timedelta = _GIVE_UP
    arguments: tuple[object, ...] = ()

    async def ensure(self, client: Client) -> None:
        """Makes the Schedule, or brings the one that exists to this code's form. One that somebody paused stays paused.

        Raises:
            UnavailableError: Temporal does not answer.
        """
        failed = f"Temporal did not accept the schedule {self.schedule}"
        await put_schedule(client, self.schedule, self._wanted(), failed, None)

    def _wanted(self) -> Schedule:
        action = ScheduleActionStartWorkflow(
            self.workflow,
            args=self.arguments,
            id=self.schedule,
            task_queue=QUEUE,
            # A pass that no worker took in this time believes in an hour long gone; the next one knows better.
            execution_timeout=self.within,
            static_summary=self.summary,
        )
        return Schedule(
            action=action,
            spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=self.every, offset=self.offset)]),
            # A pass takes what is due, so a missed one need not be made up for.
            policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=self.every),
            state=ScheduleState(note=self.note),
        )


NOTIFICATION_MAILS: Final = Passes(
    "notification-mails",
    NOTIFICATION_MAIL_WORKFLOW,
    timedelta(minutes=1),
    "mail notifications",
    "mails notifications at once or as digests",
)
RECONCILIATION: Final = Passes(
    "send-reconciliation",
    RECONCILIATION_WORKFLOW,
    timedelta(minutes=5),
    "unknown sends",
    "resolves unknown sends",
)
MAILBOX_RETRY: Final = Passes(
    "mailbox-retry",
    MAILBOX_RETRY_WORKFLOW,
    timedelta(minutes=5),
    "disconnected mailboxes",
    "tries the logins of disconnected mailboxes again",
)
RUN_WATCH: Final = Passes(
    "run-watch",
    RUN_WATCH_WORKFLOW,
    timedelta(seconds=30),
    "runs",
    "closes runs whose workflow is gone, and ends workflows whose run is gone",
)
RETENTION: Final = Passes(
    "retention",
    RETENTION_WORKFLOW,
    timedelta(days=1),
    "retention",
    "removes what is older than its period",
    offset=timedelta(hours=2),
    within=timedelta(hours=20),
    arguments=(RetentionState(),),
)
ALL_PASSES: Final = (RUN_WATCH, NOTIFICATION_MAILS, RECONCILIATION, MAILBOX_RETRY, RETENTION)
"""Every Schedule of this module."""
