"""The activity of mails to owners."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from temporalio import activity

from sequences.names import MAIL_NOTIFICATIONS
from sequences.sending.owner_mails import OwnerMailCall, OwnerMailPass
from services.sending.send_waiting import Passing

if TYPE_CHECKING:
    from services.follow_ups.send_owner_mails import NotifyByMail
    from services.replies.send_answers import SendAnswers


class NotifyingActivities:
    """What ``NotificationMailWorkflow`` calls."""

    def __init__(self, notifying: NotifyByMail, answering: SendAnswers) -> None:
        self._notifying = notifying
        self._answering = answering

    @activity.defn(name=MAIL_NOTIFICATIONS)
    async def mail_notifications(self, call: OwnerMailCall) -> OwnerMailPass:
        """One pass over the outbox of answers, then of notifications and replies."""
        info = activity.info()
        claimer = f"{info.workflow_run_id}:{info.activity_id}:{info.attempt}"
        answers = await self._answering.pass_over(Passing(call.now, claimer, activity.is_worker_shutdown))
        done = await self._notifying.pass_over(
            call.now, claimer, activity.is_worker_shutdown, replies_only=call.replies_only
        )
        return replace(done, answers=answers)
