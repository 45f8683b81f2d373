"""RetentionWorkflow: one pass over everything that is older than its period. A Schedule starts it each day."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from sequences.names import PROGRESS, REMOVE_EXPIRED, RETENTION_WORKFLOW
    from sequences.retention import RemovalCall, RemovalPage, RetentionState
    from workflows.calls import ActivityOptions, call
    from workflows.failures import failed_for_good

_PAGE = timedelta(minutes=10)
_PAGES_A_RUN = 200


@workflow.defn(name=RETENTION_WORKFLOW)
class RetentionWorkflow:
    """Where it is lives in its state, so a crash costs one page at the most; all pages see one instant."""

    @workflow.init
    def __init__(self, state: RetentionState) -> None:
        self.state = state

    @workflow.run
    async def run(self, state: RetentionState) -> RetentionState:
        """Ends when everything was looked at, or where no page can be done any more; returns what it did."""
        try:
            await self._remove()
        except ActivityError as error:
            self.state.failed, self.state.done = failed_for_good(error), True
            self._show()
        return self.state

    async def _remove(self) -> None:
        state = self.state
        if state.started_at is None:
            state.started_at = workflow.now()
        while not state.done:
            argument = RemovalCall(state.started_at, state.table, state.after)
            page = await call(
                REMOVE_EXPIRED, argument, RemovalPage, f"page {state.pages + 1}", ActivityOptions(within=_PAGE)
            )
            state.pages += 1
            state.removed += page.removed
            state.done = page.table is None
            state.table, state.after = page.table or 0, page.after
            self._show()
            if not state.done and (state.pages % _PAGES_A_RUN == 0 or workflow.info().is_continue_as_new_suggested()):
                workflow.continue_as_new(state)

    @workflow.query(name=PROGRESS)
    def progress(self) -> RetentionState:
        """How far it is; numbers only."""
        return self.state

    def _show(self) -> None:
        state = self.state
        why = f" It stopped early: {state.failed}" if state.failed else ""
        workflow.set_current_details(f"{state.pages} pages, **{state.removed}** rows removed.{why}")
