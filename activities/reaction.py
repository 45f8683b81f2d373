"""The activity of a reaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from temporalio import activity

from activities.workflow_time import required
from sequences.names import HANDLE_REACTION
from sequences.runs.state import Decision, ReactionCall

if TYPE_CHECKING:
    from services.reactions.handle_reaction import HandleReaction


class ReactionActivities:
    """What a run, or ``LateReactionWorkflow``, calls when something came back."""

    def __init__(self, handling: HandleReaction) -> None:
        self._handling = handling

    @activity.defn(name=HANDLE_REACTION)
    async def handle_reaction(self, call: ReactionCall) -> Decision:
        """Handles one reaction, and says what it means for the run."""
        return await self._handling.handle(call.enrollment, call.reaction, required(call.now))
