"""A real IMAP server (pymap, in a process of its own), a wire in between that can be cut, and a store that can fail."""

from __future__ import annotations

import asyncio
import contextlib
import imaplib
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from adapters.mail.incoming.imap import ImapPorts, ImapReader, ImapReading, Watermark
from adapters.mail.incoming.imap_account import ImapFolder
from adapters.mail.incoming.imap_login import ImapLogin
from sequences.errors import UnavailableError
from starter.local.ports import free_port
from tests.support.waiting import PATIENCE, until

USER, PASSWORD, FOLDER = "recruiter@agency.example", "pass word", "Answers"
TOKEN = "ya29.good-token"
NOW = datetime.now(UTC)

# The server as it is, but for the rounds of its password hash (a second a login), and for who verifies a bearer token:
# it leaves that to whoever runs it.
_MAIN = f"""
import functools
import pymap.config
from pymap.main import main
from pysasl import SASLAuth
from pysasl.creds.external import ExternalCredentials

IMAPConfig = pymap.config.IMAPConfig
IMAPConfig.tls_auth = property(lambda _: SASLAuth.named([b"PLAIN", b"LOGIN", b"XOAUTH2"]))
pymap.config.BuiltinHash = functools.partial(pymap.config.BuiltinHash, rounds=1)
ExternalCredentials.authcid = ExternalCredentials.authzid
ExternalCredentials.verify = lambda credentials, identity: credentials._token == {TOKEN!r}
main()
"""


def mail(number: int, *, extra: str = "", size: int = 0) -> bytes:
    head = (
        f"From: p{number}@client.example\r\nTo: us@agency.example\r\nMessage-ID: <m{number}@client.example>\r\n{extra}"
    )
    return f"{head}Subject: Hello\r\n\r\nWords {number}\r\n{'x' * size}\r\n".encode()


@dataclass
class Server:
    """The server, as whoever delivers to the mailbox sees it."""

    port: int
    folder: str = FOLDER

    def at(self, port: int = 0, **more: Any) -> ImapFolder:
        """The folder as the reader is told of it; by another port, over a wire."""
        fields: dict[str, Any] = {
            "host": "127.0.0.1",
            "port": port or self.port,
            "security": "none",
            "user": USER,
            "folder": self.folder,
        }
        return ImapFolder(**(fields | more))

    async def create(self, folder: str) -> Server:
        """The same server with another folder."""
        await asyncio.to_thread(self.run, lambda client: client.create(folder))
        return Server(self.port, folder)

    def run(self, work: Callable[[imaplib.IMAP4], Any]) -> Any:
        client = imaplib.IMAP4("127.0.0.1", self.port, timeout=10)
        try:
            client.login(f'"{USER}"', PASSWORD)
            return work(client)
        finally:
            client.shutdown()

    async def deliver(self, *mails: bytes, at: datetime | None = None) -> None:
        def work(client: imaplib.IMAP4) -> None:
            for raw in mails:
                stamp = imaplib.Time2Internaldate(at or NOW)
                assert client.append(self.folder, None, stamp, raw)[0] == "OK"

        await asyncio.to_thread(self.run, work)

    async def recreate(self) -> None:
        """The folder is made anew: the same UIDs, another UIDVALIDITY."""

        def work(client: imaplib.IMAP4) -> None:
            client.delete(self.folder)
            assert client.create(self.folder)[0] == "OK"

        await asyncio.to_thread(self.run, work)

    async def flags(self) -> list[bytes]:
        def work(client: imaplib.IMAP4) -> list[bytes]:
            client.select(self.folder, readonly=True)
            return [line for line in client.fetch("1:*", "(FLAGS)")[1] if isinstance(line, bytes)]

        return await asyncio.to_thread(self.run, work)


@asynccontextmanager
async def imap_server(*options: str) -> AsyncIterator[Server]:
    port = free_port()
    arguments = [
        *("--no-service", "admin", "--no-service", "managesieve", "--host", "127.0.0.1", "--port", str(port), *options),
        *("dict", "--demo-user", USER, "--demo-password", PASSWORD),
    ]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-W",
        "ignore",
        "-c",
        _MAIN,
        *arguments,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    server = Server(port)
    try:
        await until(lambda: _answers(port, process))
        await asyncio.to_thread(server.run, lambda client: client.create(FOLDER))
        yield server
    finally:
        process.kill()
        await process.wait()


