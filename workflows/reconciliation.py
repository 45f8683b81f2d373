"""ReconciliationWorkflow: one pass over the sends that are in doubt. A Schedule starts it."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from sequences.names import RECONCILE_SENDS, RECONCILIATION_WORKFLOW, SEND_QUEUE
    from sequences.runs.unknown_sends import ReconcileCall, ReconcilePass
    from workflows import time_outs
    from workflows.calls import ActivityOptions, call


@workflow.defn(name=RECONCILIATION_WORKFLOW)
class ReconciliationWorkflow:
    """Knows numbers of sends only."""

    @workflow.run
    async def run(self) -> ReconcilePass:
        """Calls the one activity; what is due is decided there, by this workflow's time."""
        return await call(
            RECONCILE_SENDS,
            ReconcileCall(workflow.now()),
            ReconcilePass,
            "unknown sends",
            ActivityOptions(SEND_QUEUE, time_outs.SENDING),
        )
