"""Reaches the workflows of re-enrollment windows: start, move, end. Implements ``services.ports.Windows``.

A window that stands is a workflow whose start is delayed until its end: one event, no timer, no worker. Its id is taken
all the same. A plain signal does not wake such a workflow; a signal with start does.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from temporalio.client import WorkflowExecutionStatus
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from adapters.clock import utc_now
from adapters.temporal.client_calls import in_time, keywords
from adapters.temporal.executions import described, terminate
from sequences import ids, names
from sequences.auto_enroll.messages import WindowState

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from temporalio.client import Client, WorkflowExecutionDescription

    from sequences.auto_enroll.messages import WindowChange

_FAILED = "Temporal did not accept the window"
_GIVE_UP_AFTER = 3.0
"""Seconds. The row is in Postgres; nobody needs to wait longer."""


class TemporalWindows:
    """Windows of one namespace."""

    def __init__(self, client: Client, clock: Callable[[], datetime] = utc_now) -> None:
        self._client = client
        self._clock = clock

    async def start(self, state: WindowState) -> str | None:
        """Takes the id for the window, unless it is taken: then says for which window.

        Returns:
            None: it runs for this window. Otherwise the id of the other window, empty when that one has just closed.

        Raises:
            UnavailableError: Temporal does not answer.
        """
        workflow_id = ids.window_workflow_id(state.sequence, state.person)
        async with in_time(_FAILED, _GIVE_UP_AFTER):
            try:
                await self._client.start_workflow(
                    names.REENROLLMENT_WINDOW_WORKFLOW,
                    state,
                    id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
                    **self._options(workflow_id, state),
                )
            except WorkflowAlreadyStartedError:
                return await self._standing(workflow_id, state)
        return None

    async def change(self, state: WindowState, change: WindowChange) -> None:
        """Wakes the workflow and tells it; starts it in ``state`` when there is none: both at once, in one call.

        It compares revisions, so two such calls have no wrong order.

        Raises:
            UnavailableError: Temporal does not answer.
        """
        workflow_id = ids.window_workflow_id(state.sequence, state.person)
        async with in_time(_FAILED, _GIVE_UP_AFTER):
            await self._client.start_workflow(
                names.REENROLLMENT_WINDOW_WORKFLOW,
                state,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                start_signal=names.CHANGE_WINDOW,
                start_signal_args=[change],
                **self._options(workflow_id, state),
            )

    async def tell(self, sequence: str, person: str, change: WindowChange) -> None:
        """The window needs no workflow any more: its id is free at once where nobody has spoken to it yet.

        Raises:
            UnavailableError: Temporal does not answer.
        """
        workflow_id = ids.window_workflow_id(sequence, person)
        found = await described(self._client, workflow_id)
        if found is None or found.status is not WorkflowExecutionStatus.RUNNING:
            return
        if found.raw_description.workflow_execution_info.history_length == 1:
            # Nobody has spoken to it since its start. What sleeps for another window is that one's gate.
            if await _window_of(found) == change.window:
                await terminate(self._client, workflow_id, found.run_id or "", "the window is over")
            return
        # It is awake, or on its way to become the gate of another window: it decides by the revision.
        state = WindowState(change.window, sequence, person, "", "", 0, start_child=False)
        state.until, state.revision = change.until, change.revision
        await self.change(state, change)

    async def _standing(self, workflow_id: str, state: WindowState) -> str | None:
        found = await self._client.get_workflow_handle(workflow_id).describe()
        if found.status is not WorkflowExecutionStatus.RUNNING:
            return ""
        window = await _window_of(found)
        return None if window == state.window else window

    def _options(self, workflow_id: str, state: WindowState) -> dict[str, Any]:
        left = state.until - self._clock() if state.until is not None else timedelta(0)
        until = f"Not enrolled again by rule until {state.until.isoformat()}." if state.until is not None else ""
        details = f"Re-enrollment window `{state.window}`, opened by enrollment `{state.enrollment}`. {until}"
        return {
            "id": workflow_id,
            "task_queue": names.QUEUE,
            # The window before is over; that it was there does not keep anybody out.
            "id_reuse_policy": WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            "start_delay": left if left > timedelta(0) else None,
            "memo": {names.WINDOW_MEMO: state.window},
            "search_attributes": keywords(RelanceSequence=state.sequence),
            "static_summary": f"{state.sequence}: {state.person}",
            "static_details": details,
        }


async def _window_of(found: WorkflowExecutionDescription) -> str:
    window: str = await found.memo_value(names.WINDOW_MEMO, default="", type_hint=str)
    return window
