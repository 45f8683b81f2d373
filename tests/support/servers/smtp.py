"""A raw SMTP server whose bad answers a test writes down."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

HANG = "hang"
DROP = "drop"
SLOW = "slow"


def patience(*faults: str) -> dict[str, float]:
    """The timeouts of a transport: short only where it waits for one, so that a busy machine is no fault."""
    seconds = 0.5 if HANG in faults else 20.0
    return {"timeout": seconds, "data_timeout": seconds}


GOOD = {
    "connect": "220 test.invalid ESMTP",
    "ehlo": "250-test.invalid\r\n250 ENHANCEDSTATUSCODES",
    "mail": "250 2.1.0 OK",
    "rcpt": "250 2.1.5 OK",
    "data": "354 go on",
    "dot": "250 2.0.0 OK: queued as 4F2A1B9C0D",
    "rset": "250 2.0.0 OK",
    "quit": "221 2.0.0 bye",
    "helo": "250 test.invalid",
    "starttls": "220 2.0.0 go on",
    "auth": "235 2.7.0 welcome",
    "": "535 5.7.8 refused",  # the empty line with which a client takes the details of a refused XOAUTH2
}


@dataclass
class ScriptedServer:
    """Answers each command by ``answers``: a reply line, HANG (never answers), DROP (closes the connection) or SLOW.

    SLOW is the good answer after ``slow`` seconds; what stands in ``once`` is answered once, and before ``answers``.
    """

    answers: dict[str, str] = field(default_factory=dict)
    once: dict[str, str] = field(default_factory=dict)
    slow: float = 0.05
    left: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)
    commands: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    unfinished: list[bytes] = field(default_factory=list)
    got_body: asyncio.Event = field(default_factory=asyncio.Event)
    connections: int = 0
    port: int = 0
    drop_after_body_bytes: int | None = None
    hang_after_body_bytes: int | None = None
    early_answer: str | None = None
    pieces: bool = False
    """Every answer comes byte by byte."""
    gathers: bool = False
    """The answers up to the one to DATA come in one packet."""
    strict: bool = False
    """DATA without a recipient is refused, as real servers do."""
    gathered: bytes = b""
    writers: list[asyncio.StreamWriter] = field(default_factory=list)
    _server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        self.released.set()
        await self.drop_all()
        if self._server is not None:
            await self._server.wait_closed()

    async def drop_all(self) -> None:
        """Closes every open connection, as a server does with idle ones."""
        for writer in self.writers:
            writer.close()
        for writer in self.writers:
            try:
                await writer.wait_closed()
            except ConnectionError:
                continue
        self.writers.clear()

    async def _say(self, writer: asyncio.StreamWriter, stage: str) -> str:
        answer = self.once.pop(stage, None) or self.answers.get(stage, GOOD[stage])
        if answer == DROP:
            raise ConnectionAbortedError
        if answer == SLOW:
            await asyncio.sleep(self.slow)
            answer = GOOD[stage]
        if answer == HANG:
            await self.released.wait()
            raise ConnectionAbortedError
        await self._write(writer, stage, answer.encode() + b"\r\n")
        return answer

    async def _write(self, writer: asyncio.StreamWriter, stage: str, answer: bytes) -> None:
        if self.gathers and stage in ("mail", "rcpt"):
            self.gathered += answer
            return
        answer, self.gathered = self.gathered + answer, b""
        for piece in [answer[at : at + 1] for at in range(len(answer))] if self.pieces else [answer]:
            writer.write(piece)
            await writer.drain()
            if self.pieces:
                await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.append(writer)
        self.gathered = b""
        try:
            await self._say(writer, "connect")
            valid = False
            while line := await reader.readline():
                word = line.decode().split(" ")[0].strip().lower()
                self.commands.append(line.decode().strip())
                if word == "data" and self.strict and not valid:
                    await self._write(writer, word, b"554 5.5.1 no valid recipients\r\n")
                    continue
                answer = await self._say(writer, word)
                if word == "rcpt":
                    valid = answer.startswith("25")
                if word == "quit":
                    break
                if word == "data" and answer.startswith("354"):
                    await self._body(reader, writer)
        except ConnectionError:
            pass
        finally:
            self.left.set()
            writer.close()

    async def _body(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.early_answer is not None:
            await reader.readexactly(1000)
            writer.write(self.early_answer.encode() + b"\r\n")
            await reader.read()
            return
        if self.hang_after_body_bytes is not None:
            await reader.readexactly(self.hang_after_body_bytes)
            writer.transport.pause_reading()  # type: ignore[attr-defined]
            await self.released.wait()
            raise ConnectionAbortedError
        if self.drop_after_body_bytes is not None:
            await reader.readexactly(self.drop_after_body_bytes)
            writer.transport.abort()
            raise ConnectionAbortedError
        body = b""
        while not body.endswith(b"\r\n.\r\n"):
            line = await reader.readline()
            if not line:
                # The client left before the final dot: there is no mail.
                self.unfinished.append(body)
                raise ConnectionAbortedError
            body += line
        self.bodies.append(body)
        self.got_body.set()
        await self._say(writer, "dot")


StartServer = Callable[[dict[str, str]], Awaitable[ScriptedServer]]
