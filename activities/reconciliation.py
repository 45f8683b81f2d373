"""The activity that looks after unknown sends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from temporalio import activity

from sequences.names import RECONCILE_SENDS
from sequences.runs.unknown_sends import ReconcileCall, ReconcilePass

if TYPE_CHECKING:
    from services.sending.reconcile_unknown import ReconcileUnknown


class ReconcilingActivities:
    """What ``ReconciliationWorkflow`` calls."""

    def __init__(self, reconciling: ReconcileUnknown) -> None:
        self._reconciling = reconciling

    @activity.defn(name=RECONCILE_SENDS)
    async def reconcile_sends(self, call: ReconcileCall) -> ReconcilePass:
        """One pass over everything that is unknown and due."""
        return await self._reconciling.pass_over(call.now, activity.is_worker_shutdown)
