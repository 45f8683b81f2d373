"""What goes over the wire to the mail server and to Twilio: relayed as it comes, and noted with its instants.

A server that is frozen reads late. So when a message began to leave is seen here, in front of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import parse_qs

_MESSAGE_ID = re.compile(rb"^Message-ID:\s*(<[^>\r\n]+>)", re.MULTILINE | re.IGNORECASE)
_LENGTH = re.compile(rb"^Content-Length:\s*(\d+)", re.MULTILINE | re.IGNORECASE)
_END = b"\r\n.\r\n"
Note = Callable[[dict[str, Any]], None]


class Conversation(Protocol):
    """Listens to one connection."""

    def from_client(self, data: bytes) -> None:
        """What our worker said."""

    def from_server(self, data: bytes) -> None:
        """What it was answered."""


class SmtpConversation:
    """Notes each mail: when its MAIL FROM came by, and when its final dot did."""

    def __init__(self, note: Note) -> None:
        self._note = note
        self._heard = b""
        self._content = False
        self._began = _now()

    def from_server(self, data: bytes) -> None:
        """The 354 is what content follows."""
        if any(line.startswith(b"354") for line in data.split(b"\r\n")):
            self._content = True

    def from_client(self, data: bytes) -> None:
        """Commands by line, content up to its dot."""
        self._heard += data
        while self._take():
            pass

    def _take(self) -> bool:
        if self._content:
            content, end, rest = self._heard.partition(_END)
            if not end:
                return False
            self._content, self._heard = False, rest
            found = _MESSAGE_ID.search(content)
            key = found[1].decode() if found else ""
            self._note({"channel": "email", "key": key, "began": self._began, "handed": _now()})
            return True
        line, end, rest = self._heard.partition(b"\r\n")
        if not end:
            return False
        self._heard = rest
        if line[:4].upper() == b"MAIL":
            self._began = _now()
        return True


class TwilioConversation:
    """Notes each text that is handed over: when its request began, and when all of it had come by."""

    def __init__(self, note: Note) -> None:
        self._note = note
        self._heard = b""
        self._began = ""

    def from_server(self, data: bytes) -> None:
        """Its ledger says what it took."""

    def from_client(self, data: bytes) -> None:
        """Requests, one after the other."""
        self._began = self._began or _now()
        self._heard += data
        while True:
            head, end, rest = self._heard.partition(b"\r\n\r\n")
            found = _LENGTH.search(head)
            length = int(found[1]) if found else 0
            if not end or len(rest) < length:
                return
            body, self._heard = rest[:length], rest[length:]
            if head.startswith(b"POST") and b"/Messages.json" in head.split(b"\r\n")[0]:
                form = parse_qs(body.decode())
                key = form.get("StatusCallback", [""])[0]
                self._note({"channel": "sms", "key": key, "began": self._began, "handed": _now()})
            self._began = _now() if self._heard else ""


class Wire:
    """A relay in front of one port of this machine."""

    def __init__(self, target: int, listener: Callable[[], Conversation]) -> None:
        self._target = target
        self._listener = listener
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    async def start(self, port: int) -> None:
        """Listens."""
        self._server = await asyncio.start_server(self._relay, "127.0.0.1", port)

    async def stop(self) -> None:
        """Cuts all connections."""
        if self._server is not None:
            self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            await self._both_ways(reader, writer)
        except OSError:
            return  # the other side is down: who connects here sees the connection end
        finally:
            self._open.discard(task)
            writer.close()

    async def _both_ways(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ahead_reader, ahead = await asyncio.open_connection("127.0.0.1", self._target)
        heard = self._listener()
        try:
            ways = (
                asyncio.create_task(_pump(reader, ahead, heard.from_client)),
                asyncio.create_task(_pump(ahead_reader, writer, heard.from_server)),
            )
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
        finally:
            ahead.close()
            with contextlib.suppress(OSError):
                await ahead.wait_closed()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, heard: Callable[[bytes], None]) -> None:
    while data := await reader.read(65_536):
        heard(data)
        writer.write(data)
        await writer.drain()


def _now() -> str:
    return datetime.now(UTC).isoformat()
