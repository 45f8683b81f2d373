"""Sends the answers of recruiters: at most once each, and never to somebody who said no meanwhile."""

from __future__ import annotations

import logging
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from adapters.postgres import queries
from adapters.postgres.events import Events, NewEvent
from adapters.postgres.records import ChangeOrigin
from sequences.channels import CHANNELS, EMAIL
from sequences.email_address import address_key
from sequences.errors import NotReadyError
from sequences.mailboxes.own_mailbox import ORGANISATION
from sequences.replies.answer import NEVER, outside_words
from sequences.sms.twilio_address import at_twilio
from sequences.whatsapp.content import OUTSIDE_WINDOW
from services.mailboxes.directory import KnownMailboxes
from services.sending.free_words import free_words_may_go
from services.sending.send_waiting import LOST_AFTER, Passing, SendWaiting

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from datetime import datetime

    from adapters.postgres.database import Connection, Database
    from sequences.channels import ChannelSpec
    from sequences.mailboxes.own_mailbox import OwnMailbox
    from sequences.sending.outcome import HandOver, TransportOutcome
    from services.ports import EmailTransport, OwnTransports, ReadyConnection, SmsTransport
    from services.sending.send_waiting import GivenBack

    HandsOver = Callable[[queries.ClaimAnswerRow, HandOver], Awaitable[TransportOutcome]]

_log = logging.getLogger("relance.replies")


@dataclass(frozen=True)
class Transports:
    """The ways out.

    Attributes:
        status_url: where the provider reports on the message of this id.
        own: servers of mailboxes of their own; None: there are none.
    """

    email: EmailTransport
    sms: SmsTransport
    status_url: Callable[[str], str]
    own: OwnTransports | None = None


class SendAnswers:
    """The outbox of answers."""

    def __init__(self, database: Database, transports: Transports) -> None:
        self._database = database
        self._sending = (
            SendWaiting(database, _Mails(transports, database)),
            *(SendWaiting(database, _ByTwilio(transports, spec)) for spec in CHANNELS.values() if spec.by_twilio),
        )

    async def pass_over(self, by: Passing) -> int:
        """Sends what waits; returns how many answers went out."""
        async with self._database.transaction() as connection:
            lost = await queries.lost_answers(connection, claimed_before=by.now - LOST_AFTER, at=by.now)
        for row in lost:
            _log.warning("answer %s is unknown: its worker died; it is not sent again", row)
        sent = 0
        for sending in self._sending:
            done, _ = await sending.send(by)
            sent += done["sent"]
        return sent


class _Answers:
    """Rows of ``answer`` on one channel."""

    what = "answer"
    channel: str

    def __init__(self, transports: Transports) -> None:
        self._transports = transports

    async def waiting(self, connection: Connection, now: datetime, limit: int) -> list[str]:
        return await queries.answers_to_send(connection, channel=self.channel, now=now, limit=limit)

    async def claim(self, connection: Connection, identity: str, by: Passing) -> queries.ClaimAnswerRow | None:
        await queries.share_turn_with_holds(connection)
        row = await queries.claim_answer(connection, id=identity, claimer=by.claimer, now=by.now, never=list(NEVER))
        if row is None and await queries.refuse_answer(connection, id=identity, at=by.now, never=list(NEVER)):
            _log.warning("answer %s is refused: the person is not to be contacted", identity)
        return row

    async def release(self, connection: Connection, row: queries.ClaimAnswerRow, by: Passing, back: GivenBack) -> None:
        await queries.release_answer(
            connection,
            id=row.id,
            claimer=by.claimer,
            tries=back.tries,
            try_after=back.after,
            code=back.outcome.code,
            reason=back.outcome.reason or None,
        )

    async def settle(
        self, connection: Connection, row: queries.ClaimAnswerRow, by: Passing, outcome: TransportOutcome
    ) -> None:
        await queries.settle_answer(
            connection,
            id=row.id,
            claimer=by.claimer,
            state=outcome.state,
            at=by.now,
            provider_message_id=outcome.provider_message_id,
            code=outcome.code,
            reason=outcome.reason or None,
        )
        if outcome.state == "sent":
            # A human wrote it: no lineage, as with a reply of the person.
            event = NewEvent(row.person_id, "last_contacted", by.now, row.id)
            await Events().add(connection, event, ChangeOrigin("relance", by.now))


class _Mails(_Answers):
    channel = EMAIL.name

    def __init__(self, transports: Transports, database: Database) -> None:
        super().__init__(transports)
        self._database = database
        self._known = KnownMailboxes()

    @asynccontextmanager
    async def ready(self, identity: str) -> AsyncIterator[HandsOver]:
        mailbox, own = await self._mailbox(identity), self._transports.own
        if mailbox is None or own is None:
            async with self._transports.email.connection() as connection:
                yield _through(connection)
            return
        async with AsyncExitStack() as stack:
            try:
                transport = await stack.enter_async_context(own.lent(mailbox))
                hand_over = _through(await stack.enter_async_context(transport.connection()))
            except NotReadyError as error:
                # One mailbox that is away holds up its own answers, and nobody else's.
                hand_over = _later(error.outcome)
            yield hand_over

    async def _mailbox(self, identity: str) -> OwnMailbox | None:
        """The mailbox that an answer goes out from, if that has a server of its own."""
        async with self._database.statement() as connection:
            known = await self._known.read(connection)
            if not known.mailboxes:
                return None
            found = known.at(await queries.sender_of_answer(connection, id=identity) or "")
        return found if found is not None and found.transport != ORGANISATION else None


def _through(connection: ReadyConnection) -> HandsOver:
    async def hand_over(row: queries.ClaimAnswerRow, handover: HandOver) -> TransportOutcome:
        return await connection.send(
            envelope_from=row.envelope_from, recipient=row.recipient, content=row.content, handover=handover
        )

    return hand_over


def _later(outcome: TransportOutcome) -> HandsOver:
    async def hand_over(_row: queries.ClaimAnswerRow, _handover: HandOver) -> TransportOutcome:
        return replace(outcome, away=False)

    return hand_over


class _ByTwilio(_Answers):
    """Answers on a channel that Twilio carries."""

    def __init__(self, transports: Transports, spec: ChannelSpec) -> None:
        super().__init__(transports)
        self.channel = spec.name
        self._spec = spec

    async def claim(self, connection: Connection, identity: str, by: Passing) -> queries.ClaimAnswerRow | None:
        row = await super().claim(connection, identity, by)
        # It may have waited: for the end of a hold, or for a provider that was away.
        if row is None or await free_words_may_go(connection, self._spec, address_key(row.recipient), by.now):
            return row
        await queries.settle_answer(
            connection,
            id=row.id,
            claimer=by.claimer,
            state="refused",
            at=by.now,
            provider_message_id=None,
            code=OUTSIDE_WINDOW,
            reason=outside_words(self._spec),
        )
        _log.warning("answer %s is refused: its channel takes no free words any more", row.id)
        return None

    @asynccontextmanager
    async def ready(self, identity: str) -> AsyncIterator[HandsOver]:
        async def hand_over(row: queries.ClaimAnswerRow, handover: HandOver) -> TransportOutcome:
            return await self._transports.sms.send(
                recipient=at_twilio(self.channel, row.recipient),
                body=row.text,
                sender=at_twilio(self.channel, row.sender),
                status_callback=self._transports.status_url(row.id),
                handover=handover,
            )

        yield hand_over
