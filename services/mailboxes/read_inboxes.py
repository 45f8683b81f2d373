"""The inboxes of mailboxes of their own: read while they are there, with what was changed of them taken up."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from adapters.mail.incoming.api.kinds import SOURCES, PushAddresses, asking_of, push_of
from adapters.mail.incoming.api.reader import ApiPorts, ApiReader
from adapters.mail.incoming.imap import ImapPorts, ImapReader, ImapReading
from adapters.mail.incoming.imap_session import LOGIN_REFUSED
from adapters.mail.incoming.reading_loop import end_readers
from adapters.postgres import queries
from adapters.postgres.listening import MAILBOX_LISTENER, MAILBOXES, Listening
from sequences.errors import RelanceError
from sequences.mailboxes.own_mailbox import InboundWay
from services.mailboxes.disconnect import disconnect
from services.mailboxes.end_push import end_push
from services.mailboxes.inbox import inbox_of
from services.mailboxes.keep_push import KeepPush

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
    from datetime import datetime

    from adapters.mail.incoming.api.reader import MailboxMarks
    from adapters.mail.incoming.imap import Watermarks
    from adapters.mail.incoming.reading_loop import ReadingLoop
    from adapters.mail.xoauth2 import TokenSource
    from adapters.postgres.database import Database
    from services.mailboxes.inbox import OwnInbox

    ReceiveAt = Callable[[bytes, str], Awaitable[object]]
    """Takes a mail of the inbox of an address; returns once it is stored, or known to be no business of ours."""

_log = logging.getLogger("relance.imap")


@dataclass(frozen=True)
class _Running:
    row: queries.OwnMailboxRow
    reader: ReadingLoop
    task: asyncio.Task[None]


@dataclass(frozen=True, kw_only=True)
class ReadInboxes:
    """Reads them.

    Attributes:
        keys: of the settings, the newest first; they open the secrets.
        receive: stores what is ours.
        is_outage: True for errors of ``receive`` that go away by themselves.
        reading: how each folder is read.
        every: seconds after which it is looked whether a mailbox was added or changed.
        operator: id of the owner who is told of a mailbox whose inbox lets nobody in, beside its own.
        tell: hears a folder's label and why it cannot be read, "" when it can.
        tokens: where the tokens of connected mailboxes come from; None: nowhere.
        push: where providers tell of new mail.
        listens_at: URL of Postgres, where it rings when they do; empty: nobody listens.
    """

    database: Database
    keys: Sequence[bytes] = field(repr=False)
    receive: ReceiveAt
    watermarks: Watermarks
    marks: MailboxMarks
    is_outage: Callable[[BaseException], bool]
    clock: Callable[[], datetime]
    reading: ImapReading
    every: float = 15.0
    operator: str = ""
    tell: Callable[[str, str], Awaitable[None]] | None = None
    tokens: TokenSource | None = None
    push: PushAddresses = field(default_factory=PushAddresses)
    listens_at: str = ""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Reads all of them while the block runs."""
        running: dict[str, _Running] = {}
        tasks = [asyncio.create_task(self._watch(running))]
        if self.listens_at:

            def heard(mailbox: str) -> None:
                # An empty one after each opening of the connection: something may have rung before.
                for each in running.values() if not mailbox else filter(None, [running.get(mailbox)]):
                    each.reader.wake()

            listening = Listening(self.listens_at, MAILBOXES, heard, MAILBOX_LISTENER)
            tasks.append(asyncio.create_task(listening.run()))
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await _ended(list(running.values()))

    async def _watch(self, running: dict[str, _Running]) -> None:
        """Takes up what was added or changed. Nothing ends it: a Postgres that is away is waited for."""
        revision = -1
        while True:
            try:
                async with self.database.statement() as connection:
                    now = await queries.mailbox_revision(connection) or 0
                if now != revision:
                    await self._take_up(running)
                    revision = now
            except Exception as error:  # noqa: BLE001 - it must outlive whatever happens to Postgres
                _log.warning("it cannot be seen which inboxes are to be read (%s)", type(error).__name__)
            await asyncio.sleep(self.every)

    async def _take_up(self, running: dict[str, _Running]) -> None:
        async with self.database.statement() as connection:
            rows = {row.id: row for row in await queries.read_mailboxes_of_their_own(connection)}
        over = [
            running.pop(each)
            for each in list(running)
            if each not in rows or rows[each].changed_at != running[each].row.changed_at
        ]
        await _ended(over)
        for one in over:
            if _way(rows.get(one.row.id)) != _way(one.row):
                await end_push(self.database, one.row, self.tokens, self.push, self.clock)
        for row in rows.values():
            if row.id in running:
                continue
            try:
                reader = self._reader_of(row)
            except RelanceError as error:
                _log.warning("the inbox of mailbox %s cannot be read: %s", row.id, error)
                continue
            task = asyncio.create_task(reader.run())
            running[row.id] = _Running(row, reader, task)

    def _reader_of(self, row: queries.OwnMailboxRow) -> ReadingLoop:
        if row.inbound != InboundWay.API:
            return self._reader(inbox_of(row, self.keys, self.tokens))

        async def receive(raw: bytes, _recipients: tuple[str, ...]) -> None:
            await self.receive(raw, row.address)

        async def tell(label: str, why: str) -> None:
            if self.tell is not None:
                await self.tell(label, why)

        asking = asking_of(row.transport, row.transport_settings, row.address, self.tokens, self.clock)
        push = push_of(row.transport, asking, row.id, self.push, self.clock)

        async def keep_push() -> None:
            if push is not None:
                await KeepPush(self.database, self.clock).keep(row.id, push)

        ports = ApiPorts(
            marks=self.marks,
            receive=receive,
            is_outage=self.is_outage,
            clock=self.clock,
            tell=tell,
            keep_push=keep_push,
        )
        return ApiReader(SOURCES[row.transport](asking), row.address, ports, self.reading)

    def _reader(self, inbox: OwnInbox) -> ImapReader:
        async def receive(raw: bytes, _recipients: tuple[str, ...]) -> None:
            await self.receive(raw, inbox.address)

        async def tell(label: str, why: str) -> None:
            if why == LOGIN_REFUSED:
                # Answers would come in unread, and mails would go on going out.
                async with self.database.transaction() as connection:
                    reason = f"its inbox cannot be read: {why}"
                    await disconnect(
                        connection, inbox.mailbox, reason, self.clock(), operator=self.operator, retried=True
                    )
            if self.tell is not None:
                await self.tell(label, why)

        ports = ImapPorts(
            watermarks=self.watermarks, receive=receive, is_outage=self.is_outage, clock=self.clock, tell=tell
        )
        return ImapReader(inbox.folder, inbox.login, ports, self.reading)


def _way(row: queries.OwnMailboxRow | None) -> tuple[str, str] | None:
    """By which a mailbox is read; None: it is not."""
    return (row.inbound, row.transport) if row is not None else None


async def _ended(over: Sequence[_Running]) -> None:
    await end_readers({each.task: each.reader for each in over})
