"""NotificationMailWorkflow: one pass over the notifications that owners want by mail. A Schedule starts it."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from sequences.names import MAIL_NOTIFICATIONS, NOTIFICATION_MAIL_WORKFLOW, SEND_QUEUE
    from sequences.sending.owner_mails import OwnerMailCall, OwnerMailPass
    from workflows import time_outs
    from workflows.calls import ActivityOptions, call


@workflow.defn(name=NOTIFICATION_MAIL_WORKFLOW)
class NotificationMailWorkflow:
    """Knows numbers of mails only: who is told what stays in Postgres."""

    @workflow.run
    async def run(self) -> OwnerMailPass:
        """Calls the one activity; what is due is decided there, by this workflow's time."""
        return await call(
            MAIL_NOTIFICATIONS,
            OwnerMailCall(workflow.now()),
            OwnerMailPass,
            "mail notifications",
            ActivityOptions(SEND_QUEUE, time_outs.SENDING),
        )
