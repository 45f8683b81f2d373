"""Sends the answers of recruiters: at most once each, and never to somebody who said no meanwhile."""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.postgres import queries
from adapters.postgres.events import Events, NewEvent
from adapters.postgres.records import ChangeOrigin
from sequences.channels import EMAIL, SMS
from sequences.replies.answer import NEVER
from services.sending.send_waiting import LOST_AFTER, Passing, SendWaiting

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from datetime import datetime

    from adapters.postgres.database import Connection, Database
    from sequences.sending.outcome import HandOver, TransportOutcome
    from services.ports import EmailTransport, SmsTransport
    from services.sending.send_waiting import GivenBack

    HandsOver = Callable[[queries.ClaimAnswerRow, HandOver], Awaitable[TransportOutcome]]

_log = logging.getLogger("relance.replies")


@dataclass(frozen=True)
class Transports:
    """The ways out.

    Attributes:
        status_url: where the provider reports on the text of this id.
    """

    email: EmailTransport
    sms: SmsTransport
    status_url: Callable[[str], str]


class SendAnswers:
    """The outbox of answers."""

    def __init__(self, database: Database, transports: Transports) -> None:
        self._database = database
        self._sending = (
            SendWaiting(database, _Mails(transports)),
            SendWaiting(database, _Texts(transports)),
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

    @asynccontextmanager
    async def ready(self) -> AsyncIterator[HandsOver]:
        async with self._transports.email.connection() as connection:

            async def hand_over(row: queries.ClaimAnswerRow, handover: HandOver) -> TransportOutcome:
                return await connection.send(
                    envelope_from=row.envelope_from, recipient=row.recipient, content=row.content, handover=handover
                )

            yield hand_over


class _Texts(_Answers):
    channel = SMS.name

    @asynccontextmanager
    async def ready(self) -> AsyncIterator[HandsOver]:
        async def hand_over(row: queries.ClaimAnswerRow, handover: HandOver) -> TransportOutcome:
            return await self._transports.sms.send(
                recipient=row.recipient,
                body=row.text,
                sender=row.sender,
                status_callback=self._transports.status_url(row.id),
                handover=handover,
            )

        yield hand_over
