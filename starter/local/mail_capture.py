"""A real SMTP server that delivers to nobody: what it accepts lies in a folder, one ``.eml`` for each recipient.

Beside each mail lies its envelope as ``.json``, so that the mail itself stays byte for byte what was sent.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import os
import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as default_policy
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from sequences.errors import NotFoundError

_NAME = re.compile(r"(\d{6,})-[0-9a-f]{8}\.eml")


@dataclass(frozen=True, slots=True)
class CapturedMail:
    """One mail as a list shows it.

    Attributes:
        file: name inside the folder; names sort by arrival.
        at: arrival, aware UTC.
        sender: envelope sender, where a bounce would go.
        recipient: envelope recipient.
        subject: decoded.
        message_id: with angle brackets; empty when the mail has none.
    """

    file: str
    at: datetime
    sender: str
    recipient: str
    subject: str
    message_id: str


@dataclass(frozen=True, slots=True)
class OpenedMail:
    """One captured mail with its content: headers decoded, in their order; text and HTML None when absent."""

    mail: CapturedMail
    headers: tuple[tuple[str, str], ...]
    text: str | None
    html: str | None
    raw: bytes

    def header(self, name: str) -> str | None:
        """Returns the first header called ``name``, in any case, or None."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass(frozen=True, slots=True)
class MailFaults:
    """What the server does wrong, as real ones do.

    Attributes:
        refuse: answer to each RCPT, such as ``451 4.3.0 later``; None takes it.
        lose_answer: the mail is kept, and the connection is cut instead of an answer to the final dot.
        delay_seconds: wait before the answer to the final dot, once the mail is kept.
    """

    refuse: str | None = None
    lose_answer: bool = False
    delay_seconds: float = 0.0


def list_mail(folder: Path) -> list[CapturedMail]:
    """Lists what ``folder`` holds, oldest first. A folder that does not exist holds nothing."""
    return [_summary(folder, name) for name in _names(folder)]


def read_mail(folder: Path, name: str) -> OpenedMail:
    """Opens one mail.

    Args:
        folder: where the mails lie.
        name: a ``CapturedMail.file``, with or without ``.eml``, or its number alone.

    Raises:
        NotFoundError: there is no such mail.
    """
    found = next((file for file in _names(folder) if _is_called(file, name)), None)
    if found is None:
        raise NotFoundError(f"unknown captured mail {name}; `relance mail` lists them")
    raw = (folder / found).read_bytes()
    message = _parse(raw)
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    return OpenedMail(
        mail=_summary(folder, found),
        headers=tuple((key, str(value)) for key, value in message.items()),
        text=None if text is None else str(text.get_content()),
        html=None if html is None else str(html.get_content()),
        raw=raw,
    )


