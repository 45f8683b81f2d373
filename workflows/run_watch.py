"""RunWatchWorkflow: one pass over rows without workflow and workflows without row. A Schedule starts it."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from sequences.names import RUN_WATCH_WORKFLOW, WATCH_RUNS
    from sequences.runs.run_watch import RunWatchCall, RunWatchPass
    from workflows.calls import ActivityOptions, call

_PASS = timedelta(minutes=10)


@workflow.defn(name=RUN_WATCH_WORKFLOW)
class RunWatchWorkflow:
    """Knows numbers only."""

    @workflow.run
    async def run(self) -> RunWatchPass:
        """Calls the one activity; what it looks at is decided there, by this workflow's time."""
        found = await call(
            WATCH_RUNS, RunWatchCall(workflow.now()), RunWatchPass, "runs", ActivityOptions(within=_PASS)
        )
        if found.trouble:
            workflow.set_current_details(f"**It holds back**: {found.trouble}")
        return found
