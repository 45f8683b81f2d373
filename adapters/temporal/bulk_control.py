"""Hands orders about all runs that a hold covers to Temporal, and asks how far they are."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy

from adapters.temporal.client_calls import QueryErrors, in_time, keywords, queried
from adapters.temporal.executions import whereabouts
from sequences import ids, names
from sequences.errors import RefusedError, RequestRefused, UnavailableError
from sequences.runs.bulk import BulkState, HoldScope, Stage
from sequences.runs.whereabouts import Whereabouts, ended_outside

if TYPE_CHECKING:
    from temporalio.client import Client

    from sequences.runs.bulk import BulkOrder

_GIVE_UP_AFTER = 5.0
_ANSWER_WITHIN = timedelta(seconds=10)


class TemporalBulk:
    """Bulk orders of one namespace."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def order(self, scope: HoldScope, key: str, order: BulkOrder) -> None:
        """Starts the workflow with the order, or hands the order to the one that is open. The same id again is nothing.

        Raises:
            UnavailableError: Temporal does not answer.
        """
        attributes = {HoldScope.SEQUENCE: "RelanceSequence", HoldScope.OWNER: "RelanceOwner"}
        found_by = {attributes[scope]: key} if scope in attributes else {}
        async with in_time("Temporal did not accept the order", _GIVE_UP_AFTER):
            await self._client.start_workflow(
                names.BULK_CONTROL_WORKFLOW,
                # With the order in the state too, the order of signal and start does not matter.
                BulkState(scope=scope, key=key, waiting=order, seen=[order.id]),
                id=ids.bulk_control_workflow_id(scope, key),
                task_queue=names.QUEUE,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                start_signal=names.ORDER,
                start_signal_args=[order],
                search_attributes=keywords(**found_by),
                static_summary="everything" if scope is HoldScope.EVERYTHING else f"{scope} {key}",
            )

    async def progress(self, scope: HoldScope, key: str) -> BulkState:
        """How far the newest order is, or what became of it; answered by a worker. What was ended from outside is over.

        Raises:
            NotFoundError: there never was an order, or it is long over.
            RefusedError: it was ended from outside before anybody had begun it.
            UnavailableError: Temporal, or every worker, does not answer.
        """
        workflow_id = ids.bulk_control_workflow_id(scope, key)
        try:
            state = await self._asked(workflow_id)
        except UnavailableError:
            # One that was ended before any worker had it never answers.
            found = await whereabouts(self._client, workflow_id)
            if found in (Whereabouts.OPEN, Whereabouts.GONE):
                raise
            raise RefusedError(
                RequestRefused.ENDED_OUTSIDE, f"the order {ended_outside(found)}; give it again"
            ) from None
        if state.stage == Stage.DONE and state.waiting is None:
            return state
        if (found := await whereabouts(self._client, workflow_id)) is not Whereabouts.OPEN:
            state.stage, state.waiting, state.failed = Stage.DONE, None, ended_outside(found)
        return state

    async def _asked(self, workflow_id: str) -> BulkState:
        return await queried(
            self._client.get_workflow_handle(workflow_id),
            names.PROGRESS,
            BulkState,
            within=_ANSWER_WITHIN,
            errors=QueryErrors("unknown order", "no worker answered ({}); the order is not lost"),
        )
