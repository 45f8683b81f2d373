"""A mailbox that is read by the interface of its provider, at a stand-in, and what was stored of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from adapters.mail.incoming.api.asking import MailboxAsking
from adapters.mail.incoming.api.gmail import GmailSource
from adapters.mail.incoming.api.graph import GraphSource
from adapters.mail.incoming.api.reader import ApiPorts, ApiReader, MailboxMark
from adapters.mail.incoming.api.source import MailSource
from adapters.mail.incoming.reading_loop import MailboxReading
from tests.support.servers.mail_apis import FakeGmail, FakeGraph
from tests.support.servers.mail_http import MailHttp
from tests.support.transport_stands import CountedTokens
from tests.support.waiting import until

ADDRESS = "dana@agency.example"
NOW = datetime(2027, 5, 4, 9, 0, tzinfo=UTC)
READING = MailboxReading(poll=0.05, backoff=0.02, longest_backoff=0.1, timeout=20.0)


class OutageError(Exception):
    """The database is away."""


@dataclass
class Marks:
    """How far it was read, as long as the test."""

    marks: dict[str, MailboxMark] = field(default_factory=dict)
    skipped: list[tuple[str, str]] = field(default_factory=list)

    async def get(self, mailbox: str) -> MailboxMark | None:
        return self.marks.get(mailbox)

    async def move(self, mailbox: str, mark: MailboxMark) -> None:
        self.marks[mailbox] = mark

    async def skip(self, _mailbox: str, message: str, reason: str) -> None:
        self.skipped.append((message, reason))


@dataclass
class Desk:
    """A mailbox at a provider, and what was stored of it."""

    mailbox: FakeGmail | FakeGraph
    server: MailHttp
    marks: Any = field(default_factory=Marks)
    tokens: CountedTokens = field(default_factory=CountedTokens)
    stored: list[bytes] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    now: datetime = NOW
    kept: int = 0
    fails: Callable[[bytes], Exception | None] = lambda _raw: None

    async def receive(self, raw: bytes, _recipients: tuple[str, ...]) -> None:
        error = self.fails(raw)
        if error is not None:
            raise error
        # As the intake does: what is stored already is recognised.
        if raw not in self.stored:
            self.stored.append(raw)

    async def keep(self) -> None:
        self.kept += 1

    async def tell(self, _label: str, why: str) -> None:
        self.told.append(why)

    def source(self) -> MailSource:
        kind = GmailSource if isinstance(self.mailbox, FakeGmail) else GraphSource
        return kind(MailboxAsking(kind.label, self.server.url, ADDRESS, self.tokens, lambda: self.now))

    @asynccontextmanager
    async def reading(self, number: int = 1, **more: Any) -> AsyncIterator[list[ApiReader]]:
        ports = ApiPorts(
            marks=self.marks,
            receive=self.receive,
            is_outage=lambda error: isinstance(error, OutageError),
            clock=lambda: self.now,
            tell=self.tell,
            keep_push=self.keep,
        )
        how = MailboxReading(**(vars(READING) | more))
        readers = [ApiReader(self.source(), ADDRESS, ports, how) for _ in range(number)]
        running = [asyncio.ensure_future(reader.run()) for reader in readers]
        try:
            yield readers
        finally:
            for reader in readers:
                reader.stop()
            await asyncio.gather(*running)

    async def looked(self, reader: ApiReader) -> None:
        """A whole look after this moment."""
        seen = reader.looks
        await until(lambda: reader.looks > seen + 1, what="it has looked")


@asynccontextmanager
async def desk_of(mailbox: FakeGmail | FakeGraph) -> AsyncIterator[Desk]:
    """The mailbox at a server of its own."""
    server = MailHttp(mailbox.good)
    await server.start()
    mailbox.base = server.url
    try:
        yield Desk(mailbox, server)
    finally:
        await server.stop()


def raw(number: int) -> bytes:
    """A mail."""
    return f"Message-ID: <{number}@client.example>\r\nSubject: {number}\r\n\r\nHello {number}\r\n".encode()
