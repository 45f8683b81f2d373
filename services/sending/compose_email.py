"""Turns a step into the one message that it will ever send; frozen once it was handed over."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from adapters.mail.outgoing.message import build_email
from adapters.postgres import queries
from adapters.templates.form_calls import FORM
from adapters.templates.source import source_of
from sequences import ids
from sequences.bookings.link import booking_link
from sequences.channels import WHATSAPP
from sequences.definition.model import OPENS
from sequences.email_address import address_key, trimmed
from sequences.errors import PermanentError
from sequences.mailboxes.own_mailbox import ReplyTo
from sequences.mailboxes.signature import signature_of
from sequences.phone import to_e164
from sequences.planning.values import Channel
from sequences.records.catalogue import (
    BOOKING_LINK,
    BOOKING_URL,
    ORGANISATION_FOOTER,
    PREFERENCES_URL,
    SIGNATURE,
    UNSUBSCRIBE_URL,
)
from sequences.sending.addresses import sender_address, sender_problem, writer
from sequences.sending.email_content import EmailContent, EmailHeaders
from sequences.sending.footer import Footer
from sequences.sending.tracked_links import PIXEL, add_pixel, rewrite_links
from sequences.sending.wording import drawn
from sequences.tokens import TokenKind, sign
from sequences.whatsapp.content import handed
from services.sending.compose_sms import SmsComposer, SmsWords, store_sms
from services.sending.footer import footer_for, preferences_url
from services.sending.form_links import FormLinks, put_form_links

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from datetime import datetime

    from adapters.postgres.database import Connection
    from sequences.definition.steps import Step
    from services.organisation import Organisation
    from services.ports import TemplateRenderer
    from services.runs.planning import RunContext
    from services.runs.whole_run import EarlierSend

    Writer = Callable[["Composer", Connection, "Draft"], Awaitable["Message"]]
    """Gets a connection of the transaction that stores the message; it reads only."""


@dataclass(frozen=True)
class Draft:
    """The rendered template of a run's step, on its way to be a message.

    Attributes:
        now: the run's time.
        earlier: the sends of the run so far.
        variant: that it is; None: the step has none.
        forms: forms that it names, with their links.
        booking: the link to the page for a meeting, whether it is named or not; None: there is none.
    """

    context: RunContext
    step: Step
    content: EmailContent | str
    now: datetime
    earlier: Sequence[EarlierSend]
    variant: str | None = None
    forms: Mapping[str, str] = field(default_factory=dict)
    booking: str | None = None

    @property
    def send(self) -> str:
        """Id of its send."""
        return ids.send_id(self.context.run.id, self.step.id)


@dataclass(frozen=True)
class Message:
    """What a ``send`` row holds. ``content`` is the bytes on the wire, ``text`` what a person reads of it.

    ``erased``: hashes of the person's addresses; a claim that stores the message stands back when one was erased.
    """

    draft: Draft
    sender: str
    recipient: str
    content: bytes
    text: str
    subject: str | None = None
    message_id: str | None = None
    links: tuple[str | None, ...] = field(default=())
    words: SmsWords | None = None
    erased: tuple[bytes, ...] = ()

    @property
    def forms(self) -> tuple[str, ...]:
        """Forms to which it links."""
        return tuple(self.draft.forms)

    @property
    def channel(self) -> str:
        """Of its step."""
        return self.draft.step.channel


class Composer:
    """Renders, threads, signs and freezes."""

    def __init__(
        self, renderer: TemplateRenderer, organisation: Organisation, seal: Callable[[bytes], bytes] | None = None
    ) -> None:
        """``seal`` gets every finished mail and returns the bytes to freeze: the place for signatures."""
        self._renderer = renderer
        self._organisation = organisation
        self._seal = seal
        self._texts = SmsComposer(organisation)

    def sender(self, context: RunContext) -> tuple[str, str]:
        """Name and address on the mail: of its mailbox, or of whom the sequence names, by default the owner."""
        organisation, asked = self._organisation, context.version.definition.sender
        whose = context.view.owner, context.assigned
        name = None if "@" in asked else writer(asked, *whose).get("full_name")
        if context.mailbox is not None:
            return str(context.mailbox.name or name or organisation.sender_name), context.mailbox.address
        return str(name or organisation.sender_name), sender_address(asked, *whose, organisation.sender_address)

    def sender_problem(self, context: RunContext) -> str | None:
        """Why no mail can go out in the sender's name, or None."""
        return sender_problem(self.sender(context)[1])

    def values(self, context: RunContext) -> dict[str, Any]:
        """What templates may name."""
        name, address = self.sender(context)
        return context.view.for_templates({"name": name, "email": address, "company": self._organisation.company})

    async def compose(
        self,
        connection: Connection,
        context: RunContext,
        step: Step,
        now: datetime,
        earlier: Sequence[EarlierSend],
    ) -> Message:
        """The message of a step, from the templates that its version froze.

        Args:
            connection: reads only.
            context: of the run.
            step: sends a message.
            now: the run's time.
            earlier: the sends of the run so far.

        Raises:
            TemplateError: a field has no value and the template no default.
        """
        said = drawn(step, context.run.id)
        assert said is not None, "a step that sends has words"
        source = source_of(context.version.templates[said.template], said.subject)
        send = ids.send_id(context.run.id, step.id)
        forms = FormLinks(self._organisation, context.run.id)
        booking = self._booking_link(context, send)
        unsubscribe = self._unsubscribe_url(send)
        footer = footer_for(self._organisation, source.language or context.view.person.get("language"), unsubscribe)
        values = self.values(context) | {
            UNSUBSCRIBE_URL: unsubscribe,
            PREFERENCES_URL: preferences_url(unsubscribe),
            ORGANISATION_FOOTER: footer,
            SIGNATURE: _signature(context),
            BOOKING_LINK: booking,
            FORM: forms,
        }
        exempt = context.version.definition.frequency_cap == "exempt"
        signature = context.mailbox.signature if context.mailbox is not None else None
        content = self._renderer.render(source, values, None if exempt else footer, signature)
        draft = Draft(context, step, content, now, earlier, variant=said.variant, forms=forms.used, booking=booking)
        return await WRITERS[step.channel](self, connection, draft)

    async def text(self, connection: Connection, draft: Draft) -> Message:
        """The text of a step, with what its sender's first text must say."""
        assert isinstance(draft.content, str)
        view = draft.context.view
        phone = to_e164(str(view.person["phone"]), self._organisation.phone_region)
        said = await self._texts.words(connection, view.person_id, view.person, phone, draft.content)
        sender = self._organisation.sms_sender
        return Message(draft, sender, phone, said.words.encode(), said.words, words=said)

    async def whatsapp(self, _connection: Connection, draft: Draft) -> Message:
        """The WhatsApp message of a step: an approved template with its variables, or free words."""
        assert isinstance(draft.content, str)
        phone = to_e164(str(draft.context.view.person["phone"]), self._organisation.phone_region)
        sender = self._organisation.whatsapp_sender
        if not sender:
            raise PermanentError("RELANCE_WHATSAPP_SENDER is empty")
        message = handed(draft.content, getattr(draft.content, "head", {}))
        return Message(draft, sender, phone, message.frozen(), str(draft.content))

    async def email(self, _connection: Connection, draft: Draft) -> Message:
        """The mail of a step, in the thread of its run."""
        context, send, content = draft.context, draft.send, draft.content
        assert isinstance(content, EmailContent)
        organisation = self._organisation
        thread = _thread(draft.earlier)
        subject = f"Re: {thread[0].subject}" if thread else content.subject
        unsubscribe = sign(TokenKind.UNSUBSCRIBE, send, organisation.key)
        unsubscribe_url = self._unsubscribe_url(send)
        # What a meeting tells of needs no click, and a click would end the run before the meeting is booked.
        untracked = {unsubscribe_url, preferences_url(unsubscribe_url), *draft.forms.values(), draft.booking or ""}
        html: str | None = content.html
        targets: tuple[str | None, ...] = ()
        if html and context.version.definition.tracking:
            html, targets = rewrite_links(html, lambda number: self._link(send, number), untracked, honeypot=True)
        if html and context.version.definition.tracking == OPENS:
            html, targets = add_pixel(html, self._pixel(send, len(targets))), (*targets, PIXEL)
        name, address = self.sender(context)
        recipient = trimmed(str(context.view.person["email"]))
        # Of its own kind: everybody in the thread reads it, and it tells nothing of the reply address.
        unguessable = sign(TokenKind.MESSAGE_ID, send, organisation.key)[-8:]
        message_id = f"<{send}.{unguessable}@{organisation.mail_domain}>"
        headers = EmailHeaders(
            message_id=message_id,
            sender_name=name,
            sender_address=address,
            recipient_name=context.view.person.get("full_name"),
            recipient_address=recipient,
            reply_to=None if _answered_at_home(context) else organisation.signed_address(TokenKind.REPLY, send),
            date=draft.now,
            in_reply_to=thread[-1].message_id if thread else None,
            references=tuple(row.message_id for row in thread if row.message_id),
            unsubscribe_url=unsubscribe_url,
            unsubscribe_mailto=f"{unsubscribe}@{organisation.reply_domain}",
        )
        raw = build_email(headers, EmailContent(subject, content.text, html, content.files))
        if self._seal is not None:
            raw = await asyncio.to_thread(self._seal, raw)
        # A reply in the thread shows the first mail's subject: what is stored is that of the thread, without "Re:".
        kept = thread[0].subject if thread else subject
        return Message(draft, address, recipient, raw, content.text, kept, message_id, targets)

    def _booking_link(self, context: RunContext, send: str) -> str | None:
        """The page for a meeting, of the sequence or of the owner; it brings back which message it came from."""
        page = context.version.definition.booking_url or context.view.value(BOOKING_URL)
        return booking_link(page, sign(TokenKind.BOOKING, send, self._organisation.key))

    def _unsubscribe_url(self, send: str) -> str:
        """The page on which the recipient says what they want to get; mail programs post to the same address."""
        return f"{self._organisation.public_url}/u/{sign(TokenKind.UNSUBSCRIBE, send, self._organisation.key)}"

    def _link(self, send: str, number: int) -> str:
        token = sign(TokenKind.CLICK, ids.link_id(send, number), self._organisation.key)
        return f"{self._organisation.public_url}/c/{token}"

    def _pixel(self, send: str, number: int) -> str:
        token = sign(TokenKind.OPEN, ids.link_id(send, number), self._organisation.key)
        return f"{self._organisation.public_url}/o/{token}"

    def bounce_address(self, send: str) -> str:
        """The envelope sender (VERP): a bounce comes back to an address that says which send it is about."""
        return self._organisation.signed_address(TokenKind.BOUNCE, send)

    def status_url(self, send: str) -> str:
        """Where the provider reports on a text; the URL itself says which send it is about."""
        return f"{self._organisation.public_url}/twilio/status/{sign(TokenKind.STATUS, send, self._organisation.key)}"


