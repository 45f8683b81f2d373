"""BulkControlWorkflow: pauses or resumes all runs that a hold covers, no faster than a rate."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from typing import TypeVar

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from sequences.names import BEGIN_BULK, CONTROL_PAGE, RELEASE_HOLD
    from sequences.runs.bulk import BulkBegun, BulkCall, BulkKind, BulkOrder, BulkPage, BulkState, HoldScope, Stage
    from workflows.calls import ActivityOptions, call
    from workflows.failures import failed_for_good

_Result = TypeVar("_Result")

# One attempt of a page: every run of it may take the 30 seconds that an unanswered command takes, twenty at a time.
_PAGE = timedelta(minutes=5)
_PAGES_A_RUN = 25
_BETWEEN_PASSES = timedelta(seconds=30)
_PASSES = 10
_ORDERS_KEPT = 100


@workflow.defn(name="BulkControlWorkflow")
class BulkControlWorkflow:
    """Takes orders one after the other; a newer one is taken up at the next page.

    Pause: every run that could send is paused; the hold in Postgres forbids sending from the first moment on.
    Resume: runs that came while the hold stood are paused as well, then the hold ends, then the runs that the hold
    paused are resumed. Between those two nothing can be sent at once that is not resumed at the rate.
    A pause that ends automatically is resumed the same way when its time has come.
    """

    @workflow.init
    def __init__(self, state: BulkState) -> None:
        self.state = state

    @workflow.run
    async def run(self, state: BulkState) -> BulkState:
        """Ends when the newest order is carried out and no hold is to be ended; returns what became of it."""
        await self._carry_out()
        while (until := self.state.until) is not None:
            with contextlib.suppress(TimeoutError):
                await workflow.wait_condition(lambda: self.state.waiting is not None, timeout=until - workflow.now())
            if self.state.waiting is None:
                last = self.state.order
                self.state.waiting = BulkOrder(
                    f"{last.id}:until", BulkKind.RESUME, "its end has come", rate=last.rate, until=until
                )
            await self._carry_out()
        self._show()
        return self.state

    async def _carry_out(self) -> None:
        while self.state.waiting is not None or self.state.stage != Stage.DONE:
            if self.state.waiting is not None:
                self.state.order, self.state.waiting = self.state.waiting, None
                self.state.failed = ""
                order = self.state.order
                self.state.until = order.until if order.kind == BulkKind.PAUSE else None
                self.state.enter(Stage.BEGINNING)
            self._show()
            try:
                await self._advance()
            except ActivityError as error:
                # A hold that stands keeps standing: nothing is sent, and the next order begins anew.
                self.state.failed = failed_for_good(error)
                self.state.stage = Stage.DONE
            if self.state.pages >= _PAGES_A_RUN and self.state.stage != Stage.DONE:
                self.state.pages = 0
                self.state.continued += 1
                workflow.continue_as_new(self.state)

    @workflow.signal
    def order(self, order: BulkOrder) -> None:
        """A newer order; one whose id is known is passed over."""
        if order.id and order.id not in self.state.seen:
            self.state.seen.append(order.id)
            del self.state.seen[:-_ORDERS_KEPT]
            self.state.waiting = order

    @workflow.query
    def progress(self) -> BulkState:
        """How far it is; ids and counts only."""
        return self.state

    async def _advance(self) -> None:
        if self.state.stage == Stage.BEGINNING:
            begun = await self._call(BEGIN_BULK, BulkBegun)
            pausing = self.state.order.kind == BulkKind.PAUSE or begun.standing
            self.state.until = begun.until
            self.state.enter(Stage.PAUSING if pausing else Stage.RELEASING, begun.left)
        elif self.state.stage == Stage.RELEASING:
            left = await self._call(RELEASE_HOLD, int)
            self.state.enter(Stage.RESUMING, left)
        else:
            await self._page()

    async def _page(self) -> None:
        page = await self._call(CONTROL_PAGE, BulkPage)
        self.state.pages += 1
        self.state.done += page.done
        self.state.unanswered += page.unanswered
        self.state.left = page.left + self.state.unanswered
        if page.after is not None:
            self.state.after = page.after
            return
        self.state.passes += 1
        if not self.state.unanswered or self.state.passes >= _PASSES:
            self._next_stage()
            return
        try:
            await workflow.wait_condition(lambda: self.state.waiting is not None, timeout=_BETWEEN_PASSES)
        except TimeoutError:
            self.state.after, self.state.unanswered = "", 0

    def _next_stage(self) -> None:
        if self.state.stage == Stage.PAUSING and self.state.order.kind == BulkKind.RESUME:
            self.state.enter(Stage.RELEASING)
        else:
            self.state.stage = Stage.DONE

    async def _call(self, name: str, result: type[_Result]) -> _Result:
        state = self.state
        # Counted when the stage began: on every page anew it would be work that grows with the square of the runs.
        left = state.left - state.unanswered
        argument = BulkCall(state.scope, state.key, state.order, state.stage, state.after, workflow.now(), left)
        return await call(name, argument, result, state.stage, ActivityOptions(within=_PAGE))

    def _show(self) -> None:
        state = self.state
        whose = "" if state.scope == HoldScope.EVERYTHING else f" of {state.scope} `{state.key}`"
        lines = [
            f"**{state.order.kind}** everything{whose}: {state.stage}",
            "",
            f"{state.done} runs done, {state.left} left, {state.order.rate} a second at most.",
        ]
        if state.failed:
            lines.append(f"It stopped early: {state.failed}")
        if state.until is not None:
            lines.append(f"It ends automatically at {state.until:%Y-%m-%d %H:%M} UTC.")
        if state.unanswered:
            lines.append(f"{state.unanswered} did not answer; pass {state.passes + 1} of {_PASSES}.")
        workflow.set_current_details("\n".join(lines))
