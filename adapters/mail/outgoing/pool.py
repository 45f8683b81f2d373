"""Connections to one SMTP server, kept open between mails; one that lay idle is proven alive before the next mail."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass

import aiosmtplib

from adapters.end_task import cut_off
from adapters.mail.outgoing.dialogue import Dialogue
from adapters.mail.outgoing.smtp_faults import WrongPortError, speaks_tls
from adapters.mail.outgoing.smtp_settings import STAGE_WORDS, SmtpSettings, SmtpStage, Tls

__all__ = ["STAGE_WORDS", "Connection", "ConnectionPool", "SmtpSettings", "SmtpStage", "Tls"]

_QUICK = 5.0  # seconds for RSET: a server that takes longer is not worth keeping
_LEAVING = 1.0  # seconds for QUIT: the process wants to end
_NO_EHLO = frozenset({500, 502, 504})
# After so many seconds without a greeting it is asked whether the port wants TLS first: each side would wait for the
# other. A server that lets everybody wait on purpose (a greet delay) waits for about six.
_NO_GREETING = 8.0


@dataclass(slots=True)
class Connection:
    """An open connection that has said EHLO, and is logged in where the settings want it.

    Attributes:
        mails: how many it took.
        idle_since: by the loop's clock.
        clean: its last mail was accepted, so no transaction is open on it.
        unasked: it is handed out again on trust, without RSET: its death may show at MAIL only.
    """

    dialogue: Dialogue
    mails: int = 0
    idle_since: float = 0.0
    clean: bool = False
    unasked: bool = False


class ConnectionPool:
    """Hands out connections; belongs to the event loop that it is first used in."""

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings
        self._idle: list[Connection] = []
        self._context: ssl.SSLContext | None = None
        self._sweeper: asyncio.TimerHandle | None = None

    async def take(self, enter: Callable[[SmtpStage], None]) -> Connection:
        """Returns a kept connection, or a new one.

        A kept one is asked by RSET first, so that its silent death shows before MAIL; but for one that took a mail
        within ``trusted_for`` (``unasked``), whose user must be ready to ``open`` another when it fails at MAIL.

        Args:
            enter: told of each stage before it begins.

        Raises:
            aiosmtplib.SMTPException: the server refused, hung or dropped in the stage last entered.
            OSError: the network or TLS failed.
            UnavailableError: there is no token to log in with.
        """
        enter(SmtpStage.CONNECT)
        while self._idle:
            kept = self._idle.pop()
            if await self._alive(kept):
                return kept
        return await self.open(enter)

    def trusted(self) -> Connection | None:
        """The kept connection that was used last, if it is handed out without being asked; at once, or not at all."""
        if not self._idle:
            return None
        kept, idle = self._idle[-1], self._idle_for(self._idle[-1])
        if not (
            kept.dialogue.is_open and kept.clean and idle < min(self._settings.trusted_for, self._settings.max_idle)
        ):
            return None
        kept.unasked = True
        return self._idle.pop()

    async def open(self, enter: Callable[[SmtpStage], None]) -> Connection:
        """Returns a new connection. Arguments and errors are those of ``take``."""
        enter(SmtpStage.CONNECT)
        return Connection(Dialogue.taken_over(await self._open(enter)))

    def give(self, connection: Connection, *, clean: bool) -> None:
        """Keeps ``connection`` for the next mail, or closes it when it has served its time.

        Args:
            connection: that nobody uses any more.
            clean: its mail was accepted; after a refusal a transaction may be open.
        """
        connection.mails += 1
        if connection.dialogue.is_open and connection.mails < self._settings.max_mails:
            connection.idle_since, connection.clean = asyncio.get_running_loop().time(), clean
            self._idle.append(connection)
            self._sweep_later()
        else:
            connection.dialogue.close()

    def put_back(self, connection: Connection) -> None:
        """Keeps a connection that was taken and not used: it is what it was."""
        if connection.dialogue.is_open:
            connection.idle_since = connection.idle_since or asyncio.get_running_loop().time()
            connection.clean = connection.clean or connection.mails == 0
            self._idle.append(connection)
            self._sweep_later()
        else:
            connection.dialogue.close()

    @property
    def idle(self) -> int:
        """How many are kept."""
        return len(self._idle)

    async def aclose(self) -> None:
        """Says QUIT on every kept connection and closes it; a server that hangs holds up nobody's end."""
        if self._sweeper is not None:
            self._sweeper.cancel()
            self._sweeper = None
        leaving, self._idle = self._idle, []
        await asyncio.gather(*(kept.dialogue.quit(_LEAVING) for kept in leaving))
        await asyncio.sleep(0)  # lets the closed transports run their last callback

    def _sweep_later(self) -> None:
        if self._sweeper is None:
            wait = max(self._settings.max_idle, 0.0) + 0.01
            self._sweeper = asyncio.get_running_loop().call_later(wait, self._sweep)

    def _sweep(self) -> None:
        """Closes what lay idle for too long: a server would rather have its connection back."""
        self._sweeper = None
        for kept in [one for one in self._idle if self._idle_for(one) > self._settings.max_idle]:
            self._idle.remove(kept)
            kept.dialogue.close()
        if self._idle:
            self._sweep_later()

    def _idle_for(self, kept: Connection) -> float:
        return asyncio.get_running_loop().time() - kept.idle_since

    async def _alive(self, kept: Connection) -> bool:
        idle = self._idle_for(kept)
        try:
            if kept.dialogue.is_open and idle <= self._settings.max_idle:
                kept.unasked = kept.clean and idle < self._settings.trusted_for
                if not kept.unasked:
                    await kept.dialogue.ask(b"RSET", min(self._settings.timeout, _QUICK))
                return True
        except (aiosmtplib.SMTPException, OSError):
            pass  # dead: closed below, and a fresh one is opened
        except BaseException:
            kept.dialogue.close()
            raise
        kept.dialogue.close()
        return False

    async def _open(self, enter: Callable[[SmtpStage], None]) -> aiosmtplib.SMTP:
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
            await self._connect(client)
            await _greet(client)
            if wanted.tls is Tls.STARTTLS:
                enter(SmtpStage.TLS)
                await client.starttls()
                enter(SmtpStage.CONNECT)
                await _greet(client)
            if wanted.username is not None:
                enter(SmtpStage.AUTH)
                await _log_in(client, wanted, wanted.username)
        except BaseException:
            client.close()
            raise
        return client

    async def _connect(self, client: aiosmtplib.SMTP) -> None:
        """Connects and takes the greeting; a port that waits for TLS is found out long before the time-out."""
        wanted = self._settings
        if wanted.tls is Tls.TLS:
            await client.connect()
            return
        connecting = asyncio.ensure_future(client.connect())
        try:
            done, _ = await asyncio.wait({connecting}, timeout=min(_NO_GREETING, wanted.timeout / 2))
            if not done and await speaks_tls(wanted.host, wanted.port, min(_QUICK, wanted.timeout / 2)):
                raise WrongPortError("the port speaks TLS from the start")
            await connecting
        finally:
            await cut_off(connecting)

    async def _trust(self) -> ssl.SSLContext | None:
        if self._settings.tls is Tls.NONE:
            return None
        if self._context is None:
            self._context = await asyncio.to_thread(ssl.create_default_context, cafile=self._settings.ca_file)
        return self._context


async def _log_in(client: aiosmtplib.SMTP, wanted: SmtpSettings, user: str) -> None:
    if wanted.tokens is None:
        await client.login(user, wanted.password or "")
        return
    if "xoauth2" not in client.server_auth_methods:
        raise aiosmtplib.SMTPException("The server offers no XOAUTH2")
    token = await wanted.tokens.token(user)
    try:
        await client.auth_xoauth2(user, token)
    except aiosmtplib.SMTPAuthenticationError as refusal:
        # 4xx is about the server's state and says nothing of the token.
        if refusal.code // 100 != 5:
            raise
        wanted.tokens.refused(user, token)
        fresh = await wanted.tokens.token(user)
        if fresh == token or not client.is_connected:
            raise
        await client.auth_xoauth2(user, fresh)


async def _greet(client: aiosmtplib.SMTP) -> None:
    try:
        await client.ehlo()
    except aiosmtplib.SMTPHeloError as refusal:
        if refusal.code not in _NO_EHLO or not client.is_connected:
            raise
        await client.helo()
