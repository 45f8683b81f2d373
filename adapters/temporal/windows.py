"""Reaches the workflows of re-enrollment windows: start, move, end. Implements ``services.ports.Windows``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from temporalio.client import WorkflowExecutionStatus
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from adapters.temporal.client_calls import in_time, keywords
from sequences import ids, names

if TYPE_CHECKING:
    from temporalio.client import Client

    from sequences.auto_enroll.messages import WindowChange, WindowState

_FAILED = "Temporal did not accept the window"
_GIVE_UP_AFTER = 3.0
"""Seconds. The row is in Postgres; nobody needs to wait longer."""


class TemporalWindows:
    """Windows of one namespace."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def start(self, state: WindowState) -> str | None:
        """Starts the workflow, unless one of that id is open: then says for which window that one runs.

        Returns:
            None: it runs for this window. Otherwise the id of the other window, empty when that one has just closed.

        Raises:
            UnavailableError: Temporal does not answer.
        """
        # A window that never ends is about the record; its workflow only starts the run, under the gate of its id.
        workflow_id = ids.window_workflow_id(state.sequence, state.person if state.until else state.record)
        async with in_time(_FAILED, _GIVE_UP_AFTER):
            try:
                await self._client.start_workflow(
                    names.REENROLLMENT_WINDOW_WORKFLOW,
                    state,
                    id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
                    **_options(workflow_id, state),
                )
            except WorkflowAlreadyStartedError:
                return await self._standing(workflow_id, state)
        return None

    async def change(self, state: WindowState, change: WindowChange) -> None:
        """Tells the workflow, and starts it in ``state`` when there is none: both at once, so no order can be wrong.

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
                **_options(workflow_id, state),
            )

    async def tell(self, sequence: str, person: str, change: WindowChange) -> None:
        """Tells the workflow, if there is one.

        Raises:
            UnavailableError: Temporal does not answer.
        """
        handle = self._client.get_workflow_handle(ids.window_workflow_id(sequence, person))
        async with in_time(_FAILED, _GIVE_UP_AFTER):
            try:
                await handle.signal(names.CHANGE_WINDOW, change)
            except RPCError as error:
                if error.status is not RPCStatusCode.NOT_FOUND:
                    raise

    async def _standing(self, workflow_id: str, state: WindowState) -> str | None:
        found = await self._client.get_workflow_handle(workflow_id).describe()
        if found.status is not WorkflowExecutionStatus.RUNNING:
            return ""
        window = await found.memo_value(names.WINDOW_MEMO, default="", type_hint=str)
        return None if window == state.window else window


def _options(workflow_id: str, state: WindowState) -> dict[str, Any]:
    return {
        "id": workflow_id,
        "task_queue": names.QUEUE,
        # The window before is over; that it was there does not keep anybody out.
        "id_reuse_policy": WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        "memo": {names.WINDOW_MEMO: state.window},
        "search_attributes": keywords(RelanceSequence=state.sequence),
        "static_summary": f"{state.sequence}: {state.person}",
        "static_details": f"Re-enrollment window `{state.window}`, opened by enrollment `{state.enrollment}`.",
    }
