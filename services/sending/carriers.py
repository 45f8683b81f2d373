"""How claimed messages go out, one carrier for each channel. A carrier also notes that its server cannot be used."""

from __future__ import annotations

import hashlib
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Protocol

from sequences.channels import WHATSAPP
from sequences.errors import NotReadyError
from sequences.mailboxes.own_mailbox import ORGANISATION, ReplyTo
from sequences.planning.values import Channel
from sequences.sending.outcome import TransportOutcome, TransportVerdict
from sequences.sending.slots import asks_for_less
from sequences.sms.twilio_address import at_twilio
from sequences.whatsapp.content import thawed
from services.outages import MAIL_SERVER, TWILIO, Outages

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

    from sequences.mailboxes.own_mailbox import OwnMailbox
    from sequences.sending.outcome import HandOver
    from services.ports import EmailTransport, OwnTransports, SmsTransport
    from services.runs.planning import RunContext
    from services.sending.attempt import Attempt, ClaimedSend
    from services.sending.compose_email import Composer

    HandsOver = Callable[[ClaimedSend, HandOver], Awaitable[TransportOutcome]]
    """Hands over a claimed send. Never raises for what a server says: that is the outcome."""


class Carrier(Protocol):
    """Carries the messages of one channel."""

    def ready(self, attempt: Attempt) -> AbstractAsyncContextManager[HandsOver]:
        """What the message of an attempt may be handed to at once, as long as the block lasts. It is claimed inside.

        Raises:
            NotReadyError: on entering: there is no connection; the outcome says why and for how long.
        """
        ...

    async def report(self, attempt: Attempt, outcome: TransportOutcome, content: bytes) -> None:
        """Notes what an outcome says of the sender, outside of transactions; ``content`` is what was handed over."""
        ...


class EmailCarrier:
    """Mails: first the connection, then the claim, so that what waits for a server that hangs is in nobody's hands."""

    def __init__(
        self,
        transport: EmailTransport,
        composer: Composer,
        outages: Outages | None = None,
        own: OwnTransports | None = None,
    ) -> None:
        """Its ways out.

        Args:
            transport: the mail server of the settings.
            composer: signs the envelope's sender.
            outages: None: servers that cannot be used are not noted.
            own: servers of mailboxes of their own; None: there are none.
        """
        self._transport = transport
        self._composer = composer
        self._outages = outages or Outages()
        self._own = own

    @asynccontextmanager
    async def ready(self, attempt: Attempt) -> AsyncIterator[HandsOver]:
        """A connection to the server of its mailbox that has got through login."""
        mailbox = attempt.context.mailbox if self._own is not None else None
        if mailbox is None or self._own is None or mailbox.address != attempt.sender.lower():
            async with self._through(self._transport, MAIL_SERVER, None) as hand_over:
                yield hand_over
            return
        at_home = attempt.sender if mailbox.reply_to is ReplyTo.OWN else None
        if mailbox.transport == ORGANISATION:
            async with self._through(self._transport, MAIL_SERVER, at_home) as hand_over:
                yield hand_over
            return
        try:
            async with (
                self._own.lent(mailbox) as transport,
                self._through(transport, server_of(mailbox), at_home) as hand_over,
            ):
                yield hand_over
        except NotReadyError as error:
            # It waits as for any server that is away; the mailbox says so, and the step's next look finds that.
            await self._own.not_ready(mailbox, error.outcome, attempt.now)
            raise

    @asynccontextmanager
    async def _through(self, transport: EmailTransport, server: str, at_home: str | None) -> AsyncIterator[HandsOver]:
        """``at_home``: the address for bounces; None: a signed one."""
        try:
            async with transport.connection() as ready:
                await self._outages.works(server)

                async def hand_over(row: ClaimedSend, handover: HandOver) -> TransportOutcome:
                    outcome = await ready.send(
                        envelope_from=at_home or self._composer.bounce_address(row.id),
                        recipient=row.recipient,
                        content=row.content,
                        handover=handover,
                    )
                    if outcome.away:
                        await self._outages.fails(server, outcome)
                    return outcome

                yield hand_over
        except NotReadyError as error:
            if error.outcome.away:
                await self._outages.fails(server, error.outcome)
            raise

    async def report(self, attempt: Attempt, outcome: TransportOutcome, content: bytes) -> None:
        """A mailbox that its server wants less from, and one that sends again; what went out is filed in its folder."""
        own = attempt.context.mailbox
        if self._own is not None and own is not None and outcome.verdict is TransportVerdict.ACCEPTED:
            await self._own.file_sent(own, content)
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
    async def ready(self, attempt: Attempt) -> AsyncIterator[HandsOver]:
        """Always."""
        yield self._hand_over

    async def _hand_over(self, row: ClaimedSend, handover: HandOver) -> TransportOutcome:
        outcome = await self._send(row, handover)
        # One text in doubt is a connection that broke; a Twilio that answers 503, or not at all, leaves all in doubt.
        self._in_doubt = self._in_doubt + 1 if outcome.verdict is TransportVerdict.UNKNOWN else 0
        if outcome.away or outcome.verdict is TransportVerdict.RETRY or self._in_doubt > 1:
            await self._outages.fails(TWILIO, outcome)
        elif not self._in_doubt:
            await self._outages.works(TWILIO)
        return outcome

    async def _send(self, row: ClaimedSend, handover: HandOver) -> TransportOutcome:
        return await self._transport.send(
            recipient=row.recipient,
            body=row.text,
            sender=row.sender,
            status_callback=self._composer.status_url(row.id),
            handover=handover,
        )

    async def report(self, attempt: Attempt, outcome: TransportOutcome, content: bytes) -> None:
        """Nothing: Twilio says nothing of a number."""


