"""The activity of mails to owners."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from temporalio import activity

from activities.claimer import this_try
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
        claimer = this_try()
        by = Passing(call.now, claimer.name, claimer.stopping)
        answers = await self._answering.pass_over(by)
        done = await self._notifying.pass_over(by, replies_only=call.replies_only)
        return replace(done, answers=answers)