def _signature(context: RunContext) -> Footer:
    """What ``{{ signature }}`` says: the signature of the mailbox, else the owner's; empty where nobody has one."""
    mailbox = context.mailbox
    own = mailbox.signature if mailbox is not None else None
    return own or signature_of(str(context.view.owner.get("signature") or ""), None) or Footer("", "")


def _answered_at_home(context: RunContext) -> bool:
    return context.mailbox is not None and context.mailbox.reply_to is ReplyTo.OWN


def _thread(earlier: Sequence[EarlierSend]) -> list[EarlierSend]:
    """The mails that went out, or may have, oldest first: what a next one answers to."""
    return [row for row in earlier if row.channel == Channel.EMAIL and row.state in ("sent", "unknown")]


WRITERS: Final[dict[str, Writer]] = {
    Channel.EMAIL: Composer.email,
    Channel.SMS: Composer.text,
    WHATSAPP.name: Composer.whatsapp,
}
"""What makes the message of a draft, by channel."""


async def store(connection: Connection, message: Message) -> None:
    """Writes the ``send`` row and its links; a row that exists already stays as it is."""
    draft = message.draft
    await queries.add_send(
        connection,
        id=draft.send,
        enrollment_id=draft.context.run.id,
        step=draft.step.id,
        person_id=draft.context.view.person_id,
        channel=str(message.channel),
        sender=message.sender,
        recipient=message.recipient,
        subject=message.subject,
        message_id=message.message_id,
        content=message.content,
        text=message.text,
        planned_at=draft.now,
        variant=draft.variant,
    )
    await _store_around(connection, message, queries.add_send_link)


