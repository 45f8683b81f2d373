"""The activities of follow-ups that go out."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from temporalio import activity

from activities.workflow_time import required
from sequences.names import DELIVER_FOLLOW_UP, DELIVER_FOLLOW_UPS, GIVE_UP_DELIVERY
from sequences.runs.state import RunCall
from sequences.sending.deliveries import Delivered, DeliveryCall, GiveUpCall

if TYPE_CHECKING:
    from services.follow_ups.deliver import DeliverFollowUp

_log = logging.getLogger("relance.deliveries")


class DeliveryActivities:
    """What ``DeliveryWorkflow`` calls."""

    def __init__(self, delivering: DeliverFollowUp) -> None:
        self._delivering = delivering

    @activity.defn(name=DELIVER_FOLLOW_UPS)
    async def deliver_follow_ups(self, call: RunCall) -> None:
        """Asked by histories that 0.1 began. The rows are in the outbox already; no run waits for them any more."""
        _log.debug("the deliveries of %s run beside it", call.enrollment)

    @activity.defn(name=DELIVER_FOLLOW_UP)
    async def deliver_follow_up(self, call: DeliveryCall) -> Delivered:
        """One try."""
        return await self._delivering.deliver(call.follow_up, required(call.now))

    @activity.defn(name=GIVE_UP_DELIVERY)
    async def give_up_delivery(self, call: GiveUpCall) -> Delivered:
        """The tries fail on our own side, for good."""
        return await self._delivering.give_up(call.follow_up, call.reason, required(call.now))
