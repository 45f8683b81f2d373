"""A relay in front of Postgres that notes each end of a transaction when it happens: the server's counts come later."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_READY, _IDLE = b"Z", b"I"


@dataclass
class CountedPostgres:
    """Postgres, as a process is to see it.

    Attributes:
        url: by which it is reached.
        ends: when a server process said that it is in no transaction any more, by the loop's clock: after each one, and
            after each statement outside.
    """

    real: str
    url: str = ""
    ends: list[float] = field(default_factory=list)

    @classmethod
    @asynccontextmanager
    async def before(cls, url: str) -> AsyncIterator[CountedPostgres]:
        """In front of the database with this URL."""
        found = cls(url)
        server = await asyncio.start_server(found._serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        # What is encrypted cannot be counted.
        found.url = url.replace(f":{urlsplit(url).port}/", f":{port}/") + "?sslmode=disable"
        try:
            yield found
        finally:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        parts = urlsplit(self.real)
        answers, asking = await asyncio.open_connection(parts.hostname, parts.port)
        told = asyncio.create_task(_passed_on(reader, asking))
        try:
            while True:
                head = await answers.readexactly(5)
                said = await answers.readexactly(int.from_bytes(head[1:], "big") - 4)
                writer.write(head + said)
                if (head[:1], said) == (_READY, _IDLE):
                    self.ends.append(asyncio.get_running_loop().time())
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()
            await told


async def _passed_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while said := await reader.read(65536):
            writer.write(said)
    except ConnectionError:
        pass
    finally:
        writer.close()
