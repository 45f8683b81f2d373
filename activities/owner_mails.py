"""The activity of mails to owners."""

from __future__ import annotations

from typing import TYPE_CHECKING

from temporalio import activity

from sequences.names import MAIL_NOTIFICATIONS
from sequences.sending.owner_mails import OwnerMailCall, OwnerMailPass

if TYPE_CHECKING:
    from services.follow_ups.send_owner_mails import NotifyByMail


class NotifyingActivities:
    """What ``NotificationMailWorkflow`` calls."""

    def __init__(self, notifying: NotifyByMail) -> None:
        self._notifying = notifying

    @activity.defn(name=MAIL_NOTIFICATIONS)
    async def mail_notifications(self, call: OwnerMailCall) -> OwnerMailPass:
        """One pass over the outbox of notifications."""
        info = activity.info()
        claimer = f"{info.workflow_run_id}:{info.activity_id}:{info.attempt}"
        return await self._notifying.pass_over(call.now, claimer, activity.is_worker_shutdown)
