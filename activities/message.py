"""The activity of a message that follows up on a reaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from temporalio import activity

from activities.claimer import this_try
from activities.workflow_time import required
from sequences.names import SEND_FOLLOW_UP
from sequences.sending.deliveries import Delivered, DeliveryCall
from services.follow_ups.send_message import Trying

if TYPE_CHECKING:
    from services.follow_ups.send_message import SendMessage


class MessageActivities:
    """What ``DeliveryWorkflow`` calls for a message."""

    def __init__(self, sending: SendMessage) -> None:
        self._sending = sending

    @activity.defn(name=SEND_FOLLOW_UP)
    async def send_follow_up(self, call: DeliveryCall) -> Delivered:
        """One try."""
        return await self._sending.deliver(call.follow_up, Trying(this_try(), required(call.now), call.attempt))
