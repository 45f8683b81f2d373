"""The activity that removes what is older than its period."""

from __future__ import annotations

from typing import TYPE_CHECKING

from temporalio import activity

from sequences.names import REMOVE_EXPIRED
from sequences.retention import RemovalCall, RemovalPage

if TYPE_CHECKING:
    from services.retention.remove import Retention


class RetentionActivities:
    """What ``RetentionWorkflow`` calls."""

    def __init__(self, retention: Retention) -> None:
        self._retention = retention

    @activity.defn(name=REMOVE_EXPIRED)
    async def remove_expired(self, call: RemovalCall) -> RemovalPage:
        """Some batches of a pass; a worker that ends does so behind one of them."""
        return await self._retention.remove(call, activity.is_worker_shutdown)
