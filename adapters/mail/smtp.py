"""Hands one e-mail to an SMTP server, stage by stage, and says honestly how it ended.

Everything turns on one instant: the final dot of DATA. What fails before it was not accepted and may be tried again.
What fails after it without an answer may have been accepted (RFC 1047), so it is UNKNOWN and nobody re-sends it.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from dataclasses import dataclass
from typing import cast

import aiosmtplib

from adapters.mail.address import mail_address
from adapters.mail.answers import provider_id_in, says_dead_address, status_of, wait_named_in
from adapters.mail.message import needs_smtputf8
from adapters.mail.pool import STAGE_WORDS, Connection, ConnectionPool, SmtpSettings, Stage, Tls
from sequences.errors import PermanentError, RelanceError
from sequences.outbound import TransportOutcome, Verdict

__all__ = ["SmtpSettings", "SmtpTransport", "Tls"]

_LINE_ENDS = re.compile(rb"\r\n|\n|\r")
_LEADING_DOT = re.compile(rb"(?m)^\.")
_CLOSING = 421
_START_INPUT = 354
_ABOUT_THE_MAIL = frozenset({Stage.MAIL, Stage.RCPT, Stage.DATA})
_WANTS_LOGIN = frozenset({530, 534, 535, 538})
_FLUSH_CHECK = 0.01


@dataclass(slots=True)
class _Progress:
    stage: Stage = Stage.CONNECT
    dot_sent: bool = False
    connection: Connection | None = None
    utf8: bool = False

    def enter(self, stage: Stage) -> None:
        self.stage = stage


class _NoSmtpUtf8Error(Exception):
    """The mail has an address that only SMTPUTF8 can carry, and this server does not offer it."""


class SmtpTransport:
    """Sends e-mails through one server. Safe to use from many tasks of one event loop.

    A 5xx while connecting, starting TLS or logging in is RETRY: it is about us and not about this mail, and mails
    must survive an expired password. At MAIL, RCPT and DATA it is FAILED. A cancelled ``send`` closes the connection;
    its outcome is then as unknown as a crash's.
    """

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings
        self._pool = ConnectionPool(settings)
        self._slots = asyncio.Semaphore(settings.max_connections)

    async def send(self, *, envelope_from: str, recipient: str, content: bytes) -> TransportOutcome:
        """Sends ``content`` unchanged, but for line ends (CRLF) and dot-stuffing, to one recipient.

        Args:
            envelope_from: the address for bounces (MAIL FROM).
            recipient: RCPT TO; an international domain is sent in IDNA form, an international mailbox by SMTPUTF8
                (RFC 6531) where the server offers it; otherwise the outcome is ``refused``.
            content: the mail as ``build_email`` made it.

        Returns:
            The outcome; ``code`` is the reply code with the enhanced status after it (``550 5.1.1``). Failures of
            the server and the network do not raise.
        """
        progress = _Progress()
        try:
            sender = mail_address(envelope_from, "sender").wire
            progress.enter(Stage.RCPT)
            target = mail_address(recipient, "recipient").wire
        except PermanentError as error:
            stage = Stage.MAIL if progress.stage is Stage.CONNECT else Stage.RCPT
            return TransportOutcome(Verdict.FAILED, stage, reason=str(error))
        progress.utf8 = not (sender + target).isascii() or needs_smtputf8(content)
        async with self._slots:
            return await self._send(progress, sender, target, _wire_form(content))

    async def aclose(self) -> None:
        """Closes the kept connections."""
        await self._pool.aclose()

    async def _send(self, progress: _Progress, sender: str, target: str, body: bytes) -> TransportOutcome:
        usable = accepted = False
        try:
            client = await self._begin(progress, sender)
            progress.enter(Stage.RCPT)
            await client.rcpt(target, encoding="utf-8" if progress.utf8 else "ascii")
            progress.enter(Stage.DATA)
            answer = await self._data(client, progress, body)
            usable = progress.dot_sent and answer.code != _CLOSING
            outcome = self._judge_answer(progress, answer)
            accepted = outcome.verdict is Verdict.ACCEPTED
            return outcome
        except aiosmtplib.SMTPResponseException as refusal:
            usable = refusal.code != _CLOSING and refusal.code >= 400 and progress.stage in _ABOUT_THE_MAIL
            return self._judge_answer(progress, aiosmtplib.SMTPResponse(refusal.code, refusal.message))
        except _NoSmtpUtf8Error:
            usable = accepted = True  # nothing was said of the mail
            reason = "the mail server does not offer SMTPUTF8, which an address with such letters needs"
            return TransportOutcome(Verdict.FAILED, Stage.MAIL, reason=reason, refused=True)
        except RelanceError as error:
            return TransportOutcome(Verdict.RETRY, progress.stage, reason=str(error))
        except (aiosmtplib.SMTPException, OSError) as failure:
            return _judge_silence(progress, failure)
        finally:
            if progress.connection is not None and usable:
                self._pool.give(progress.connection, clean=accepted)
            elif progress.connection is not None:
                progress.connection.client.close()

    async def _begin(self, progress: _Progress, sender: str) -> aiosmtplib.SMTP:
        """A connection whose server has taken MAIL FROM. A kept one that is dead by then costs the mail nothing."""
        progress.connection = connection = await self._pool.take(progress.enter)
        progress.enter(Stage.MAIL)
        try:
            await _mail_from(connection.client, sender, utf8=progress.utf8)
        except (aiosmtplib.SMTPResponseException, aiosmtplib.SMTPServerDisconnected, ConnectionError) as failure:
            # Nothing of the mail was said on it; 421 there is the end of that connection, as after too many mails.
            ended = not isinstance(failure, aiosmtplib.SMTPResponseException) or failure.code == _CLOSING
            if not (connection.unasked and ended):
                raise
            connection.client.close()
            progress.connection = None
            progress.connection = connection = await self._pool.open(progress.enter)
            progress.enter(Stage.MAIL)
            await _mail_from(connection.client, sender, utf8=progress.utf8)
        return connection.client

    async def _data(self, client: aiosmtplib.SMTP, progress: _Progress, body: bytes) -> aiosmtplib.SMTPResponse:
        """DATA in two writes, so that a failure before the final dot is told from one after it."""
        start = await client.execute_command(b"DATA")
        if start.code != _START_INPUT:
            raise aiosmtplib.SMTPDataError(start.code, start.message)
        protocol, transport = client.protocol, client.transport
        if protocol is None or transport is None:
            raise aiosmtplib.SMTPServerDisconnected("Connection lost")
        reply = asyncio.create_task(protocol.read_response())
        try:
            await asyncio.sleep(0)  # the reader must wait before the body goes, or an early refusal is dropped
            protocol.write(body)
            await self._flushed(cast(asyncio.WriteTransport, transport), reply)
            if not reply.done():
                protocol.write(b".\r\n")
                progress.dot_sent = True
            async with asyncio.timeout(self._settings.data_timeout):
                return await reply
        finally:
            if not reply.done():
                reply.cancel()
            elif not reply.cancelled():
                reply.exception()  # marks it as seen when the write failed first

    async def _flushed(self, transport: asyncio.WriteTransport, reply: asyncio.Task[aiosmtplib.SMTPResponse]) -> None:
        """Waits until the body has left us, or the server has answered early or gone."""
        async with asyncio.timeout(self._settings.data_timeout):
            await asyncio.sleep(0)  # one turn of the loop, in which a closed connection shows
            while transport.get_write_buffer_size() and not reply.done():
                await asyncio.wait({reply}, timeout=_FLUSH_CHECK)

    def _judge_answer(self, progress: _Progress, answer: aiosmtplib.SMTPResponse) -> TransportOutcome:
        code, text, stage = answer.code, answer.message, progress.stage
        kind, status, where = code // 100, status_of(code, text), STAGE_WORDS[stage]
        if kind == 4 or (kind == 5 and (stage not in _ABOUT_THE_MAIL or code in _WANTS_LOGIN)):
            reason = f"the server answered {status} {where}"
            return TransportOutcome(Verdict.RETRY, stage, status, reason, retry_after=wait_named_in(text))
        if kind == 5:
            dead = stage is not Stage.MAIL and says_dead_address(code, text)
            reason = f"the server refused with {status} {where}"
            return TransportOutcome(Verdict.FAILED, stage, status, reason, bad_address=dead)
        if kind == 2 and progress.dot_sent:
            ident = provider_id_in(text, self._settings.host)
            return TransportOutcome(Verdict.ACCEPTED, stage, status, "accepted", provider_message_id=ident)
        # An answer that the protocol does not know here. "Accepted" before the final dot is doubtful as well.
        doubtful = progress.dot_sent or (stage is Stage.DATA and kind == 2)
        verdict = Verdict.UNKNOWN if doubtful else Verdict.RETRY
        return TransportOutcome(verdict, stage, status if code > 0 else None, f"an answer without sense {where}")


async def _mail_from(client: aiosmtplib.SMTP, sender: str, *, utf8: bool) -> None:
    if not utf8:
        await client.mail(sender)
        return
    if not client.supports_extension("smtputf8"):
        raise _NoSmtpUtf8Error
    # RFC 6531 section 3.2: whoever offers SMTPUTF8 offers 8BITMIME; the header is of eight bits, the body is not.
    options = ["SMTPUTF8", *(["BODY=8BITMIME"] if client.supports_extension("8bitmime") else [])]
    await client.mail(sender, options=options, encoding="utf-8")


def _judge_silence(progress: _Progress, failure: Exception) -> TransportOutcome:
    if isinstance(failure, ssl.SSLError) or isinstance(failure.__cause__, ssl.SSLError):
        what = "TLS failed; see the server's certificate"
    elif isinstance(failure, TimeoutError):
        what = "no answer in time"
    elif isinstance(failure, ConnectionError):
        what = "the connection was refused or lost"
    elif isinstance(failure, OSError):
        what = f"the network failed ({type(failure).__name__})"
    else:
        what = "the server does not offer what the settings ask for"
    if progress.dot_sent:
        return TransportOutcome(Verdict.UNKNOWN, progress.stage, reason=f"{what} after the final dot")
    return TransportOutcome(Verdict.RETRY, progress.stage, reason=f"{what} {STAGE_WORDS[progress.stage]}")


def _wire_form(content: bytes) -> bytes:
    r"""CRLF everywhere and dots doubled: a bare "\n.\n" must not end the mail at a lenient server."""
    lines = _LINE_ENDS.sub(b"\r\n", content)
    if not lines.endswith(b"\r\n"):
        lines += b"\r\n"
    return _LEADING_DOT.sub(b"..", lines)
