"""The door for incoming mail: an LMTP (RFC 2033) or SMTP server on the running event loop.

The promise: 250 is said only after ``receive`` has returned, so after the row is in Postgres. Everything else is said
in a way that makes the sender keep the mail (451) or return it to its author (550); nothing is lost in silence.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import AnyStr, Literal

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from sequences.errors import RelanceError, SettingsError

_log = logging.getLogger("relance.mail")

Receive = Callable[[bytes, tuple[str, ...]], Awaitable[object]]
"""Takes the raw mail and the envelope recipients it is for; returns once it is stored, whatever it returns."""

Protocol = Literal["lmtp", "smtp"]

_OK = "250 2.0.0 OK"
_LATER = "451 4.3.0 Not stored, please try again later"
_UNKNOWN = "550 5.1.1 No such recipient here"
# What aiosmtpd says by itself after the final dot.
_REFUSED_AT_DOT = ("552 Error: Too much", "500 Line too long")


class _Handler:
    """Turns one envelope into calls of ``receive`` and the answers."""

    def __init__(self, receive: Receive, *, timeout: float) -> None:
        self._receive = receive
        self._timeout = timeout

    async def answer(self, content: bytes, recipients: tuple[str, ...]) -> str:
        """The reply for one mail to these recipients."""
        try:
            async with asyncio.timeout(self._timeout):
                await self._receive(content, recipients)
        except RelanceError as error:
            _log.warning("inbound mail refused (%s)", type(error).__name__)
            return _UNKNOWN if error.permanent else _LATER
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the sender must keep the mail
            _log.error("inbound mail failed (%s); the sender will try again", type(error).__name__)
            return _LATER
        return _OK

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - the name aiosmtpd calls
        """Called by aiosmtpd at the final dot; SMTP has one answer for all recipients."""
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode("utf-8", "surrogateescape")
        return await self.answer(raw, tuple(envelope.rcpt_tos))


class _PerRecipient(_Handler):
    """LMTP answers the final dot once per recipient (RFC 2033 section 4.2)."""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - the name aiosmtpd calls
        """One call of ``receive`` and one reply line per recipient, in the order of RCPT."""
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode("utf-8", "surrogateescape")
        replies = [await self.answer(raw, (recipient,)) for recipient in envelope.rcpt_tos]
        return "\r\n".join(replies)


class _Smtp(SMTP):
    """An aiosmtpd session that can be dropped from outside."""

    # RFC 5321 allows 998 octets a line; real mail is longer, and refusing it for that would lose it.
    line_length_limit = 200_000
    sessions: set[_Smtp]
    gone: asyncio.Event

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.sessions.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        self.sessions.discard(self)
        self.gone.set()
        super().connection_lost(error)

    def drop(self) -> None:
        """Cuts the connection at once; the client takes its mail for not delivered."""
        if isinstance(self.transport, asyncio.Transport):
            self.transport.abort()


class _Lmtp(_Smtp, LMTP):
    """The same for LMTP, whose final dot is answered once per recipient also when aiosmtpd itself refuses."""

    async def push(self, status: AnyStr) -> None:
        text = status if isinstance(status, str) else status.decode()
        if text.startswith(_REFUSED_AT_DOT) and self.envelope is not None:
            text = "\r\n".join([text] * len(self.envelope.rcpt_tos))
        await super().push(text)


@dataclass(frozen=True)
class ListenerSettings:
    """Where and how mail is listened for.

    Attributes:
        host: address to listen on. Do not open it to the internet: put a mail server in front.
        port: 0 picks a free one.
        protocol: ``lmtp`` answers for each recipient on its own, ``smtp`` for all at once.
        max_size: bytes of the largest mail accepted; larger ones get 552.
        timeout: seconds that storing a mail may take before 451 is said. Mail servers wait ten minutes
            (RFC 5321 section 4.5.3.2.6).
    """

    host: str = "127.0.0.1"
    port: int = 0
    protocol: Protocol = "lmtp"
    max_size: int = 60_000_000
    timeout: float = 120.0


class MailListener:
    """Listens for mail until stopped.

    Args:
        receive: stores a mail. A permanent ``RelanceError`` is answered 550 5.1.1, every other failure 451.
        settings: where and how. For the port that was picked see ``port`` after ``start``.
    """

    def __init__(self, receive: Receive, settings: ListenerSettings = ListenerSettings()) -> None:
        self._settings = settings
        handler = _PerRecipient if settings.protocol == "lmtp" else _Handler
        self._handler = handler(receive, timeout=settings.timeout)
        self._server: asyncio.Server | None = None
        self._sessions: set[_Smtp] = set()

    @property
    def port(self) -> int:
        """The port that is listened on, once started."""
        if self._server is None or not self._server.sockets:
            raise SettingsError("the mail listener is not started")
        return int(self._server.sockets[0].getsockname()[1])

    async def start(self) -> None:
        """Begins to listen.

        Raises:
            SettingsError: the address cannot be listened on.
        """
        # aiosmtpd logs every envelope address at INFO.
        logging.getLogger("mail.log").setLevel(logging.ERROR)
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(self._session, self._settings.host, self._settings.port)
        except OSError as error:
            why = os.strerror(error.errno) if error.errno else "it cannot be opened"
            place = f"{self._settings.host} port {self._settings.port}"
            raise SettingsError(
                f"the mail listener cannot use its address, {place} ({why}); "
                "`relance up` or another program may use it; to change it, set RELANCE_INBOUND_HOST and "
                "RELANCE_INBOUND_PORT"
            ) from error
        _log.info("listening for mail by %s on port %s", self._settings.protocol, self.port)

    async def stop(self) -> None:
        """Stops listening and closes what is open; a mail that was not yet answered stays with its sender."""
        if self._server is None:
            return
        self._server.close()
        for session in list(self._sessions):
            session.drop()
        await asyncio.gather(*(session.gone.wait() for session in list(self._sessions)))
        await self._server.wait_closed()
        self._server = None

    def _session(self) -> _Smtp:
        server_class = _Lmtp if self._settings.protocol == "lmtp" else _Smtp
        session = server_class(
            self._handler,
            data_size_limit=self._settings.max_size,
            enable_SMTPUTF8=True,
            hostname="relance",
            ident="Relance",
            loop=asyncio.get_running_loop(),
        )
        session.sessions = self._sessions
        session.gone = asyncio.Event()
        return session
