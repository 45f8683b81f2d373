"""NotificationMailWorkflow: one pass over mails to owners and answers to people. A Schedule starts it."""

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
    async def run(self, cause: str = "") -> OwnerMailPass:
        """Calls the one activity; what is due is decided there, by this workflow's time.

        ``cause`` is the reply or the answer that it was started for, and then it looks at those only; the Schedule
        gives none.
        """
        return await call(
            MAIL_NOTIFICATIONS,
            OwnerMailCall(workflow.now(), replies_only=bool(cause)),
            OwnerMailPass,
            "mail notifications",
            ActivityOptions(SEND_QUEUE, time_outs.SENDING),
        )
