"""The app with every way in for mail, on a real port and a real Postgres; only Temporal is scripted."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import httpx

from adapters.loop_server import LoopServer
from adapters.mail.incoming.listener import ListenerSettings, MailListener
from sequences.tokens import TokenKind, sign
from services.intake.apart import Apart
from services.intake.mail import MailIntake
from starter.composition import organisation_of
from tests.support.described import Described
from tests.support.kept_apps import app_of
from tests.support.rigs.api import NOW, ApiRig, settings_for, ways_for


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
async def serving(
    api: ApiRig,
    database_url: str,
    fetch: Fetched | None = None,
    apart: Apart = asyncio.to_thread,
    **more: Any,
) -> AsyncIterator[ApiRig]:
    """The app with mail coming in over HTTP, and these settings on top."""
    api.settings = settings_for(database_url, **more)
    intake = MailIntake(api.database, organisation_of(api.settings), api.clock, api.wake, apart)
    ways = dataclasses.replace(ways_for(api), mail=intake, fetch=fetch or Fetched(), apart=apart)
    old = api.http
    with app_of(ways) as app:
        server = LoopServer(app, "127.0.0.1", 0)
        await server.start()
        try:
            async with httpx.AsyncClient(
                base_url=f"http://127.0.0.1:{server.port}",
                trust_env=False,
                timeout=30,
                event_hooks={"response": [Described(app, ways).check]},
            ) as api.http:
                yield api
        finally:
            api.http = old
            await server.stop()


def reply_address(send: str) -> str:
    return f"{sign(TokenKind.REPLY, send, b'token-key-for-tests')}@reply.relance.example"


def reply(to: str = "jobs@agency.example", words: str = "Yes please") -> bytes:
    head = f"From: p1@client.example\r\nTo: {to}\r\nMessage-ID: <1@client.example>\r\nSubject: Re: Hello\r\n"
    return f"{head}\r\n{words} caf\u00e9\r\n".encode("latin-1")


async def claimed(api: ApiRig, enrollment: str) -> bool:
    """Whether the next mail of this run would go."""
    send = await api.sent(enrollment, step="two")
    await api.execute("UPDATE send SET state = 'planned', claimed_at = NULL, decided_at = NULL WHERE id = $1", send)
    row = await api.row(
        "claim_send", id=send, claimer="t", now=api.now, span_start=api.now, cap=None, day=None, owner=None
    )
    await api.execute("DELETE FROM send WHERE id = $1", send)
    return row is not None


async def stored(api: ApiRig) -> list[tuple[str, str, bytes]]:
    rows = await api.fetch("SELECT state, coalesce(matched_by, '') AS by, raw FROM inbound ORDER BY received_at, id")
    return [(row["state"], row["by"], row["raw"]) for row in rows]


async def standing(api: ApiRig) -> set[tuple[str | None, str | None, str, str]]:
    rows = await api.fetch("SELECT person_id, address, channel, reason FROM suppression WHERE lifted_at IS NULL")
    return {(row["person_id"], row["address"], row["channel"], row["reason"]) for row in rows}


@asynccontextmanager
async def listening(intake: MailIntake, protocol: str = "smtp") -> AsyncIterator[MailListener]:
    async def receive(raw: bytes, recipients: tuple[str, ...]) -> None:
        await intake.receive(raw, recipients)

    listener = MailListener(receive, ListenerSettings(protocol=protocol))  # type: ignore[arg-type]
    await listener.start()
    try:
        yield listener
    finally:
        await listener.stop()


KEY = "mailgun-key"


LOGINS: dict[str, Any] = {
    "mailgun_signing_keys": f"newer, {KEY}",
    "inbound_logins": "provider:pass:word-of-tests, lone-secret-of-tests",
}


def mailgun_form(raw: bytes, *, at: int = 0, token: str = "t" * 50, key: str = KEY, **more: str) -> dict[str, Any]:
    stamp = str(int(NOW.timestamp()) + at)
    signature = hmac.new(key.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
    return {
        "timestamp": stamp,
        "token": token,
        "signature": signature,
        "body-mime": raw,
        "recipient": "x@y.example",
    } | more


def basic(login: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(login.encode()).decode()}


async def mailgun(rig: ApiRig, form: dict[str, Any], path: str = "/inbound/mailgun/mime") -> httpx.Response:
    body, kind = urlencoded(form)
    return await rig.http.post(path, content=body, headers={"Content-Type": kind})


def urlencoded(form: dict[str, Any]) -> tuple[bytes, str]:
    return urlencode(form).encode(), "application/x-www-form-urlencoded"
