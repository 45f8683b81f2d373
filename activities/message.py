"""The activity of a message that follows up on a reaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from temporalio import activity

from activities.workflow_time import required
from sequences.names import SEND_FOLLOW_UP
from sequences.sending.deliveries import Delivered, DeliveryCall
from services.follow_ups.send_message import Trying
from services.sending.attempt import Claimer

if TYPE_CHECKING:
    from services.follow_ups.send_message import SendMessage


class MessageActivities:
    """What ``DeliveryWorkflow`` calls for a message."""

    def __init__(self, sending: SendMessage) -> None:
        self._sending = sending

    @activity.defn(name=SEND_FOLLOW_UP)
    async def send_follow_up(self, call: DeliveryCall) -> Delivered:
        """One try."""
        info = activity.info()
        claimer = Claimer(f"{info.workflow_run_id}:{info.activity_id}:{info.attempt}", activity.is_worker_shutdown)
        return await self._sending.deliver(call.follow_up, Trying(claimer, required(call.now), call.attempt))
