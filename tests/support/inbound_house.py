"""The house with every way in for mail, on a real port and a real Postgres; only Temporal is scripted."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from adapters.loop_server import LoopServer
from sequences.tokens import TokenKind, sign
from services.intake.mail import MailIntake
from starter.composition import organisation_of
from starter.http.app import create_app
from tests.integration.conftest import Hub, settings_for, ways_for
from tests.support.described import Described


@dataclasses.dataclass
class Fetched:
    """Stands for the world outside: what lies where, and what was asked for."""

    pages: dict[str, bytes] = dataclasses.field(default_factory=dict)
    asked: list[str] = dataclasses.field(default_factory=list)
    down: Exception | None = None

    async def __call__(self, url: str) -> bytes:
        self.asked.append(url)
        if self.down is not None:
            raise self.down
        return self.pages[url]


@asynccontextmanager
async def serving(hub: Hub, database_url: str, fetch: Fetched | None = None, **more: Any) -> AsyncIterator[Hub]:
    """The hub with mail coming in over HTTP, and these settings on top."""
    hub.settings = settings_for(database_url, **more)
    intake = MailIntake(hub.database, organisation_of(hub.settings), hub.clock, hub.wake)
    ways = dataclasses.replace(ways_for(hub), mail=intake, fetch=fetch or Fetched())
    app = create_app(ways)
    server = LoopServer(app, "127.0.0.1", 0)
    await server.start()
    old = hub.http
    try:
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{server.port}",
            trust_env=False,
            timeout=30,
            event_hooks={"response": [Described(app, ways).check]},
        ) as hub.http:
            yield hub
    finally:
        hub.http = old
        await server.stop()


def reply_address(send: str) -> str:
    return f"{sign(TokenKind.REPLY, send, b'token-key')}@reply.relance.example"


def reply(to: str = "jobs@agency.example", words: str = "Yes please") -> bytes:
    head = f"From: p1@client.example\r\nTo: {to}\r\nMessage-ID: <1@client.example>\r\nSubject: Re: Hello\r\n"
    return f"{head}\r\n{words} caf\u00e9\r\n".encode("latin-1")


async def stored(hub: Hub) -> list[tuple[str, str, bytes]]:
    rows = await hub.fetch("SELECT state, coalesce(matched_by, '') AS by, raw FROM inbound ORDER BY received_at, id")
    return [(row["state"], row["by"], row["raw"]) for row in rows]