async def store_again(connection: Connection, message: Message) -> None:
    """Writes a message anew that no provider can have; one that was handed over meanwhile stays as it is."""
    draft = message.draft
    written = await queries.rewrite_send(
        connection,
        id=draft.send,
        sender=message.sender,
        recipient=message.recipient,
        subject=message.subject,
        message_id=message.message_id,
        content=message.content,
        text=message.text,
        person_id=draft.context.view.person_id,
        variant=draft.variant,
    )
    if written:
        await queries.forget_links_of_send(connection, id=draft.send)
        await _store_around(connection, message, queries.put_send_link)


class _PutLink(Protocol):
    async def __call__(
        self, connection: Connection, *, id: str, send_id: str, position: int, target: str | None
    ) -> int: ...


async def _store_around(connection: Connection, message: Message, link: _PutLink) -> None:
    send = message.draft.send
    if (key := address_key(message.recipient)) != message.recipient.lower():
        await queries.key_recipient(connection, id=send, key=key)
    for number, target in enumerate(message.links):
        await link(connection, id=ids.link_id(send, number), send_id=send, position=number, target=target)
    draft = message.draft
    await put_form_links(connection, draft.context.run.id, message.forms, draft.now)
    if message.words is not None:
        await store_sms(connection, message.draft, message.words)