def _answers(port: int, process: asyncio.subprocess.Process) -> bool:
    assert process.returncode is None
    try:
        client = imaplib.IMAP4("127.0.0.1", port, timeout=5)
    except OSError:
        return False
    client.shutdown()
    return True


@dataclass
class Wire:
    """Passes bytes on, until it shall not."""

    target: int
    port: int = 0
    connections: int = 0
    cut_after: int | None = None
    delay: float = 0.0
    silent: bool = False
    swallowed: int = 0
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.target)
        self._writers |= {writer, up_writer}
        try:
            await asyncio.gather(self._pass(reader, up_writer), self._pass(up_reader, writer, down=True))
        finally:
            for each in (writer, up_writer):
                each.transport.abort()
                self._writers.discard(each)

    async def _pass(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, *, down: bool = False) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await source.read(1_000 if self.delay else 65_536):
                if down and self.delay:
                    await asyncio.sleep(self.delay)
                if down and self.silent:
                    self.swallowed += len(data)
                    continue
                if down and self.cut_after is not None:
                    self.cut_after -= len(data)
                    if self.cut_after < 0:
                        self.cut_after = None
                        self.cut()
                        return
                target.write(data)
                await target.drain()
        target.close()

    def cut(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()


@asynccontextmanager
async def wire_to(server: Server) -> AsyncIterator[Wire]:
    wire = Wire(server.port)
    listening = await asyncio.start_server(wire.serve, "127.0.0.1", 0)
    wire.port = listening.sockets[0].getsockname()[1]
    try:
        yield wire
    finally:
        listening.close()
        wire.cut()
        await listening.wait_closed()


@dataclass
class Marks:
    """Watermarks in memory, by the rules of the table."""

    kept: dict[str, Watermark] = field(default_factory=dict)
    skipped: list[int] = field(default_factory=list)
    fail_moves: int = 0

    async def get(self, mailbox: str) -> Watermark | None:
        return self.kept.get(mailbox)

    async def begin(self, mailbox: str, uidvalidity: int, bounded_until: int, since: date) -> Watermark:
        self.kept[mailbox] = Watermark(uidvalidity, 0, bounded_until, since)
        return self.kept[mailbox]

    async def move(self, mailbox: str, uidvalidity: int, uid: int) -> None:
        if self.fail_moves:
            self.fail_moves -= 1
            raise UnavailableError("died between the commit and the watermark")
        old = self.kept[mailbox]
        if old.uidvalidity == uidvalidity and uid > old.uid:
            self.kept[mailbox] = Watermark(uidvalidity, uid, old.bounded_until, old.since)

    async def skip(self, mailbox: str, uidvalidity: int, uid: int, reason: str) -> None:
        self.skipped.append(uid)


@dataclass
class Inbox:
    """Keeps what it is given, each delivery of it; ``failures`` raise in turn."""

    mails: list[bytes] = field(default_factory=list)
    failures: dict[bytes, list[Exception]] = field(default_factory=dict)

    async def receive(self, raw: bytes, recipients: tuple[str, ...]) -> None:
        if waiting := self.failures.get(raw):
            raise waiting.pop(0)
        self.mails.append(raw)

    def numbers(self) -> list[int]:
        return [int(raw.partition(b"Words ")[2].split()[0]) for raw in self.mails]


@asynccontextmanager
async def reading(
    folder: ImapFolder,
    inbox: Inbox,
    marks: Any,
    *,
    login: ImapLogin | None = None,
    **more: Any,
) -> AsyncIterator[ImapReader]:
    options: dict[str, Any] = {"poll": 20.0, "backoff": 0.02, "longest_backoff": 0.1, "timeout": 5.0}
    options["max_age"] = timedelta(days=7)
    reader = ImapReader(
        folder,
        login or ImapLogin("password", PASSWORD),
        ImapPorts(
            watermarks=marks,
            receive=inbox.receive,
            is_outage=lambda error: isinstance(error, UnavailableError),
            clock=lambda: datetime.now(UTC),
        ),
        ImapReading(**(options | more)),
    )
    task = asyncio.create_task(reader.run())
    try:
        yield reader
    finally:
        reader.stop()
        async with asyncio.timeout(PATIENCE):
            await task
