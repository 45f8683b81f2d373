"""Reaches the rule watcher and the scans in Temporal: wake, start, and the daily schedule of each sequence."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from temporalio.client import (
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleCalendarSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.service import RPCError, RPCStatusCode

from adapters.temporal.client_calls import QueryErrors, in_time, keywords, put_schedule, queried
from adapters.temporal.executions import whereabouts
from sequences import ids, names
from sequences.auto_enroll.messages import Origin, ScanState, WatcherState
from sequences.errors import UnavailableError
from sequences.runs.whereabouts import Whereabouts, ended_outside

if TYPE_CHECKING:
    from datetime import time

    from temporalio.client import Client

_FAILED = "Temporal did not accept it"
_GIVE_UP_AFTER = 5.0
_ANSWER_WITHIN = timedelta(seconds=10)
_JITTER = timedelta(minutes=30)
# A scan that was missed while Temporal was down is made up for by the next one; nobody wants a week's worth at once.
_CATCH_UP = timedelta(hours=12)

_Result = TypeVar("_Result")


class TemporalRules:
    """The watcher and the scans of one namespace."""

    def __init__(self, client: Client, scan_at: time, timezone: str) -> None:
        """Scans begin at ``scan_at`` of each day in ``timezone``, an IANA name, or up to half an hour later."""
        self._client = client
        self._scan_at = scan_at
        self._timezone = timezone

    async def wake(self) -> None:
        """Tells the watcher that something has changed; starts it when it does not run.

        Raises:
            UnavailableError: Temporal does not answer. Nothing is lost: the watcher looks every half minute.
        """
        async with in_time(_FAILED, _GIVE_UP_AFTER):
            await self._client.start_workflow(
                names.RULE_WATCHER_WORKFLOW,
                WatcherState(),
                id=ids.rule_watcher_workflow_id(),
                task_queue=names.QUEUE,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                start_signal=names.WAKE,
                static_summary="matches what changed against all rules",
            )

    async def watched(self) -> WatcherState:
        """What the watcher has done so far; answered by a worker.

        Raises:
            NotFoundError: it was never started.
            UnavailableError: Temporal, or every worker, does not answer.
        """
        return await self._progress(ids.rule_watcher_workflow_id(), WatcherState)

    async def start_scan(self, sequence: str, origin: Origin = Origin.SCAN) -> str:
        """Starts a scan of one sequence; one that was started so and still runs is left alone.

        The daily scan has an id of its own (Temporal puts the time behind it), so both may run at once: whoever comes
        second finds the first one's enrollments.

        Returns:
            The id of its workflow.

        Raises:
            UnavailableError: Temporal does not answer.
        """
        workflow_id = ids.rule_scan_workflow_id(sequence)
        async with in_time(_FAILED, _GIVE_UP_AFTER):
            await self._client.start_workflow(
                names.RULE_SCAN_WORKFLOW,
                ScanState(sequence=sequence, origin=origin.value),
                id=workflow_id,
                task_queue=names.QUEUE,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                search_attributes=keywords(RelanceSequence=sequence),
                static_summary=f"{origin} of {sequence}",
            )
        return workflow_id

    async def scanned(self, sequence: str) -> ScanState:
        """How far the newest scan by hand is; one that was ended from outside is over. Errors as of ``watched``."""
        workflow_id = ids.rule_scan_workflow_id(sequence)
        try:
            state = await self._progress(workflow_id, ScanState)
        except UnavailableError:
            # One that was ended before any worker had it never answers.
            found = await whereabouts(self._client, workflow_id)
            if found in (Whereabouts.OPEN, Whereabouts.GONE):
                raise
            state = ScanState(sequence)
        if not state.done and (found := await whereabouts(self._client, workflow_id)) is not Whereabouts.OPEN:
            state.done, state.failed = True, ended_outside(found)
        return state

    async def ensure_schedule(self, sequence: str, *, wanted: bool = True) -> None:
        """Makes the daily scan of a sequence as the settings say, or takes it away. The same again changes nothing.

        Args:
            sequence: its name; the schedule's id is that of its scan.
            wanted: False when the newest version has no rules.

        Raises:
            UnavailableError: Temporal does not answer.
        """
        identity = ids.rule_scan_workflow_id(sequence)
        if wanted:
            await put_schedule(self._client, identity, self._schedule(sequence), _FAILED, _GIVE_UP_AFTER)
            return
        async with in_time(_FAILED, _GIVE_UP_AFTER):
            await _if_there(self._client.get_schedule_handle(identity).delete())

    def _schedule(self, sequence: str) -> Schedule:
        workflow_id = ids.rule_scan_workflow_id(sequence)
        calendar = ScheduleCalendarSpec(
            hour=[ScheduleRange(self._scan_at.hour)],
            minute=[ScheduleRange(self._scan_at.minute)],
            comment="people who match a rule because time has passed",
        )
        return Schedule(
            action=ScheduleActionStartWorkflow(
                names.RULE_SCAN_WORKFLOW,
                ScanState(sequence=sequence),
                id=workflow_id,
                task_queue=names.QUEUE,
                typed_search_attributes=keywords(RelanceSequence=sequence),
                static_summary=f"daily scan of {sequence}",
            ),
            spec=ScheduleSpec(calendars=[calendar], jitter=_JITTER, time_zone_name=self._timezone),
            policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=_CATCH_UP),
        )

    async def _progress(self, workflow_id: str, kind: type[_Result]) -> _Result:
        return await queried(
            self._client.get_workflow_handle(workflow_id),
            names.PROGRESS,
            kind,
            within=_ANSWER_WITHIN,
            errors=QueryErrors("it was never started, or ended long ago", "no worker answered ({})"),
        )


async def _if_there(work: Awaitable[None]) -> None:
    try:
        await work
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
