"""A raw HTTP server that takes mails as providers do, and whose bad answers a test writes down."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

HANG = "hang"
"""The whole request is read, and nothing is ever answered."""
DROP = "drop"
"""The whole request is read, and the connection is closed."""
DROP_EARLY = "drop early"
"""The connection is closed before the body was read."""
GARBAGE = "garbage"
"""The answer is not HTTP."""


@dataclass(frozen=True)
class Answer:
    """What is answered."""

    status: int
    body: Any = b""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def bytes(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


Script = Answer | str


@dataclass(frozen=True)
class Seen:
    """A request that was read to its end."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class MailHttp:
    """Answers by ``good``, unless something is scripted.

    Attributes:
        good: the answer of the provider's contract.
        scripts: by path and ``""`` for any; each is used once, oldest first.
        seen: requests that were read whole.
    """

    good: Callable[[Seen], Answer]
    scripts: dict[str, deque[Script]] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    got: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)
    writers: list[asyncio.StreamWriter] = field(default_factory=list)
    _server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def script(self, *answers: Script, path: str = "") -> None:
        """The next answers."""
        self.scripts.setdefault(path, deque()).extend(answers)

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self.released.set()
        if self._server is not None:
            self._server.close()
        for writer in self.writers:
            writer.close()
        if self._server is not None:
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.append(writer)
        try:
            while await self._one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        line = (await reader.readline()).decode().split(" ")
        if len(line) != 3:
            return False
        headers: dict[str, str] = {}
        while (raw := (await reader.readline()).strip()) != b"":
            name, _, value = raw.decode().partition(":")
            headers[name.lower()] = value.strip()
        path = line[1].partition("?")[0]
        waiting = self.scripts.get(path) or self.scripts.get("")
        script: Script | None = waiting.popleft() if waiting else None
        if script == DROP_EARLY:
            return False
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        seen = Seen(line[0], line[1], headers, body)
        self.seen.append(seen)
        self.got.set()
        if script == HANG:
            await self.released.wait()
            return False
        if script == DROP:
            return False
        if script == GARBAGE:
            writer.write(b"220 this is no HTTP\r\n\r\n")
            await writer.drain()
            return False
        answer = script if isinstance(script, Answer) else self.good(seen)
        content = answer.bytes
        head = [f"HTTP/1.1 {answer.status} x", f"content-length: {len(content)}"]
        head += [f"{name}: {value}" for name, value in answer.headers.items()]
        writer.write("\r\n".join(head).encode() + b"\r\n\r\n" + content)
        await writer.drain()
        return True
