"""How claimed messages go out, one carrier for each channel. A carrier also notes that its server cannot be used."""

from __future__ import annotations

import hashlib
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Protocol

from sequences.errors import NotReadyError
from sequences.planning.values import Channel
from sequences.sending.outcome import TransportOutcome, TransportVerdict
from sequences.sending.slots import asks_for_less
from services.outages import MAIL_SERVER, TWILIO, Outages

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

    from sequences.sending.outcome import HandOver
    from services.ports import EmailTransport, SmsTransport
    from services.runs.planning import RunContext
    from services.sending.attempt import Attempt, ClaimedSend
    from services.sending.compose_email import Composer

    HandsOver = Callable[[ClaimedSend, HandOver], Awaitable[TransportOutcome]]
    """Hands over a claimed send. Never raises for what a server says: that is the outcome."""


class Carrier(Protocol):
    """Carries the messages of one channel."""

    def ready(self) -> AbstractAsyncContextManager[HandsOver]:
        """What a message may be handed to at once, as long as the block lasts. The message is claimed inside it.

        Raises:
            NotReadyError: on entering: there is no connection; the outcome says why and for how long.
        """
        ...

    async def report(self, attempt: Attempt, outcome: TransportOutcome) -> None:
        """Notes what an outcome says of the sender, outside of transactions."""
        ...


class EmailCarrier:
    """Mails: first the connection, then the claim, so that what waits for a server that hangs is in nobody's hands."""

    def __init__(self, transport: EmailTransport, composer: Composer, outages: Outages | None = None) -> None:
        """``composer`` signs the envelope's sender; ``outages`` None: servers that cannot be used are not noted."""
        self._transport = transport
        self._composer = composer
        self._outages = outages or Outages()

    @asynccontextmanager
    async def ready(self) -> AsyncIterator[HandsOver]:
        """A connection that has got through login."""
        try:
            async with self._transport.connection() as ready:
                await self._outages.works(MAIL_SERVER)

                async def hand_over(row: ClaimedSend, handover: HandOver) -> TransportOutcome:
                    outcome = await ready.send(
                        envelope_from=self._composer.bounce_address(row.id),
                        recipient=row.recipient,
                        content=row.content,
                        handover=handover,
                    )
                    if outcome.away:
                        await self._outages.fails(MAIL_SERVER, outcome)
                    return outcome

                yield hand_over
        except NotReadyError as error:
            if error.outcome.away:
                await self._outages.fails(MAIL_SERVER, error.outcome)
            raise

    async def report(self, attempt: Attempt, outcome: TransportOutcome) -> None:
        """A mailbox that its server wants less from, and one that sends again."""
        mailbox = _mailbox(attempt.context, attempt.sender)
        if outcome.verdict is TransportVerdict.ACCEPTED:
            await self._outages.works(mailbox)
        elif asks_for_less(outcome.code):
            await self._outages.fails(mailbox, outcome)


class SmsCarrier:
    """Texts: one request each."""

    def __init__(self, transport: SmsTransport, composer: Composer, outages: Outages | None = None) -> None:
        """``composer`` signs the address of status reports; ``outages`` None: they are not noted."""
        self._transport = transport
        self._composer = composer
        self._outages = outages or Outages()
        self._in_doubt = 0
        """Texts in a row of which nobody knows whether Twilio took them."""

    @asynccontextmanager
    async def ready(self) -> AsyncIterator[HandsOver]:
        """Always."""
        yield self._hand_over

    async def _hand_over(self, row: ClaimedSend, handover: HandOver) -> TransportOutcome:
        outcome = await self._transport.send(
            recipient=row.recipient,
            body=row.text,
            sender=row.sender,
            status_callback=self._composer.status_url(row.id),
            handover=handover,
        )
        # One text in doubt is a connection that broke; a Twilio that answers 503, or not at all, leaves all in doubt.
        self._in_doubt = self._in_doubt + 1 if outcome.verdict is TransportVerdict.UNKNOWN else 0
        if outcome.away or outcome.verdict is TransportVerdict.RETRY or self._in_doubt > 1:
            await self._outages.fails(TWILIO, outcome)
        elif not self._in_doubt:
            await self._outages.works(TWILIO)
        return outcome

    async def report(self, attempt: Attempt, outcome: TransportOutcome) -> None:
        """Nothing: Twilio says nothing of a number."""


def carriers_of(
    composer: Composer, email: EmailTransport, sms: SmsTransport, outages: Outages | None = None
) -> dict[str, Carrier]:
    """The carriers of the channels that Relance comes with."""
    return {
        Channel.EMAIL: EmailCarrier(email, composer, outages),
        Channel.SMS: SmsCarrier(sms, composer, outages),
    }


def _mailbox(context: RunContext, sender: str) -> str:
    """What a mailbox is called in logs: by its owner's id, or by a hash, and never by its address."""
    for owner in (context.view.owner, context.assigned):
        if owner.get("id") and str(owner.get("email") or "").strip().lower() == sender.lower():
            return f"mailbox of {owner['id']}"
    return f"mailbox {hashlib.sha256(sender.lower().encode()).hexdigest()[:8]}"
