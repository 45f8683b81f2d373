"""Hands one e-mail to an SMTP server, stage by stage, and says honestly how it ended.

Everything turns on one instant: the final dot of DATA. What fails before it was not accepted and may be tried again.
What fails after it without an answer may have been accepted (RFC 1047), so it is UNKNOWN and nobody re-sends it.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast

import aiosmtplib

from adapters.end_task import cut_off
from adapters.mail.outgoing.address import mail_address
from adapters.mail.outgoing.dialogue import Dialogue, answer_to
from adapters.mail.outgoing.message import needs_smtputf8
from adapters.mail.outgoing.pool import STAGE_WORDS, Connection, ConnectionPool, SmtpSettings, SmtpStage, Tls
from adapters.mail.outgoing.server_turns import Turns
from adapters.mail.outgoing.smtp_answers import provider_id_in, says_dead_address, status_of, wait_named_in
from adapters.mail.outgoing.smtp_faults import words_for_login, words_for_silence
from sequences.errors import NotReadyError, PermanentError, RelanceError
from sequences.sending.outcome import HandOver, TransportOutcome, TransportVerdict

__all__ = ["ReadyMail", "SmtpSettings", "SmtpTransport", "Tls"]

_LINE_ENDS = re.compile(rb"\r\n|\n|\r")
_LEADING_DOT = re.compile(rb"(?m)^\.")
_CLOSING = 421
_ABOUT_THE_MAIL = frozenset({SmtpStage.MAIL, SmtpStage.RCPT, SmtpStage.DATA})
_WANTS_LOGIN = frozenset({530, 534, 535, 538})
_ENVELOPE = (
    (SmtpStage.MAIL, frozenset({250})),
    (SmtpStage.RCPT, frozenset({250, 251})),
    (SmtpStage.DATA, frozenset({354})),
)
"""What is said before the content, and the answers with which it goes on."""
_FLUSH_CHECK = 0.01
# Together, and with ten minutes for the answer to the final dot, less than the time of an activity (SENDING).
_WAIT_FOR_TURN = 45.0
_WAIT_FOR_LOGIN = 75.0


@dataclass(slots=True)
class _Progress:
    stage: SmtpStage = SmtpStage.CONNECT
    dot_sent: bool = False
    connection: Connection | None = None
    utf8: bool = False

    def enter(self, stage: SmtpStage) -> None:
        self.stage = stage


class _NoSmtpUtf8Error(Exception):
    """The mail has an address that only SMTPUTF8 can carry, and this server does not offer it."""


class SmtpTransport:
    """Sends e-mails through one server. Safe to use from many tasks of one event loop.

    A 5xx while connecting, starting TLS or logging in is RETRY: it is about us and not about this mail, and mails
    must survive an expired password. At MAIL, RCPT and DATA it is FAILED.

    A server that hangs, or lets nobody in, is ``away`` for all: one at a time looks whether it is back, and all others
    hear it at once instead of queueing for a connection.
    """

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings
        self._pool = ConnectionPool(settings)
        number = settings.max_connections
        self._turns = Turns(number, f"the mail server is busy: all {number} connections are in use")
        self._ready = 0

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[ReadyMail]:
        """A connection that has got through login, for one mail at the most, as long as the block lasts.

        Raises:
            NotReadyError: none came free within a minute, or the server is away; nothing was said of any mail.
        """
        looked = await self._turns.take(_WAIT_FOR_TURN)
        try:
            ready = ReadyMail(self._settings, self._pool, self._turns, await self._connected())
            self._ready += 1
            try:
                yield ready
            finally:
                self._ready -= 1
                ready.leave()
        finally:
            self._turns.give_back(looked=looked)

    async def send(self, *, envelope_from: str, recipient: str, content: bytes) -> TransportOutcome:
        """Both stages in one, for what nobody has to claim: see ``ReadyMail.send``."""
        try:
            _addresses(envelope_from, recipient)
            async with self.connection() as ready:
                return await ready.send(
                    envelope_from=envelope_from, recipient=recipient, content=content, handover=HandOver()
                )
        except _UnusableError as error:
            return error.outcome
        except NotReadyError as error:
            return error.outcome

    async def aclose(self) -> None:
        """Closes the kept connections."""
        await self._pool.aclose()

    async def _connected(self) -> Connection:
        trusted = self._pool.trusted()
        if trusted is not None:
            return trusted
        progress = _Progress()
        taking = asyncio.ensure_future(self._pool.take(progress.enter))
        try:
            async with asyncio.timeout(_WAIT_FOR_LOGIN):
                connection = await asyncio.shield(taking)
        except asyncio.CancelledError:
            await _drop(taking)
            raise
        except aiosmtplib.SMTPResponseException as refusal:
            outcome = _judge_answer(self._settings, progress, aiosmtplib.SMTPResponse(refusal.code, refusal.message))
        except RelanceError as error:
            outcome = TransportOutcome(TransportVerdict.RETRY, progress.stage, reason=str(error), away=True)
        except (aiosmtplib.SMTPException, OSError) as failure:
            outcome = _judge_silence(self._settings, progress, failure)
            await _drop(taking)
        else:
            if not connection.unasked:
                self._turns.worked()
            return connection
        if outcome.code is not None and outcome.code.startswith("4") and self._ready + self._pool.idle > 0:
            # It lets us have no *further* connection: those that we have go on.
            raise NotReadyError(outcome)
        raise NotReadyError(self._turns.failed(outcome))


class ReadyMail:
    """One connection, for one mail."""

    def __init__(self, settings: SmtpSettings, pool: ConnectionPool, turns: Turns, connection: Connection) -> None:
        self._settings = settings
        self._pool = pool
        self._turns = turns
        self._progress = _Progress(connection=connection)
        self._used = self._usable = self._accepted = False

    async def send(self, *, envelope_from: str, recipient: str, content: bytes, handover: HandOver) -> TransportOutcome:
        """Sends ``content`` unchanged, but for line ends (CRLF) and dot-stuffing, to one recipient.

        Cancelled, it says nothing more, and the connection is closed.

        Args:
            envelope_from: the address for bounces (MAIL FROM).
            recipient: RCPT TO; an international domain is sent in IDNA form, an international mailbox by SMTPUTF8
                (RFC 6531) where the server offers it; otherwise the outcome is ``refused``.
            content: the mail as ``build_email`` made it.
            handover: ``may_be_out`` is True from just before the final dot is written.

        Returns:
            The outcome; ``code`` is the reply code with the enhanced status after it (``550 5.1.1``). Failures of
            the server and the network do not raise.
        """
        handover.may_be_out = False
        try:
            sender, target = _addresses(envelope_from, recipient)
        except _UnusableError as error:
            return error.outcome
        self._progress.utf8 = not (sender + target).isascii() or needs_smtputf8(content)
        self._used = True
        outcome = await self._send(sender, target, _wire_form(content), handover)
        return self._turns.failed(outcome) if outcome.away else outcome

    def leave(self) -> None:
        """Gives the connection back, or closes it when nobody can tell what would be said on it next."""
        connection = self._progress.connection
        if connection is None:
            return
        if not self._used:
            self._pool.put_back(connection)
        elif self._usable:
            self._pool.give(connection, clean=self._accepted)
        else:
            connection.dialogue.close()

    async def _send(self, sender: str, target: str, body: bytes, handover: HandOver) -> TransportOutcome:
        progress = self._progress
        try:
            dialogue = await self._begin(progress, sender, target)
            answer = await self._content(dialogue, progress, body, handover)
            self._usable = progress.dot_sent and answer.code != _CLOSING
            outcome = _judge_answer(self._settings, progress, answer)
            self._accepted = outcome.verdict is TransportVerdict.ACCEPTED
            return outcome
        except aiosmtplib.SMTPResponseException as refusal:
            self._usable = refusal.code != _CLOSING and refusal.code >= 400 and progress.stage in _ABOUT_THE_MAIL
            return _judge_answer(self._settings, progress, aiosmtplib.SMTPResponse(refusal.code, refusal.message))
        except _NoSmtpUtf8Error:
            self._usable = self._accepted = True  # nothing was said of the mail
            reason = "the mail server does not offer SMTPUTF8, which an address with such letters needs"
            return TransportOutcome(TransportVerdict.FAILED, SmtpStage.MAIL, reason=reason, refused=True)
        except RelanceError as error:
            return TransportOutcome(TransportVerdict.RETRY, progress.stage, reason=str(error), away=True)
        except (aiosmtplib.SMTPException, OSError) as failure:
            return _judge_silence(self._settings, progress, failure)

    async def _begin(self, progress: _Progress, sender: str, target: str) -> Dialogue:
        """A connection whose server waits for the mail. A kept one that is dead by then costs the mail nothing."""
        connection = cast(Connection, progress.connection)
        try:
            await self._envelope(connection.dialogue, sender, target)
        except (aiosmtplib.SMTPResponseException, aiosmtplib.SMTPServerDisconnected, ConnectionError) as failure:
            # Nothing of the mail was taken on it; 421 there is the end of that connection, as after too many mails.
            ended = not isinstance(failure, aiosmtplib.SMTPResponseException) or failure.code == _CLOSING
            if not (connection.unasked and ended and progress.stage is SmtpStage.MAIL):
                raise
            connection.dialogue.close()
            progress.connection = None
            progress.connection = connection = await self._pool.open(progress.enter)
            await self._envelope(connection.dialogue, sender, target)
        return connection.dialogue

    async def _envelope(self, dialogue: Dialogue, sender: str, target: str) -> None:
        """MAIL, RCPT and DATA: in one go where the server offers it (RFC 2920), and answered in order either way.

        The content waits for 354 whatever else was answered. A server that says 354 after it refused the recipient has
        its connection closed: it gets no empty mail, which RFC 2920 section 3.1 would have us send.

        Raises:
            aiosmtplib.SMTPResponseException: the first refusal.
        """
        progress, within = self._progress, self._settings.timeout
        progress.enter(SmtpStage.MAIL)
        commands = (_mail_from(dialogue, sender, utf8=progress.utf8), f"RCPT TO:<{target}>".encode(), b"DATA")
        together = dialogue.say(*commands) if dialogue.offers("pipelining") else None
        for number, (stage, good) in enumerate(_ENVELOPE):
            progress.enter(stage)
            said = together[number] if together is not None else dialogue.say(commands[number])[0]
            answer = await answer_to(said, within)
            if answer.code not in good:
                raise aiosmtplib.SMTPResponseException(answer.code, answer.message)
            if stage is SmtpStage.MAIL:
                self._turns.worked()

    async def _content(
        self, dialogue: Dialogue, progress: _Progress, body: bytes, handover: HandOver
    ) -> aiosmtplib.SMTPResponse:
        """The mail in two writes, so that a failure before the final dot is told from one after it."""
        reply = dialogue.content()
        dialogue.write(body)
        await self._flushed(dialogue, reply)
        if not reply.done():
            progress.dot_sent = handover.may_be_out = True
            dialogue.write(b".\r\n")
        return await answer_to(reply, self._settings.data_timeout)

    async def _flushed(self, dialogue: Dialogue, reply: asyncio.Future[aiosmtplib.SMTPResponse]) -> None:
        """Waits until the body has left us, or the server has answered early or gone."""
        await asyncio.sleep(0)  # one turn of the loop, in which a closed connection shows
        if not dialogue.unwritten:
            return
        async with asyncio.timeout(self._settings.data_timeout):
            while dialogue.unwritten and not reply.done():
                await asyncio.wait({reply}, timeout=_FLUSH_CHECK)


def _judge_answer(settings: SmtpSettings, progress: _Progress, answer: aiosmtplib.SMTPResponse) -> TransportOutcome:
    code, text, stage = answer.code, answer.message, progress.stage
    kind, status, where = code // 100, status_of(code, text), STAGE_WORDS[stage]
    about_login = kind == 5 and (stage is SmtpStage.AUTH or code in _WANTS_LOGIN)
    if kind == 4 or about_login or (kind == 5 and stage not in _ABOUT_THE_MAIL):
        reason = words_for_login(status, settings) if about_login else f"the server answered {status} {where}"
        away = about_login or stage not in _ABOUT_THE_MAIL
        return TransportOutcome(
            TransportVerdict.RETRY, stage, status, reason, retry_after=wait_named_in(text), away=away
        )
    if kind == 5:
        dead = stage is not SmtpStage.MAIL and says_dead_address(code, text)
        reason = f"the server refused with {status} {where}"
        return TransportOutcome(TransportVerdict.FAILED, stage, status, reason, bad_address=dead)
    if kind == 2 and progress.dot_sent:
        ident = provider_id_in(text, settings.host)
        return TransportOutcome(TransportVerdict.ACCEPTED, stage, status, "accepted", provider_message_id=ident)
    # An answer that the protocol does not know here. "Accepted" before the final dot is doubtful as well.
    doubtful = progress.dot_sent or (stage is SmtpStage.DATA and kind == 2)
    verdict = TransportVerdict.UNKNOWN if doubtful else TransportVerdict.RETRY
    away = stage not in _ABOUT_THE_MAIL
    return TransportOutcome(verdict, stage, status if code > 0 else None, f"an invalid answer {where}", away=away)


def _mail_from(dialogue: Dialogue, sender: str, *, utf8: bool) -> bytes:
    command = f"MAIL FROM:<{sender}>"
    if utf8:
        if not dialogue.offers("smtputf8"):
            raise _NoSmtpUtf8Error
        # RFC 6531 section 3.2: whoever offers SMTPUTF8 offers 8BITMIME; the header is of eight bits, the body is not.
        command += " SMTPUTF8" + (" BODY=8BITMIME" if dialogue.offers("8bitmime") else "")
    return command.encode()


def _judge_silence(settings: SmtpSettings, progress: _Progress, failure: Exception) -> TransportOutcome:
    if progress.dot_sent:
        what = "no answer in time" if isinstance(failure, TimeoutError) else "the connection was lost"
        return TransportOutcome(TransportVerdict.UNKNOWN, progress.stage, reason=f"{what} after the final dot")
    reason = words_for_silence(failure, progress.stage, settings)
    # A server that does not even answer MAIL answers nobody.
    away = progress.stage not in _ABOUT_THE_MAIL or (
        progress.stage is SmtpStage.MAIL and isinstance(failure, TimeoutError)
    )
    return TransportOutcome(TransportVerdict.RETRY, progress.stage, reason=reason, away=away)


async def _drop(taking: asyncio.Future[Connection]) -> None:
    """Nobody waits for this connection any more."""
    if await cut_off(taking) and not taking.cancelled() and taking.exception() is None:
        taking.result().dialogue.close()


class _UnusableError(PermanentError):
    """One of the two addresses cannot be said to a server."""

    def __init__(self, outcome: TransportOutcome) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome


def _addresses(envelope_from: str, recipient: str) -> tuple[str, str]:
    stage = SmtpStage.MAIL
    try:
        sender = mail_address(envelope_from, "sender").wire
        stage = SmtpStage.RCPT
        return sender, mail_address(recipient, "recipient").wire
    except PermanentError as error:
        raise _UnusableError(TransportOutcome(TransportVerdict.FAILED, stage, reason=str(error))) from None


def _wire_form(content: bytes) -> bytes:
    r"""CRLF everywhere and dots doubled: a bare "\n.\n" must not end the mail at a lenient server."""
    # Ours have these line ends and seldom a dot: counting is a fifth of the work of looking for what to replace.
    whole = content.count(b"\r\n") == content.count(b"\r") == content.count(b"\n")
    lines = content if whole else _LINE_ENDS.sub(b"\r\n", content)
    if not lines.endswith(b"\r\n"):
        lines += b"\r\n"
    return _LEADING_DOT.sub(b"..", lines) if lines.startswith(b".") or b"\n." in lines else lines
