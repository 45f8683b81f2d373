"""LateReactionWorkflow: a reply that came after its run had closed is still scored and followed up."""

from __future__ import annotations

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from sequences.names import DELIVER_FOLLOW_UPS, HANDLE_REACTION, SCORE_REPLY, SENTIMENT_QUEUE
    from sequences.runs.failures import FailureCall
    from sequences.runs.state import Decision, ReactionCall, RunCall
    from workflows import time_outs
    from workflows.calls import ActivityOptions, call
    from workflows.failures import settled


@workflow.defn(name="LateReactionWorkflow")
class LateReactionWorkflow:
    """Scores and handles one late reaction. It never reopens the run: its follow-ups happen, nothing is sent."""

    @workflow.run
    async def run(self, reaction: ReactionCall, scored: bool) -> str:
        """Returns the reason of the decision."""
        late = ReactionCall(reaction.enrollment, reaction.reaction, workflow.now(), late=True)
        if scored:
            try:
                await call(SCORE_REPLY, late, type(None), "score", ActivityOptions(SENTIMENT_QUEUE, time_outs.SCORING))
            except ActivityError as error:
                if is_cancelled_exception(error):
                    raise
                workflow.logger.warning("a late reply could not be scored", extra={"reaction": late.reaction})
        failure = FailureCall(late.enrollment, reaction=late.reaction, late=True)
        try:
            decision = await call(HANDLE_REACTION, late, Decision, "late reaction")
        except ActivityError as error:
            decision = await settled(error, failure)
        if decision.deliver:
            run = RunCall(late.enrollment, late.now)
            try:
                await call(DELIVER_FOLLOW_UPS, run, type(None), "deliver")
            except ActivityError as error:
                await settled(error, failure)
        return decision.reason
