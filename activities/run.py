"""The activities of a run's beginning, its commands and its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from temporalio import activity

from activities.workflow_time import required
from sequences.names import BEGIN_RUN, CARRY_OUT_COMMAND, FINISH_RUN, SETTLE_FAILURE
from sequences.runs.failures import FailureCall
from sequences.runs.state import CommandCall, Decision, Due, RunCall

if TYPE_CHECKING:
    from services.runs.begin_run import BeginRun
    from services.runs.commands import Commands
    from services.runs.failed_run import FailedRun
    from services.runs.finish_run import FinishRun


class RunActivities:
    """What ``EnrollmentWorkflow`` calls beside the steps and the reactions."""

    def __init__(self, beginning: BeginRun, commands: Commands, finishing: FinishRun, failed: FailedRun) -> None:
        self._beginning = beginning
        self._commands = commands
        self._finishing = finishing
        self._failed = failed

    @activity.defn(name=BEGIN_RUN)
    async def begin_run(self, call: RunCall) -> Due:
        """Marks the run active and plans it."""
        return await self._beginning.begin(call.enrollment, required(call.now))

    @activity.defn(name=CARRY_OUT_COMMAND)
    async def carry_out_command(self, call: CommandCall) -> Decision:
        """Does what a person asked of the run."""
        return await self._commands.carry_out(call.enrollment, call.command, required(call.now))

    @activity.defn(name=FINISH_RUN)
    async def finish_run(self, call: RunCall) -> Due:
        """Ends the run when its reaction period is over."""
        return await self._finishing.finish(call.enrollment, required(call.now))

    @activity.defn(name=SETTLE_FAILURE)
    async def settle_failure(self, call: FailureCall) -> Decision:
        """Settles what an activity left behind that failed for good."""
        return await self._failed.settle(call, required(call.now))
