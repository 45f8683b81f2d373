"""The activity of the watch over runs and windows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from temporalio import activity

from activities.workflow_time import required
from sequences.names import WATCH_RUNS
from sequences.runs.run_watch import RunWatchCall, RunWatchPass

if TYPE_CHECKING:
    from services.runs.run_watch import RunWatch


class RunWatchActivities:
    """What the workflow of the watch calls."""

    def __init__(self, watch: RunWatch) -> None:
        self._watch = watch

    @activity.defn(name=WATCH_RUNS)
    async def watch_runs(self, call: RunWatchCall) -> RunWatchPass:
        """One pass: everything that has ended since the last one, and the next page of each slow round."""
        return await self._watch.pass_over(required(call.now))
