"""Hands orders about all runs of a sequence or an owner to Temporal, and asks how far they are."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from temporalio.common import (
    SearchAttributeKey,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.service import RPCError, RPCStatusCode

from sequences import ids, names
from sequences.bulk import BulkState, HoldScope
from sequences.errors import NotFoundError, UnavailableError

if TYPE_CHECKING:
    from temporalio.client import Client

    from sequences.bulk import BulkOrder

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
        attribute = "RelanceSequence" if scope is HoldScope.SEQUENCE else "RelanceOwner"
        try:
            async with asyncio.timeout(_GIVE_UP_AFTER):
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
                    search_attributes=TypedSearchAttributes(
                        [SearchAttributePair(SearchAttributeKey.for_keyword(attribute), key)]
                    ),
                    static_summary=f"{scope} {key}",
                )
        except TimeoutError as error:
            raise UnavailableError("Temporal did not answer in time") from error
        except RPCError as error:
            raise UnavailableError(f"Temporal did not take the order ({error.status.name})") from error

    async def progress(self, scope: HoldScope, key: str) -> BulkState:
        """How far the newest order is, or what became of it; answered by a worker.

        Raises:
            NotFoundError: there never was an order, or it is long over.
            UnavailableError: Temporal, or every worker, does not answer.
        """
        handle = self._client.get_workflow_handle(ids.bulk_control_workflow_id(scope, key))
        try:
            state: BulkState = await handle.query(names.PROGRESS, result_type=BulkState, rpc_timeout=_ANSWER_WITHIN)
            return state
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                raise NotFoundError("there is no such order") from error
            raise UnavailableError(f"no worker answered ({error.status.name}); the order is not lost") from error
