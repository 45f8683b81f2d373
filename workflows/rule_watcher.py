"""RuleWatcherWorkflow: looks at what changed, whenever somebody says so, and every half minute as a net under that."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from sequences.auto_enroll.messages import WatchCall, WatcherState, WatchResult
    from sequences.names import WATCH_CHANGES
    from workflows import time_outs
    from workflows.calls import ActivityOptions, call
    from workflows.failures import failed_for_good

_BETWEEN_LOOKS = timedelta(seconds=30)
# A thousand changes, and the start of as many windows while Temporal is slow.
_BATCH = timedelta(minutes=10)


@workflow.defn(name="RuleWatcherWorkflow")
class RuleWatcherWorkflow:
    """One batch of changes after the other, for ever.

    A run begins with a look, so a signal that comes while one continues as new is never missed: whatever it spoke of
    was in Postgres before it.
    """

    @workflow.init
    def __init__(self, state: WatcherState) -> None:
        self.state = state
        self._woken = False
        self._trouble = ""

    @workflow.run
    async def run(self, state: WatcherState) -> None:
        """Never ends by itself."""
        while True:
            # Before the look: who wakes us during it may speak of something that it does not see any more.
            self._woken = False
            try:
                more = await self._look()
            except ActivityError as error:
                # The changes stay unwatched: the next look, half a minute later, takes them up.
                self._trouble, more = failed_for_good(error), False
            else:
                self._trouble = ""
            if workflow.info().is_continue_as_new_suggested():
                self.state.continued += 1
                workflow.continue_as_new(self.state)
            if not more:
                await self._rest()

    @workflow.signal
    def wake(self) -> None:
        """Something has changed. Many of these during one look lead to one more look."""
        self._woken = True

    @workflow.query
    def progress(self) -> WatcherState:
        """Counts since the watcher was started first."""
        return self.state

    async def _look(self) -> bool:
        argument = WatchCall(self.state.shard, workflow.now())
        # Changes wait behind its retries, so their pauses stay short.
        found = await call(
            WATCH_CHANGES, argument, WatchResult, "what changed", ActivityOptions(within=_BATCH, retry=time_outs.SOON)
        )
        state = self.state
        state.changes += found.changes
        state.matched += found.matched
        state.enrolled += found.enrolled
        state.refused += found.refused
        return found.more

    async def _rest(self) -> None:
        trouble = f" The last check failed: {self._trouble}" if self._trouble else ""
        workflow.set_current_details(
            f"{self.state.changes} changes seen, {self.state.enrolled} enrolled, {self.state.refused} refused.{trouble}"
        )
        try:
            # After a failure nobody's wake-up shortens the rest: the same look would fail as often as somebody writes.
            await workflow.wait_condition(
                lambda: self._woken and not self._trouble,
                timeout=_BETWEEN_LOOKS,
                timeout_summary="until something changes",
            )
        except TimeoutError:
            return
