"""Sends one message of a sequence as a test: to an own address, marked, of no run, and counted nowhere."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from adapters.mail.outgoing.as_test import as_test
from adapters.postgres import queries
from sequences import ids
from sequences.channels import CHANNELS, EMAIL
from sequences.errors import NotReadyError, RefusedError, RequestRefused
from sequences.mailboxes.own_mailbox import ORGANISATION
from sequences.sending.addresses import sender_problem
from sequences.sending.message_tests import MARK, TEST_PATH, marked, said_above
from sequences.sending.outcome import HandOver, TransportOutcome, TransportVerdict
from sequences.sending.slots import waits_on_the_spot
from services.publishing.write_alone import Recipient, WriteAlone
from services.sending.attempt import own_limits
from services.sending.compose_email import Composer
from services.sending.own_recipients import OwnRecipients
from services.sending.stored import stored
from services.uncancelled import to_the_end

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from adapters.postgres.database import Connection, Database
    from adapters.postgres.records import Records
    from adapters.postgres.versions import Version
    from adapters.templates.source import TemplateSource
    from sequences.sending.email_content import EmailContent
    from sequences.sending.footer import Footer
    from services.organisation import Organisation
    from services.ports import EmailTransport, OwnTransports, SmsTransport, TemplateRenderer
    from services.publishing.write_alone import WrittenAlone
    from services.sending.compose_email import Message
    from services.sending.slots import Slots

_log = logging.getLogger("relance.sends")
_NO_KEY: Final = b"links and reply addresses of tests are signed by nobody"
_LOST_AFTER: Final = timedelta(minutes=20)
"""Longer than any dialogue with a server lasts."""
_WITHIN: Final = timedelta(minutes=5)


@dataclass(frozen=True)
class MessageTest:
    """What is to be sent.

    Attributes:
        key: the caller's; the same one again sends nothing more.
        to: an own address or number.
    """

    key: str
    version: Version
    step: str
    recipient: Recipient
    to: str

    @property
    def digest(self) -> str:
        """Of everything that makes it another request."""
        whom = self.recipient
        parts = (self.version.sequence, self.step, whom.person, whom.record or "", whom.variant or "", self.to.strip())
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]


@dataclass(frozen=True)
class MessageTestResult:
    """What became of a test.

    Attributes:
        state: ``sent``; ``failed``: it surely did not go out, and the same key may try again; ``unknown``: nobody can
            tell; ``claimed``: another request with this key hands it over at this moment.
        repeated: this key was used before, and nothing was sent now.
    """

    id: str
    state: str
    sequence: str
    version: int
    step: str
    variant: str | None
    person: str
    channel: str
    sender: str
    to: str
    code: str | None
    reason: str | None
    repeated: bool


@dataclass(frozen=True, kw_only=True)
class SendMessageTest:
    """Writes, marks, notes and hands over.

    Attributes:
        renderer: of the organisation.
        seal: signs mails; None: the mail server does, or nobody.
        own: servers of mailboxes of their own; None: there are none.
    """

    database: Database
    records: Records
    renderer: TemplateRenderer
    organisation: Organisation
    email: EmailTransport
    sms: SmsTransport
    slots: Slots
    clock: Callable[[], datetime]
    seal: Callable[[bytes], bytes] | None = None
    own: OwnTransports | None = None

    async def send(self, asked: MessageTest) -> MessageTestResult:
        """Sends the test, unless its key was used before.

        Raises:
            NotFoundError: no such step, variant, person or placement.
            RefusedError: not an own address, nothing to send, the key was used for another request, or the mailbox has
                no turn within seconds.
            TemplateError: a field has no value and the template no default.
        """
        ident, now = ids.message_test_id(asked.key), self.clock()
        async with self.database.transaction() as connection:
            known = await queries.message_test_row(connection, id=ident)
            if known is not None and known.digest != asked.digest:
                raise RefusedError(
                    RequestRefused.EVENT_ID_USED, "key: another test was sent with it; use another key for this one"
                )
            if known is not None and known.state != "failed":
                return _result(known, now, repeated=True)
            written = await self._write(connection, asked, ident, now)
            message = written.message
            slot = await self._turn(connection, message, now)
            claimed = await queries.claim_message_test(
                connection,
                id=ident,
                digest=asked.digest,
                sequence=asked.version.sequence,
                version=asked.version.version,
                step=asked.step,
                variant=written.variant,
                person_id=message.draft.context.view.person_id,
                channel=str(message.channel),
                sender=message.sender,
                recipient=message.recipient,
                now=now,
            )
        if claimed is None:
            return await self._stored(ident, now, repeated=True)
        if slot > now:
            await asyncio.sleep((slot - now).total_seconds())
        await to_the_end(self._handed_over(ident, message))
        return await self._stored(ident, now, repeated=False)

    async def _stored(self, ident: str, now: datetime, *, repeated: bool) -> MessageTestResult:
        async with self.database.transaction() as connection:
            row = await queries.message_test_row(connection, id=ident)
        assert row is not None
        return _result(row, now, repeated=repeated)

    async def _write(self, connection: Connection, asked: MessageTest, ident: str, now: datetime) -> WrittenAlone:
        """The message, marked and addressed; what it links to is signed by no key of ours."""
        organisation = replace(
            self.organisation,
            public_url=f"{self.organisation.public_url}{TEST_PATH}",
            token_keys=(_NO_KEY,),
        )
        line = said_above(asked.version.sequence, asked.step, asked.recipient.person)
        composer = Composer(_Marking(self.renderer, line), organisation)
        writing = WriteAlone(self.records, composer, organisation.phone_region, ident)
        written = await writing.write(connection, asked.version, asked.step, asked.recipient, now)
        message = written.message
        asked_mailbox = asked.version.definition.sender
        own = OwnRecipients(self.organisation, asked_mailbox if "@" in asked_mailbox else None)
        to = await own.checked(connection, message.channel, asked.to)
        if not CHANNELS[message.channel].mail_like:
            return replace(written, message=replace(message, recipient=to))
        problem = sender_problem(message.sender)
        if problem is not None:
            raise RefusedError(RequestRefused.NOTHING_TO_SEND, f"{problem}: nothing would be sent")
        content = as_test(message.content, to, MARK + _subject(written), ident)
        if self.seal is not None:
            content = await asyncio.to_thread(self.seal, content)
        return replace(written, message=replace(message, recipient=to, content=content))

    async def _turn(self, connection: Connection, message: Message, now: datetime) -> datetime:
        """When its mailbox may send it: before all that queue, as somebody waits for it. Limits of a day hold."""
        own = own_limits(message.draft.context)
        if not self.slots.limited(message.channel, own):
            return now
        slot = await self.slots.reserve(
            connection, message.sender, message.channel, now, self.slots.chance(), own, ahead=True
        )
        if not waits_on_the_spot(now, slot):
            # The transaction is rolled back, so no turn is spent.
            raise RefusedError(
                RequestRefused.BUSY,
                "the mailbox or number that it goes out from may send nothing more at present: its limit of a day is "
                f"reached, or its server asked for a pause. Try again after {slot:%Y-%m-%d %H:%M} UTC",
            )
        return slot

    async def _handed_over(self, ident: str, message: Message) -> None:
        handover = HandOver()
        try:
            async with asyncio.timeout(_WITHIN.total_seconds()):
                outcome = await self._hand_over(message, handover)
        except NotReadyError as error:
            outcome = error.outcome
        except Exception as error:  # noqa: BLE001 - whatever it is, the row says what is known
            verdict = TransportVerdict.UNKNOWN if handover.may_be_out else TransportVerdict.FAILED
            outcome = TransportOutcome(verdict, "transport", None, f"interrupted ({type(error).__name__})")
        await stored(lambda: self._settle(ident, outcome), ident)
        _log.info("message test %s: %s", ident, outcome.state)

    async def _settle(self, ident: str, outcome: TransportOutcome) -> None:
        async with self.database.transaction() as connection:
            await queries.settle_message_test(
                connection,
                id=ident,
                state=outcome.state,
                at=self.clock(),
                provider_message_id=outcome.provider_message_id,
                code=outcome.code,
                reason=outcome.reason or None,
            )

    async def _hand_over(self, message: Message, handover: HandOver) -> TransportOutcome:
        if message.channel == EMAIL.name:
            mailbox = message.draft.context.mailbox
            # What comes back of a test concerns the mailbox that it goes out from, and no run.
            back = self.organisation.sender_address
            async with AsyncExitStack() as stack:
                transport = self.email
                if self.own is not None and mailbox is not None and mailbox.transport != ORGANISATION:
                    transport, back = await stack.enter_async_context(self.own.lent(mailbox)), mailbox.address
                ready = await stack.enter_async_context(transport.connection())
                return await ready.send(
                    envelope_from=back,
                    recipient=message.recipient,
                    content=message.content,
                    handover=handover,
                )
        return await self.sms.send(
            recipient=message.recipient,
            body=message.text,
            sender=message.sender,
            status_callback=f"{self.organisation.public_url}{TEST_PATH}/status",
            handover=handover,
        )


class _Marking:
    """A renderer whose messages say that they are tests."""

    def __init__(self, renderer: TemplateRenderer, line: str) -> None:
        self._renderer = renderer
        self._line = line

    def render(
        self,
        source: TemplateSource,
        values: Mapping[str, Mapping[str, object]],
        footer: Footer | None = None,
        signature: Footer | None = None,
    ) -> EmailContent | str:
        """The marked words."""
        return marked(self._renderer.render(source, values, footer, signature), self._line)

    def render_text(self, text: str, values: Mapping[str, Mapping[str, object]]) -> str:
        """Words of a run's own; a test has none of them."""
        return self._renderer.render_text(text, values)


async def newest_recipient(connection: Connection, sequence: str) -> Recipient:
    """The person of the newest run, as whom a message can be tested when nobody is named.

    Raises:
        RefusedError: the sequence has no run.
    """
    run = await queries.newest_run_of_sequence(connection, sequence=sequence)
    if run is None:
        raise RefusedError(
            RequestRefused.AMBIGUOUS,
            f"person: nobody was enrolled in {sequence} yet; name the person with --person or `person`",
        )
    return Recipient(run.person_id, run.record_id if run.record_type == "placement" else None)


def _subject(written: WrittenAlone) -> str:
    return f"Re: {written.thread}" if written.thread is not None else written.message.subject or ""


def _result(row: queries.MessageTestRow, now: datetime, *, repeated: bool) -> MessageTestResult:
    values: dict[str, Any] = {
        name: getattr(row, name) for name in ("id", "sequence", "version", "step", "variant", "channel", "sender")
    }
    state, reason = row.state, row.reason
    if state == "claimed" and row.claimed_at < now - _LOST_AFTER:
        state, reason = "unknown", "the process that sent it has died; use another key to send it again"
    return MessageTestResult(
        **values, state=state, reason=reason, code=row.code, person=row.person_id, to=row.recipient, repeated=repeated
    )
