"""Mails notifications and replies to owners: at most once, and nothing is lost while the mail server is away."""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.sending.owner_mails import MailKind, OwnerMailPass
from services.follow_ups.write_owner_mails import WrittenMails
from services.sending.send_waiting import LOST_AFTER, Passing, SendWaiting

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from datetime import datetime

    from adapters.postgres.database import Connection, Database
    from sequences.sending.outcome import HandOver, TransportOutcome
    from services.follow_ups.write_owner_mails import OwnerMails
    from services.ports import EmailTransport
    from services.replies.forward_replies import ForwardReplies
    from services.sending.send_waiting import GivenBack

_log = logging.getLogger("relance.notices")


class NotifyByMail:
    """The outbox of notifications."""

    def __init__(
        self,
        database: Database,
        mails: OwnerMails,
        email: EmailTransport,
        sender: str,
        replies: ForwardReplies | None = None,
    ) -> None:
        """``replies`` None: nobody is told of replies here."""
        self._database = database
        self._replies = replies
        self._mails = mails
        self._sending = SendWaiting(database, _OwnerMailRows(email, sender))
        self._sending_replies = SendWaiting(database, _OwnerMailRows(email, sender, MailKind.REPLY.value))

    async def pass_over(self, by: Passing, *, replies_only: bool = False) -> OwnerMailPass:
        """Writes the mails that are due, and sends those that wait.

        Args:
            by: this pass.
            replies_only: notifications wait for another pass.
        """
        now = by.now
        async with self._database.transaction() as connection:
            lost = await queries.lost_owner_mails(connection, claimed_before=now - LOST_AFTER, at=now)
            await queries.cancel_unwanted_owner_mails(connection)
        for row in lost:
            _log.warning("owner mail %s is unknown: its worker died; it is not sent again", row)
        replies = await self._replies.write(now) if self._replies is not None else 0
        written = WrittenMails() if replies_only else await self._mails.write(now)
        sending = self._sending_replies if replies_only else self._sending
        done, away = await sending.send(by)
        return OwnerMailPass(
            written=written.mails,
            sent=done["sent"],
            failed=done["failed"],
            unknown=done["unknown"] + len(lost),
            put_off=done["planned"],
            unreachable=written.unreachable,
            away=away,
            replies=replies,
        )


class _OwnerMailRows:
    """Rows of ``notice_mail``."""

    what = "owner mail"

    def __init__(self, email: EmailTransport, sender: str, kind: str | None = None) -> None:
        """``kind`` None: all of them."""
        self._email = email
        self._sender = sender
        self._kind = kind

    async def waiting(self, connection: Connection, now: datetime, limit: int) -> list[str]:
        return await queries.owner_mails_to_send(connection, now=now, kind=self._kind, limit=limit)

    async def claim(self, connection: Connection, identity: str, by: Passing) -> queries.ClaimOwnerMailRow | None:
        return await queries.claim_owner_mail(connection, id=identity, claimer=by.claimer, now=by.now)

    @asynccontextmanager
    async def ready(
        self,
        identity: str,
    ) -> AsyncIterator[Callable[[queries.ClaimOwnerMailRow, HandOver], Awaitable[TransportOutcome]]]:
        async with self._email.connection() as connection:

            async def hand_over(row: queries.ClaimOwnerMailRow, handover: HandOver) -> TransportOutcome:
                return await connection.send(
                    envelope_from=self._sender, recipient=row.recipient, content=row.content, handover=handover
                )

            yield hand_over

    async def release(
        self, connection: Connection, row: queries.ClaimOwnerMailRow, by: Passing, back: GivenBack
    ) -> None:
        await queries.release_owner_mail(
            connection,
            id=row.id,
            claimer=by.claimer,
            tries=back.tries,
            try_after=back.after,
            code=back.outcome.code,
            reason=back.outcome.reason or None,
        )

    async def settle(
        self, connection: Connection, row: queries.ClaimOwnerMailRow, by: Passing, outcome: TransportOutcome
    ) -> None:
        await queries.settle_owner_mail(
            connection,
            id=row.id,
            claimer=by.claimer,
            state=outcome.state,
            at=by.now,
            code=outcome.code,
            reason=outcome.reason or None,
        )
        if outcome.state == "sent":
            await queries.mark_notifications_mailed(connection, mail_id=row.id, at=by.now)
