"""Looks at workflows from outside: is it open, and whose is it; which have ended; which are open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from adapters.temporal.client_calls import in_time
from sequences import names
from sequences.runs.state import RunState
from sequences.runs.whereabouts import OpenWorkflow, Whereabouts

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from temporalio.client import Client, WorkflowExecution, WorkflowExecutionDescription

_FAILED = "Temporal did not say where the workflow is"
_GIVE_UP_AFTER = 5.0
_PAGE = 1000
_IDS_A_QUESTION = 100
_STATUS = {
    WorkflowExecutionStatus.RUNNING: Whereabouts.OPEN,
    # Between the two halves of continue-as-new there is no moment without an open one; PAUSED is newer than our names.
    WorkflowExecutionStatus.CONTINUED_AS_NEW: Whereabouts.OPEN,
    WorkflowExecutionStatus.COMPLETED: Whereabouts.COMPLETED,
    WorkflowExecutionStatus.FAILED: Whereabouts.FAILED,
    WorkflowExecutionStatus.CANCELED: Whereabouts.CANCELLED,
    WorkflowExecutionStatus.TERMINATED: Whereabouts.TERMINATED,
    WorkflowExecutionStatus.TIMED_OUT: Whereabouts.TIMED_OUT,
}
_NO_SUCH_PAGE = frozenset({RPCStatusCode.INVALID_ARGUMENT, RPCStatusCode.UNKNOWN, RPCStatusCode.INTERNAL})
# "Completed" is left out: a workflow that completes has closed its row before, and there are a thousand a day.
# Attribute of the server, from 1.29 on: set after some attempts of a workflow task that all failed.
_STUCK = "TemporalReportedProblems IN ('category=WorkflowTaskFailed', 'category=WorkflowTaskTimedOut')"
_ENDED = ", ".join(f"'{status}'" for status in ("Failed", "Terminated", "TimedOut", "Canceled"))


async def whereabouts(client: Client, workflow_id: str, enrollment: str | None = None) -> Whereabouts:
    """What Temporal says of the newest workflow of that id, asked by id and so never out of date.

    Args:
        client: of the namespace.
        workflow_id: of a run or a window.
        enrollment: when given, an open workflow that runs for another enrollment is ``REPLACED``.

    Raises:
        UnavailableError: Temporal does not answer.
    """
    found = await described(client, workflow_id)
    if found is None:
        return Whereabouts.GONE
    where = where_is(found)
    if where is Whereabouts.OPEN and enrollment is not None:
        whose = await enrollment_of(client, found)
        return where if whose in ("", enrollment) else Whereabouts.REPLACED
    return where


def where_is(found: WorkflowExecution) -> Whereabouts:
    """The status of an execution in our words; one that is not known to be over counts as open."""
    return Whereabouts.OPEN if found.status is None else _STATUS.get(found.status, Whereabouts.OPEN)


async def described(client: Client, workflow_id: str, run_id: str | None = None) -> WorkflowExecutionDescription | None:
    """The newest execution of that id, or the one named; None when Temporal knows none.

    Raises:
        UnavailableError: Temporal does not answer.
    """
    async with in_time(_FAILED, _GIVE_UP_AFTER):
        try:
            return await client.get_workflow_handle(workflow_id, run_id=run_id).describe()
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            return None


async def enrollment_of(client: Client, found: WorkflowExecution) -> str:
    """Which enrollment an execution runs for; empty when it does not say.

    The memo says it; a run of before it had one says it in the first event of its history.

    Raises:
        UnavailableError: Temporal does not answer.
    """
    noted: str = await found.memo_value(names.ENROLLMENT_MEMO, default="", type_hint=str)
    if noted:
        return noted
    handle = client.get_workflow_handle(found.id, run_id=found.run_id)
    async with in_time(_FAILED, _GIVE_UP_AFTER):
        try:
            async for event in handle.fetch_history_events(page_size=1):
                given = event.workflow_execution_started_event_attributes.input.payloads
                [state] = await client.data_converter.decode(given[:1], [RunState])
                return str(state.enrollment)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
    return ""


async def ended_since(client: Client, workflow: str, since: datetime) -> list[str]:
    """Ids of workflows of a type that failed, or were ended from outside, since then. The list lags by a moment.

    Args:
        client: of the namespace.
        workflow: its type.
        since: UTC.

    Raises:
        UnavailableError: Temporal does not answer.
    """
    query = f"WorkflowType = '{workflow}' AND ExecutionStatus IN ({_ENDED}) AND CloseTime >= '{since.isoformat()}'"
    async with in_time("Temporal did not list what has ended", None):
        return list({each.id: None async for each in client.list_workflows(query, page_size=_PAGE)})


async def open_among(client: Client, workflow_ids: Iterable[str]) -> set[str]:
    """Which of these are listed as open; the others are to be asked for by id, since the list lags.

    Raises:
        UnavailableError: Temporal does not answer.
    """
    wanted = list(workflow_ids)
    found: set[str] = set()
    for first in range(0, len(wanted), _IDS_A_QUESTION):
        # Our ids hold no quotation marks: they are made of slugs and of ids that the hook has checked.
        some = ", ".join(f"'{each}'" for each in wanted[first : first + _IDS_A_QUESTION])
        query = f"ExecutionStatus = 'Running' AND WorkflowId IN ({some})"
        async with in_time("Temporal did not list what is open", None):
            found.update([each.id async for each in client.list_workflows(query, page_size=_PAGE)])
    return found


async def open_page(client: Client, workflow: str, token: bytes | None) -> tuple[list[OpenWorkflow], bytes | None]:
    """One page of the open workflows of a type, and the token of the next one. The list lags by a moment.

    Args:
        client: of the namespace.
        workflow: its type.
        token: of the page before; None, or one that Temporal does not know any more: from the beginning.

    Raises:
        UnavailableError: Temporal does not answer.
    """
    query = f"WorkflowType = '{workflow}' AND ExecutionStatus = 'Running'"
    pages = client.list_workflows(query, page_size=_PAGE, next_page_token=token)
    async with in_time("Temporal did not list what is open", None):
        try:
            await pages.fetch_next_page()
        except RPCError as error:
            # Servers call a token that they cannot read what they like; an outage has names of its own.
            if token is None or error.status not in _NO_SUCH_PAGE:
                raise
            return [], None
    listed = [
        OpenWorkflow(
            each.id,
            each.run_id,
            each.start_time,
            await each.memo_value(names.ENROLLMENT_MEMO, default="", type_hint=str),
        )
        for each in pages.current_page or ()
    ]
    return listed, pages.next_page_token or None


async def terminate(client: Client, workflow_id: str, run_id: str, reason: str) -> bool:
    """Ends one execution; False when it is over already.

    Raises:
        UnavailableError: Temporal does not answer.
    """
    handle: Any = client.get_workflow_handle(workflow_id, run_id=run_id)
    async with in_time("Temporal did not end the workflow", _GIVE_UP_AFTER):
        try:
            await handle.terminate(reason=reason)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            return False
    return True


class TemporalExecutions:
    """The executions of one namespace. Implements ``services.ports.Executions``."""

    def __init__(self, client: Client) -> None:
        self._client = client

    @property
    def namespace(self) -> str:
        """Its name, for people."""
        return self._client.namespace

    async def whereabouts(self, workflow_id: str) -> Whereabouts:
        """What became of the newest workflow of that id. Errors as of the function of that name."""
        return await whereabouts(self._client, workflow_id)

    async def ended_since(self, workflow: str, since: datetime) -> list[str]:
        """Ids of workflows of a type that failed or were ended from outside since then."""
        return await ended_since(self._client, workflow, since)

    async def open_among(self, workflow_ids: Iterable[str]) -> set[str]:
        """Which of these are listed as open."""
        return await open_among(self._client, workflow_ids)

    async def open_page(self, workflow: str, token: bytes | None) -> tuple[list[OpenWorkflow], bytes | None]:
        """One page of the open workflows of a type."""
        return await open_page(self._client, workflow, token)

    async def whose(self, found: OpenWorkflow) -> str | None:
        """The enrollment that this very execution runs for, empty when it does not say; None when it is over."""
        now_is = await described(self._client, found.workflow_id, found.run_id)
        if now_is is None or where_is(now_is) is not Whereabouts.OPEN:
            return None
        return await enrollment_of(self._client, now_is)

    async def terminate(self, found: OpenWorkflow, reason: str) -> bool:
        """Ends this very execution; False when it is over already."""
        return await terminate(self._client, found.workflow_id, found.run_id, reason)

    async def stuck(self, workflow: str, limit: int) -> list[str]:
        """Ids of open workflows whose code cannot go on: their workflow task fails again and again."""
        query = f"WorkflowType = '{workflow}' AND ExecutionStatus = 'Running' AND {_STUCK}"
        async with in_time("Temporal did not list what is stuck", None):
            try:
                return [each.id async for each in self._client.list_workflows(query, limit=limit)]
            except RPCError as error:
                if error.status is not RPCStatusCode.INVALID_ARGUMENT:
                    raise
                # An older server does not tell.
                return []
