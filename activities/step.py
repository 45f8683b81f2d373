"""The activity of a step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from temporalio import activity

from activities.claimer import this_try
from activities.workflow_time import required
from sequences.names import TAKE_STEP
from sequences.runs.state import Due, StepCall

if TYPE_CHECKING:
    from services.sending.take_step import TakeStep


class StepActivities:
    """What ``EnrollmentWorkflow`` calls when a step is due."""

    def __init__(self, taking: TakeStep) -> None:
        self._taking = taking

    @activity.defn(name=TAKE_STEP)
    async def take_step(self, call: StepCall) -> Due:
        """Takes the step if it still may be taken now, and returns what comes next."""
        return await self._taking.take(call, required(call.now), this_try())
