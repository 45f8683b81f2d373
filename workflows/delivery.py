"""DeliveryWorkflow: delivers one follow-up (a webhook, another sequence, a message), beside its run."""

from __future__ import annotations

from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError, CancelledError

with workflow.unsafe.imports_passed_through():
    from sequences.names import (
        DELIVER_FOLLOW_UP,
        DELIVERY_QUEUE,
        DELIVERY_WORKFLOW,
        GIVE_UP_DELIVERY,
        SEND_FOLLOW_UP,
        SEND_QUEUE,
        TRY_NOW,
    )
    from sequences.sending.deliveries import Delivered, DeliveryCall, GiveUpCall
    from workflows import time_outs
    from workflows.calls import ActivityOptions, call


@workflow.defn(name=DELIVERY_WORKFLOW)
class DeliveryWorkflow:
    """Tries, waits as long as the activity says, tries again. The row in Postgres has the last word, and the end."""

    @workflow.init
    def __init__(self, follow_up: str) -> None:
        self._follow_up = follow_up
        self._asked = False
        self._attempt = 0

    @workflow.run
    async def run(self, follow_up: str) -> str:
        """Runs until the follow-up went out or never will; returns its state."""
        while True:
            self._asked = False
            tried = await self._try()
            if tried.again_at is not None:
                await self._wait(tried.again_at)
            elif not self._asked:
                # Somebody who asked at this very moment is not left without an answer: that is another try.
                return tried.state
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(follow_up)

    @workflow.signal(name=TRY_NOW)
    def try_now(self) -> None:
        """A person, or a review, wants it tried at once. Without need it does no harm."""
        self._asked = True

    async def _try(self) -> Delivered:
        argument = DeliveryCall(self._follow_up, workflow.now())
        try:
            tried = await call(DELIVER_FOLLOW_UP, argument, Delivered, "deliver", ActivityOptions(DELIVERY_QUEUE))
            return await self._send() if tried.sends else tried
        except ActivityError as error:
            if isinstance(error.cause, CancelledError):
                raise
            kind = getattr(error.cause, "type", None) or type(error.cause).__name__
        reason = f"it fails on our side ({kind})"
        return await call(GIVE_UP_DELIVERY, GiveUpCall(self._follow_up, reason, workflow.now()), Delivered, "give up")

    async def _send(self) -> Delivered:
        """A message to the person goes the way of all messages."""
        argument = DeliveryCall(self._follow_up, workflow.now(), self._attempt)
        options = ActivityOptions(SEND_QUEUE, time_outs.SENDING)
        tried = await call(SEND_FOLLOW_UP, argument, Delivered, "send", options)
        self._attempt = tried.attempt
        return tried

    async def _wait(self, until: datetime) -> None:
        remaining = until - workflow.now()
        if remaining <= timedelta(0):
            return
        try:
            await workflow.wait_condition(lambda: self._asked, timeout=remaining, timeout_summary="next try")
        except TimeoutError:
            return
