"""Deletes the histories of workflows, by the namespace's own API. Implements ``services.ports.Histories``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from adapters.temporal.client_calls import in_time
from adapters.temporal.executions import enrollment_of, terminate
from sequences import names
from sequences.runs.whereabouts import WorkflowRef

if TYPE_CHECKING:
    from collections.abc import Collection

    from temporalio.client import Client

_IDS_A_QUESTION: Final = 100
_PAGE: Final = 1000
_GIVE_UP_AFTER: Final = 10.0
_REASON: Final = "the person is erased"
_NOT_LET: Final = frozenset({RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNIMPLEMENTED})


class TemporalHistories:
    """The histories of one namespace."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def of(self, workflow_ids: Collection[str], runs: Collection[str]) -> list[WorkflowRef]:
        """The executions with these ids, open or over; of workflows of runs only those of these enrollments.

        The list of Temporal may lag by a moment: who asks does so some time after the workflows ended.

        Args:
            workflow_ids: ours; they hold no quotation marks.
            runs: ids of enrollments. All runs of a record share one workflow id, and a record may change its person.

        Raises:
            UnavailableError: Temporal does not answer.
        """
        wanted, found = sorted(workflow_ids), []
        for first in range(0, len(wanted), _IDS_A_QUESTION):
            some = ", ".join(f"'{each}'" for each in wanted[first : first + _IDS_A_QUESTION])
            async with in_time("Temporal did not list the histories", None):
                listed = [
                    each async for each in self._client.list_workflows(f"WorkflowId IN ({some})", page_size=_PAGE)
                ]
            for each in listed:
                is_run = each.workflow_type == names.ENROLLMENT_WORKFLOW
                if not is_run or await enrollment_of(self._client, each) in runs:
                    is_open = each.status is WorkflowExecutionStatus.RUNNING
                    found.append(WorkflowRef(each.id, each.run_id, is_open))
        return found

    async def delete(self, found: WorkflowRef) -> str | None:
        """Ends an execution that is open, and deletes it; the server does so within moments.

        Returns:
            None: it is deleted, or gone. Else why the server does not let us.

        Raises:
            UnavailableError: Temporal does not answer.
        """
        if found.is_open:
            await terminate(self._client, found.workflow_id, found.run_id, _REASON)
        request = DeleteWorkflowExecutionRequest(
            namespace=self._client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=found.workflow_id, run_id=found.run_id),
        )
        async with in_time("Temporal did not delete a history", _GIVE_UP_AFTER):
            try:
                await self._client.workflow_service.delete_workflow_execution(request)
            except RPCError as error:
                if error.status in _NOT_LET:
                    return f"Temporal does not let us delete histories ({error.status.name})"
                if error.status is not RPCStatusCode.NOT_FOUND:
                    raise
        return None
