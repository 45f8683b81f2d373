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

MOST_RECIPIENTS = 100
"""Of one mail: RFC 5321 section 4.5.3.1.8 has us take so many. The client hands the mail over again for the rest."""

_OK = "250 2.0.0 OK"
_LATER = "451 4.3.0 Not stored, please try again later"
_UNKNOWN = "550 5.1.1 No such recipient here"
_TOO_MANY = "452 4.5.3 Too many recipients, please send the rest in another transaction"
_TOO_LARGE = "552 5.3.4 The message is too large"
_LINE_END = b"\r\n"
_END = b"\r\n.\r\n"


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

    async def handle_RCPT(  # noqa: N802 - the name aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Called by aiosmtpd for each recipient."""
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return _TOO_MANY
        envelope.rcpt_tos.append(address)
        return _OK


class _Smtp(SMTP):
    """An aiosmtpd session that can be dropped from outside, and that no mail keeps busy for long."""

    # Of the buffer of what was read, and so of a command.
    line_length_limit = 200_000
    sessions: set[_Smtp]
    gone: asyncio.Event
    handler: _Handler
    max_size: int

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

    async def push(self, status: AnyStr) -> None:
        """Says a line."""
        await super().push(status)
        # A buffer full of commands is answered without a pause otherwise.
        await asyncio.sleep(0)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - the name aiosmtpd calls
        """Takes the mail in and answers the final dot.

        Not as aiosmtpd does it, line by line: thirty million empty lines, which a mail may have, are two gigabytes of
        little arrays there, and the event loop waits for all lines that came together.
        """
        if await self.check_helo_needed() or await self.check_auth_needed("DATA"):
            return
        envelope = self.envelope
        assert envelope is not None
        if not envelope.rcpt_tos:
            await self.push("503 Error: need RCPT command")
            return
        if arg:
            await self.push("501 Syntax: DATA")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        content = await self._content()
        answer = _TOO_LARGE
        if content is not None:
            envelope.content = envelope.original_content = content
            answer = await self.handler.answer(content, tuple(envelope.rcpt_tos))
        answers = self.answers(answer, len(envelope.rcpt_tos))
        self._set_post_data_state()  # type: ignore[no-untyped-call]
        await self.push(answers)

    def answers(self, answer: str, recipients: int) -> str:
        """What is said at the final dot: SMTP has one answer for all recipients."""
        return answer

    async def _content(self) -> bytes | None:
        """The mail up to the final dot, with the dots that stand for themselves; None: it is too large."""
        # The line end of the command, once more: the first line of a mail may be the dot. aiosmtpd takes from the same
        # buffer where it must.
        self._reader._buffer[:0] = _LINE_END  # type: ignore[attr-defined]
        pieces: list[bytes] = []
        most = self.max_size + len(_LINE_END)
        size = 0
        held = b""
        is_last = False
        while not is_last:
            try:
                piece = await self._reader.readuntil(_END)
                is_last = True
            except asyncio.LimitOverrunError as error:
                piece = await self._reader.read(error.consumed)
            except asyncio.CancelledError:
                # The client has gone.
                self._writer.close()
                raise
            data = held + (piece[:-3] if is_last else piece)
            # A line end that the next piece may put a dot behind.
            cut = len(data) if is_last else len(data.removesuffix(b"\n").removesuffix(b"\r"))
            held = data[cut:]
            size += cut
            if size <= most:
                pieces.append(data[:cut].replace(b"\r\n.", b"\r\n"))
            else:
                # The rest is still read: nothing is said before the final dot.
                pieces.clear()
        return b"".join(pieces)[len(_LINE_END) :] if size <= most else None


class _Lmtp(_Smtp, LMTP):
    """The same for LMTP, whose final dot is answered once per recipient (RFC 2033 section 4.2)."""

    def answers(self, answer: str, recipients: int) -> str:
        """The same for all: they are stored together, or not at all."""
        return "\r\n".join([answer] * recipients)


@dataclass(frozen=True)
class ListenerSettings:
    """Where and how mail is listened for.

    Attributes:
        host: address to listen on. Do not open it to the internet: put a mail server in front.
        port: 0 picks a free one.
        protocol: ``lmtp`` has an answer for each recipient, ``smtp`` one for all.
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
        self._handler = _Handler(receive, timeout=settings.timeout)
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
        session.handler = self._handler
        session.max_size = self._settings.max_size
        return session
