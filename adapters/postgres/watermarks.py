"""Watermarks of mailboxes, in Postgres: see ``adapters.mail.incoming``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.mail.incoming.api.reader import MailboxMark
from adapters.mail.incoming.imap import Watermark
from adapters.postgres import queries

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from adapters.postgres.database import Database


class PostgresWatermarks:
    """One row a folder; each change is a transaction of its own, after the one that stored the mail."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def get(self, mailbox: str) -> Watermark | None:
        """How far the folder was read, or None when it never was."""
        async with self._database.transaction() as connection:
            row = await queries.imap_watermark(connection, mailbox=mailbox)
        return _watermark(row) if row else None

    async def begin(self, mailbox: str, uidvalidity: int, bounded_until: int, since: date) -> Watermark:
        """Begins a folder whose UIDs nobody knows yet."""
        async with self._database.transaction() as connection:
            row = await queries.begin_imap_watermark(
                connection,
                mailbox=mailbox,
                uidvalidity=uidvalidity,
                bounded_until=bounded_until,
                since=since,
                at=self._clock(),
            )
        return _watermark(row)

    async def move(self, mailbox: str, uidvalidity: int, uid: int) -> None:
        """Everything up to ``uid`` is stored. Never moves back."""
        async with self._database.transaction() as connection:
            await queries.move_imap_watermark(
                connection, mailbox=mailbox, uidvalidity=uidvalidity, uid=uid, at=self._clock()
            )

    async def skip(self, mailbox: str, uidvalidity: int, uid: int, reason: str) -> None:
        """Notes a mail that could not be stored, however often it was tried."""
        async with self._database.transaction() as connection:
            await queries.skip_imap_message(
                connection,
                mailbox=mailbox,
                uidvalidity=uidvalidity,
                uid=uid,
                reason=reason,
                at=self._clock(),
            )


def _watermark(row: queries.ImapWatermarkRow) -> Watermark:
    return Watermark(uidvalidity=row.uidvalidity, uid=row.uid, bounded_until=row.bounded_until, since=row.since)


class PostgresMailboxMarks:
    """Of mailboxes that are read by their provider's interface: see ``adapters.mail.incoming.api.reader``."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def get(self, mailbox: str) -> MailboxMark | None:
        """How far it was read, or None when it never was."""
        async with self._database.transaction() as connection:
            row = await queries.mailbox_watermark(connection, mailbox=mailbox)
        return MailboxMark(row.position, row.read_until) if row else None

    async def move(self, mailbox: str, mark: MailboxMark) -> None:
        """All before it is stored."""
        async with self._database.transaction() as connection:
            await queries.move_mailbox_watermark(
                connection, mailbox=mailbox, position=mark.position, read_until=mark.read_until, at=self._clock()
            )

    async def skip(self, mailbox: str, message: str, reason: str) -> None:
        """Notes a mail that could not be stored, however often it was tried."""
        async with self._database.transaction() as connection:
            await queries.skip_mailbox_message(
                connection, mailbox=mailbox, message=message, reason=reason, at=self._clock()
            )