class MailCapture:
    """The server. It runs in the event loop that starts it; ``faults`` is asked at each mail what goes wrong now."""

    def __init__(
        self,
        folder: Path,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        now: Callable[[], datetime] | None = None,
        faults: Callable[[], MailFaults] = MailFaults,
    ) -> None:
        self.folder = folder
        self.host = host
        self.port = port
        self._now = now or (lambda: datetime.now(UTC))
        self._faults = faults
        self._server: asyncio.Server | None = None
        self._open: set[_Session] = set()
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._counter = 0

    async def start(self) -> None:
        """Listens; ``port`` then holds the port, also when it was 0.

        Raises:
            OSError: the port is taken, or the folder cannot be made.
        """
        # aiosmtpd logs whole commands, addresses included, at INFO.
        logging.getLogger("mail.log").setLevel(logging.WARNING)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._counter = max(map(_counter, _names(self.folder)), default=0)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._session, self.host, self.port, family=socket.AF_UNSPEC)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stops listening and drops the open connections; what was accepted is in the folder."""
        if self._server is None:
            return
        self._server.close()
        for session in list(self._open):
            session.drop()
        await self._server.wait_closed()
        self._server = None
        await self._quiet.wait()

    def _session(self) -> SMTP:
        handler = _Handler(self._keep, self._faults)
        return _Session(self, handler, hostname="capture.invalid", ident="mail capture", enable_SMTPUTF8=True)

    def opened(self, session: _Session) -> None:
        """Counts a connection in; ``stop`` waits for all of them to be counted out."""
        self._open.add(session)
        self._quiet.clear()

    def closed(self, session: _Session) -> None:
        """Counts a connection out."""
        self._open.discard(session)
        if not self._open:
            self._quiet.set()

    def _keep(self, envelope: Envelope) -> None:
        content = envelope.content
        raw = content.encode() if isinstance(content, str) else content or b""
        self.keep(envelope.mail_from or "", envelope.rcpt_tos, raw)

    def keep(self, sender: str, recipients: Sequence[str], raw: bytes) -> None:
        """Keeps a mail as if it had come by SMTP; the folder is there."""
        message = _parse(raw)
        for recipient in recipients:
            self._counter += 1
            digest = hashlib.sha256(raw + recipient.encode()).hexdigest()[:8]
            name = f"{self._counter:06d}-{digest}.eml"
            mail = CapturedMail(
                file=name,
                at=self._now(),
                sender=sender,
                recipient=recipient,
                subject=str(message.get("Subject", "")),
                message_id=str(message.get("Message-ID", "")).strip(),
            )
            sidecar = json.dumps({**asdict(mail), "at": mail.at.isoformat()}, ensure_ascii=False)
            _write(self.folder / f"{name}.json", sidecar.encode())
            _write(self.folder / name, raw)  # last: a mail that is listed is complete


class _Session(SMTP):
    """One connection, which the server knows while it is open."""

    def __init__(self, server: MailCapture, handler: _Handler, **options: Any) -> None:
        super().__init__(handler, loop=asyncio.get_running_loop(), **options)
        self._capture = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._capture.opened(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self._capture.closed(self)

    def drop(self) -> None:
        if self.transport is not None:
            self.transport.close()


class _Handler:
    def __init__(self, keep: Callable[[Envelope], None], faults: Callable[[], MailFaults]) -> None:
        self._keep = keep
        self._faults = faults

    async def handle_EHLO(  # noqa: N802
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Offers what real servers do: commands are read one after the other, however many come at once."""
        session.host_name = hostname
        return [responses[0], "250-PIPELINING", *responses[1:]]

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        refusal = self._faults().refuse
        if refusal is not None:
            return refusal
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        faults = self._faults()
        self._keep(envelope)
        await asyncio.sleep(faults.delay_seconds)
        if faults.lose_answer and isinstance(server.transport, asyncio.Transport):
            server.transport.abort()
        return "250 2.0.0 OK"

    async def handle_exception(self, error: Exception) -> str:
        # The library's own answer would quote the error, which may quote an address.
        logging.getLogger(__name__).error("mail capture failed: %s", type(error).__name__)
        return "451 4.3.0 could not be stored"


def _names(folder: Path) -> list[str]:
    """Files of the mails, oldest first, without opening one."""
    names = os.listdir(folder) if folder.is_dir() else []  # noqa: PTH208 - a Path for each costs more than the rest
    return sorted(filter(_NAME.fullmatch, names), key=_counter)


def _summary(folder: Path, name: str) -> CapturedMail:
    try:
        kept = json.loads((folder / f"{name}.json").read_bytes())
        return CapturedMail(**{**kept, "at": datetime.fromisoformat(kept["at"])})
    except FileNotFoundError:
        # Somebody put a mail into the folder by hand: its own headers must do.
        path = folder / name
        message = _parse(path.read_bytes())
        at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        said = [str(message.get(header, "")) for header in ("From", "To", "Subject", "Message-ID")]
        return CapturedMail(name, at, *said)


def _parse(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=default_policy)
    assert isinstance(message, EmailMessage)
    return message


def _counter(name: str) -> int:
    return int(name.split("-", 1)[0])


def _is_called(file: str, name: str) -> bool:
    return name in (file, file.removesuffix(".eml")) or (name.isdecimal() and int(name) == _counter(file))


def _write(path: Path, content: bytes) -> None:
    temporary = path.with_suffix(path.suffix + ".tmp")
    temporary.write_bytes(content)
    temporary.replace(path)
