"""ReenrollmentWindowWorkflow: while it runs, nobody enters its sequence by rule again. Its id is the gate."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow
from temporalio.common import SearchAttributePair, TypedSearchAttributes, WorkflowIDReusePolicy
from temporalio.exceptions import ActivityError, WorkflowAlreadyStartedError

with workflow.unsafe.imports_passed_through():
    from sequences import ids
    from sequences.auto_enroll.messages import WindowCall, WindowChange, WindowEnd, WindowState
    from sequences.names import END_WINDOW, ENROLLMENT_MEMO, ENROLLMENT_WORKFLOW, QUEUE, WINDOW_MEMO
    from sequences.runs.state import RunState
    from workflows.calls import call
    from workflows.failures import failed_for_good
    from workflows.search_attributes import OWNER, PERSON, RECORD, SEQUENCE


@workflow.defn(name="ReenrollmentWindowWorkflow")
class ReenrollmentWindowWorkflow:
    """Starts the run that opened the window, then waits until the window ends. The run does not depend on it.

    The ledger in Postgres has the last word: at its end the window asks it, and goes on when it lasts longer.
    """

    @workflow.init
    def __init__(self, state: WindowState) -> None:
        self.state = state

    @workflow.run
    async def run(self, state: WindowState) -> str:
        """Runs until the window is over; returns the id of its row."""
        if self.state.start_child:
            await self._start_run()
            self.state.start_child = False
        while self.state.until is not None:
            self._show()
            await self._wait()
            if self.state.until is not None and self.state.until <= workflow.now():
                if await self._end():
                    break
            elif workflow.info().is_continue_as_new_suggested():
                # What was upserted does not go along by itself; the memo of the start would.
                workflow.continue_as_new(self.state, memo={WINDOW_MEMO: self.state.window})
        return self.state.window

    @workflow.signal
    def change(self, change: WindowChange) -> None:
        """The window was moved, lifted, or replaced by that of a later entry; what is older than we know is nothing."""
        if change.revision <= self.state.revision:
            return
        if change.window != self.state.window:
            # Who meets the closed gate asks the memo for which row of the ledger it is closed.
            workflow.upsert_memo({WINDOW_MEMO: change.window})
        self.state.window = change.window
        self.state.until = change.until
        self.state.revision = change.revision

    async def _start_run(self) -> None:
        state = self.state
        pairs = [(SEQUENCE, state.sequence), (RECORD, state.record), (PERSON, state.person), (OWNER, state.owner)]
        try:
            run = await workflow.start_child_workflow(
                ENROLLMENT_WORKFLOW,
                RunState(
                    enrollment=state.enrollment,
                    sequence=state.sequence,
                    version=state.version,
                    record=state.record,
                    person=state.person,
                    owner=state.owner,
                ),
                id=ids.enrollment_workflow_id(state.sequence, state.record),
                task_queue=QUEUE,
                # The run lives for weeks, the window perhaps for a day: neither ends with the other.
                parent_close_policy=workflow.ParentClosePolicy.ABANDON,
                cancellation_type=workflow.ChildWorkflowCancellationType.ABANDON,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                search_attributes=TypedSearchAttributes(
                    [SearchAttributePair(key, value) for key, value in pairs if value]
                ),
                memo={ENROLLMENT_MEMO: state.enrollment},
                static_summary=f"{state.sequence} v{state.version}: {state.record}",
                static_details=f"Enrollment `{state.enrollment}`. Its story: `relance show {state.enrollment}`.",
            )
        except WorkflowAlreadyStartedError:
            # Another attempt of ours, or the dispatcher, was there first.
            return
        # Nobody here asks how the run ends; unasked, one that is terminated would be logged as an error of ours.
        run.add_done_callback(lambda ended: ended.cancelled() or ended.exception())

    async def _wait(self) -> None:
        until, revision = self.state.until, self.state.revision
        remaining = until - workflow.now() if until is not None else timedelta(0)
        if remaining <= timedelta(0):
            return
        try:
            await workflow.wait_condition(
                lambda: self.state.revision != revision or workflow.info().is_continue_as_new_suggested(),
                timeout=remaining,
                timeout_summary="the window ends",
            )
        except TimeoutError:
            return

    async def _end(self) -> bool:
        asked = self.state.revision
        try:
            end = await call(END_WINDOW, WindowCall(self.state.window, workflow.now()), WindowEnd, "end the window")
        except ActivityError as error:
            # Its time is over as far as we know. Should the ledger know better, the watch over runs opens it anew.
            failed_for_good(error)
            return True
        if self.state.revision != asked:
            # A newer message came while we asked: it decides.
            return False
        if not end.ended:
            self.state.until, self.state.revision = end.until, max(asked, end.revision)
        return end.ended

    def _show(self) -> None:
        until = self.state.until.isoformat() if self.state.until else "forever"
        workflow.set_current_details(f"Not enrolled again by rule until {until} (window `{self.state.window}`).")
