"""LateReactionWorkflow: a reply that came after its run had closed is still scored and followed up."""

from __future__ import annotations

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from sequences.run import Decision, ReactionCall, RunCall
    from workflows import contracts


@workflow.defn(name="LateReactionWorkflow")
class LateReactionWorkflow:
    """Scores and handles one late reaction. It never reopens the run: its follow-ups happen, nothing is sent."""

    @workflow.run
    async def run(self, call: ReactionCall, scored: bool) -> str:
        """Returns the reason of the decision."""
        call = ReactionCall(call.enrollment, call.reaction, workflow.now(), late=True)
        if scored:
            try:
                await workflow.execute_activity(
                    contracts.SCORE_REPLY,
                    call,
                    task_queue=contracts.SENTIMENT_QUEUE,
                    start_to_close_timeout=contracts.SCORING,
                    retry_policy=contracts.PATIENT,
                    summary="score",
                )
            except ActivityError:
                workflow.logger.warning("a late reply could not be scored", extra={"reaction": call.reaction})
        decision: Decision = await workflow.execute_activity(
            contracts.HANDLE_REACTION,
            call,
            result_type=Decision,
            start_to_close_timeout=contracts.SHORT,
            retry_policy=contracts.PATIENT,
            summary="late reaction",
        )
        if decision.deliver:
            await workflow.execute_activity(
                contracts.DELIVER_FOLLOW_UPS,
                RunCall(call.enrollment, call.now),
                start_to_close_timeout=contracts.SHORT,
                retry_policy=contracts.PATIENT,
                summary="deliver",
            )
        return decision.reason
