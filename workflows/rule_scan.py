"""RuleScanWorkflow: pages through everybody for whom time has made a rule true, or for a rule just switched on."""

from __future__ import annotations

from datetime import timedelta
from typing import TypeVar

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from sequences.auto_enroll.messages import ScanBegun, ScanCall, ScanPage, ScanState
    from sequences.names import BEGIN_SCAN, SCAN_PAGE
    from workflows.calls import ActivityOptions, call
    from workflows.failures import failed_for_good

_Result = TypeVar("_Result")

_PAGE = timedelta(minutes=10)
_PAGES_A_RUN = 200


@workflow.defn(name="RuleScanWorkflow")
class RuleScanWorkflow:
    """Counts first, then goes page by page; where it is lives in its state, so a crash costs one page at the most.

    All pages see one instant, ``started_at``: a page that is done twice finds its own enrollments.
    """

    @workflow.init
    def __init__(self, state: ScanState) -> None:
        self.state = state

    @workflow.run
    async def run(self, state: ScanState) -> ScanState:
        """Ends behind the last page, or where no page can be done any more; returns what it found."""
        try:
            await self._scan()
        except ActivityError as error:
            self.state.failed, self.state.done = failed_for_good(error), True
            self._show()
        return self.state

    async def _scan(self) -> None:
        if self.state.started_at is None:
            self.state.started_at = workflow.now()
            begun = await self._call(BEGIN_SCAN, ScanBegun, "count who would enter")
            self.state.batch = begun.batch
        while not self.state.done:
            page = await self._call(SCAN_PAGE, ScanPage, f"page {self.state.pages + 1}")
            self._add(page)
            self._show()
            if not self.state.done and self._long_enough():
                self.state.continued += 1
                workflow.continue_as_new(self.state)

    @workflow.query
    def progress(self) -> ScanState:
        """How far it is; ids and counts only."""
        return self.state

    def _add(self, page: ScanPage) -> None:
        state = self.state
        state.pages += 1
        state.matched += page.matched
        state.enrolled += page.enrolled
        state.refused += page.refused
        state.held += page.held
        if page.after is None:
            state.done = True
        else:
            state.after = page.after

    def _long_enough(self) -> bool:
        return self.state.pages % _PAGES_A_RUN == 0 or workflow.info().is_continue_as_new_suggested()

    async def _call(self, name: str, result: type[_Result], summary: str) -> _Result:
        state = self.state
        now = state.started_at or workflow.now()
        argument = ScanCall(state.sequence, state.origin, now, state.after, state.batch)
        return await call(name, argument, result, summary, ActivityOptions(within=_PAGE))

    def _show(self) -> None:
        state = self.state
        words = f"{state.held} await approval" if state.batch else f"{state.enrolled} enrolled"
        why = f" It stopped early: {state.failed}" if state.failed else ""
        workflow.set_current_details(
            f"**{state.origin}** of `{state.sequence}`: {state.pages} pages, {words}, {state.refused} refused.{why}"
        )
