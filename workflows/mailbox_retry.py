"""MailboxRetryWorkflow: one pass over the mailboxes whose servers refused the login. A Schedule starts it."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from sequences.mailboxes.retry import RetryMailboxesCall, RetryMailboxesPass
    from sequences.names import MAILBOX_RETRY_WORKFLOW, RETRY_MAILBOXES, SEND_QUEUE
    from workflows import time_outs
    from workflows.calls import ActivityOptions, call


@workflow.defn(name=MAILBOX_RETRY_WORKFLOW)
class MailboxRetryWorkflow:
    """Knows numbers of mailboxes only."""

    @workflow.run
    async def run(self) -> RetryMailboxesPass:
        """Calls the one activity; what is due is decided there, by this workflow's time."""
        return await call(
            RETRY_MAILBOXES,
            RetryMailboxesCall(workflow.now()),
            RetryMailboxesPass,
            "disconnected mailboxes",
            ActivityOptions(SEND_QUEUE, time_outs.SENDING),
        )
