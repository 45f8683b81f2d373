"""Connections to one SMTP server, kept open between mails and proven alive before the next one."""

from __future__ import annotations

import asyncio
import enum
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import aiosmtplib

_QUICK = 5.0  # seconds for RSET and QUIT: a server that takes longer is not worth keeping
_NO_EHLO = frozenset({500, 502, 504})


class Tls(enum.StrEnum):
    """How the connection is encrypted. ``none`` has to be asked for: nothing falls back to it."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


class Stage(enum.StrEnum):
    """Where a dialogue is; the words of ``TransportOutcome.stage``. EHLO belongs to ``connect``."""

    CONNECT = "connect"
    TLS = "tls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """One SMTP server and how to talk to it.

    Attributes:
        host: name of the server, which its certificate must carry.
        port: 587 with STARTTLS and 465 with TLS, as a rule.
        username: None for a server that asks for no login.
        password: goes with ``username``; never shown by ``repr``.
        tls: STARTTLS unless said otherwise.
        timeout: seconds for each answer up to DATA's 354.
        data_timeout: seconds for the body and for the answer to the final dot; RFC 5321 section 4.5.3.2.6 asks for 600.
        source_hostname: what we call ourselves in EHLO.
        ca_file: PEM bundle to trust instead of the system's.
        max_connections: open at the same time.
        max_idle: seconds after which a kept connection is not used again.
        max_mails: mails after which a connection is closed; servers cut long ones off.
    """

    host: str
    port: int
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: Tls = Tls.STARTTLS
    timeout: float = 30.0
    data_timeout: float = 600.0
    source_hostname: str = "localhost"
    ca_file: Path | None = None
    max_connections: int = 4
    max_idle: float = 30.0
    max_mails: int = 100


@dataclass(slots=True)
class Connection:
    """An open connection that has said EHLO, and is logged in where the settings want it."""

    client: aiosmtplib.SMTP
    mails: int = 0
    idle_since: float = 0.0


class ConnectionPool:
    """Hands out connections; belongs to the event loop that it is first used in."""

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings
        self._idle: list[Connection] = []
        self._context: ssl.SSLContext | None = None

    async def take(self, enter: Callable[[Stage], None]) -> Connection:
        """Returns a connection that answered just now.

        A kept one is asked by RSET first, so that its silent death shows before MAIL and not after the final dot.

        Args:
            enter: told of each stage before it begins.

        Raises:
            aiosmtplib.SMTPException: the server refused, hung or dropped in the stage last entered.
            OSError: the network or TLS failed.
        """
        enter(Stage.CONNECT)
        while self._idle:
            kept = self._idle.pop()
            if await self._alive(kept):
                return kept
        return Connection(await self._open(enter))

    def give(self, connection: Connection) -> None:
        """Keeps ``connection`` for the next mail, or closes it when it has served its time."""
        connection.mails += 1
        if connection.client.is_connected and connection.mails < self._settings.max_mails:
            connection.idle_since = asyncio.get_running_loop().time()
            self._idle.append(connection)
        else:
            connection.client.close()

    async def aclose(self) -> None:
        """Says QUIT on every kept connection and closes it."""
        while self._idle:
            client = self._idle.pop().client
            try:
                await client.quit(timeout=_QUICK)
            except (aiosmtplib.SMTPException, OSError):
                client.close()  # it was leaving anyway
        await asyncio.sleep(0)  # lets the closed transports run their last callback

    async def _alive(self, kept: Connection) -> bool:
        too_old = asyncio.get_running_loop().time() - kept.idle_since > self._settings.max_idle
        try:
            if kept.client.is_connected and not too_old:
                await kept.client.rset(timeout=min(self._settings.timeout, _QUICK))
                return True
        except (aiosmtplib.SMTPException, OSError):
            pass  # dead: closed below, and a fresh one is opened
        except BaseException:
            kept.client.close()
            raise
        kept.client.close()
        return False

    async def _open(self, enter: Callable[[Stage], None]) -> aiosmtplib.SMTP:
        wanted = self._settings
        client = aiosmtplib.SMTP(
            hostname=wanted.host,
            port=wanted.port,
            local_hostname=wanted.source_hostname,
            timeout=wanted.timeout,
            use_tls=wanted.tls is Tls.TLS,
            start_tls=False,  # done below, as a stage of its own
            tls_context=await self._trust(),
        )
        try:
            await client.connect()
            await _greet(client)
            if wanted.tls is Tls.STARTTLS:
                enter(Stage.TLS)
                await client.starttls()
                enter(Stage.CONNECT)
                await _greet(client)
            if wanted.username is not None:
                enter(Stage.AUTH)
                await client.login(wanted.username, wanted.password or "")
        except BaseException:
            client.close()
            raise
        return client

    async def _trust(self) -> ssl.SSLContext | None:
        if self._settings.tls is Tls.NONE:
            return None
        if self._context is None:
            self._context = await asyncio.to_thread(ssl.create_default_context, cafile=self._settings.ca_file)
        return self._context


async def _greet(client: aiosmtplib.SMTP) -> None:
    try:
        await client.ehlo()
    except aiosmtplib.SMTPHeloError as refusal:
        if refusal.code not in _NO_EHLO or not client.is_connected:
            raise
        await client.helo()


STAGE_WORDS = MappingProxyType(
    {
        Stage.CONNECT: "while connecting",
        Stage.TLS: "while starting TLS",
        Stage.AUTH: "while logging in",
        Stage.MAIL: "at MAIL",
        Stage.RCPT: "at RCPT",
        Stage.DATA: "at DATA",
    }
)