class WhatsAppCarrier(SmsCarrier):
    """WhatsApp messages by Twilio: as texts, with marked numbers, and templates that were approved."""

    async def _send(self, row: ClaimedSend, handover: HandOver) -> TransportOutcome:
        message = thawed(row.content)
        content = None
        if message.content_sid:
            variables = json.dumps(dict(message.variables), ensure_ascii=False)
            content = {"content_sid": message.content_sid, "content_variables": variables}
        return await self._transport.send(
            recipient=at_twilio(WHATSAPP.name, row.recipient),
            body=message.body,
            sender=at_twilio(WHATSAPP.name, row.sender),
            status_callback=self._composer.status_url(row.id),
            handover=handover,
            content=content,
        )


def carriers_of(
    composer: Composer,
    email: EmailTransport,
    sms: SmsTransport,
    outages: Outages | None = None,
    own: OwnTransports | None = None,
) -> dict[str, Carrier]:
    """The carriers of the channels that Relance comes with; ``own`` are servers of mailboxes of their own."""
    return {
        Channel.EMAIL: EmailCarrier(email, composer, outages, own),
        Channel.SMS: SmsCarrier(sms, composer, outages),
        WHATSAPP.name: WhatsAppCarrier(sms, composer, outages),
    }


def server_of(mailbox: OwnMailbox) -> str:
    """What the server of a mailbox is called in logs and outages."""
    return f"{MAIL_SERVER} of mailbox {mailbox.id}"


def _mailbox(context: RunContext, sender: str) -> str:
    """What a mailbox is called in logs: by its owner's id, or by a hash, and never by its address."""
    if context.mailbox is not None and context.mailbox.address == sender.lower():
        return f"mailbox {context.mailbox.id}"
    for owner in (context.view.owner, context.assigned):
        if owner.get("id") and str(owner.get("email") or "").strip().lower() == sender.lower():
            return f"mailbox of {owner['id']}"
    return f"mailbox {hashlib.sha256(sender.lower().encode()).hexdigest()[:8]}"
