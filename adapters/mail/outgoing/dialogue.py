"""What is said on a connection that has got through login: commands, several at a time, and their answers in order.

``aiosmtplib`` connects and logs in. It takes one answer for one command, so the connection changes hands after that.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from typing import TYPE_CHECKING, Final, cast

import aiosmtplib

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

_LONGEST_ANSWER: Final = 32_768
_CONTROL: Final = re.compile(rb"[\x00-\x1f\x7f]")
_OK: Final = 250
_CLOSING: Final = 421
_START_INPUT: Final = 354


class Dialogue(asyncio.Protocol):
    """Belongs to the event loop of its transport. Each command that is said has one answer, and no other is taken.

    Args:
        transport: open; its bytes come here from now on.
        extensions: what the server offers, in small letters.
    """

    def __init__(self, transport: asyncio.Transport, extensions: AbstractSet[str] = frozenset()) -> None:
        self._transport = transport
        self._extensions = extensions
        self._loop = asyncio.get_running_loop()
        self._buffer = bytearray()
        self._begun: list[bytes] = []
        self._begun_size = 0
        self._group: list[asyncio.Future[aiosmtplib.SMTPResponse]] = []
        self._answers: deque[asyncio.Future[aiosmtplib.SMTPResponse]] = deque()
        self._ended: aiosmtplib.SMTPServerDisconnected | None = None
        transport.set_protocol(self)

    @classmethod
    def taken_over(cls, client: aiosmtplib.SMTP) -> Dialogue:
        """Goes on where ``client``, which is not used any more, has ended.

        Raises:
            aiosmtplib.SMTPServerDisconnected: the connection is lost.
        """
        transport = client.transport
        if transport is None or transport.is_closing():
            raise aiosmtplib.SMTPServerDisconnected("Connection lost")
        return cls(cast(asyncio.Transport, transport), client.esmtp_extensions.keys())

    def offers(self, extension: str) -> bool:
        """True when the server offers that extension; its name is in small letters."""
        return extension in self._extensions

    @property
    def is_open(self) -> bool:
        """Nobody has ended it."""
        return self._ended is None and not self._transport.is_closing()

    @property
    def unwritten(self) -> int:
        """Bytes that have not left us."""
        return self._transport.get_write_buffer_size()

    def say(self, *commands: bytes) -> list[asyncio.Future[aiosmtplib.SMTPResponse]]:
        """Writes commands in one go, and returns what becomes their answers; see ``answer_to``.

        Several go to a server that offers ``pipelining`` only (RFC 2920).

        Raises:
            aiosmtplib.SMTPServerDisconnected: the connection is lost.
        """
        for command in commands:
            if _CONTROL.search(command):
                raise ValueError("a command has a control character")
        self._group = answers = [self._expect() for _ in commands]
        self.write(b"".join(command + b"\r\n" for command in commands))
        return answers

    def content(self) -> asyncio.Future[aiosmtplib.SMTPResponse]:
        """What becomes the answer to a mail. The server waits for it, and has answered everything else."""
        self._group = []
        return self._expect()

    def _expect(self) -> asyncio.Future[aiosmtplib.SMTPResponse]:
        answer = self._loop.create_future()
        if self._ended is not None:
            _fail(answer, self._ended)
        else:
            self._answers.append(answer)
        return answer

    def write(self, data: bytes) -> None:
        """Writes what is no command.

        Raises:
            aiosmtplib.SMTPServerDisconnected: the connection is lost.
        """
        if not self.is_open:
            raise self._ended or aiosmtplib.SMTPServerDisconnected("Connection lost")
        self._transport.write(data)

    async def ask(self, command: bytes, seconds: float) -> None:
        """Says a command that must be answered by 250, after the answers to all that was said before it.

        Raises:
            aiosmtplib.SMTPException: it is not, or the server waits for a mail.
        """
        for earlier in self._group:
            if not earlier.done():
                await answer_to(earlier, seconds)
        if self._in_doubt:
            raise aiosmtplib.SMTPServerDisconnected("the server waits for a mail, or for the end")
        (asked,) = self.say(command)
        answer = await answer_to(asked, seconds)
        if answer.code != _OK:
            raise aiosmtplib.SMTPResponseException(answer.code, answer.message)

    async def quit(self, seconds: float) -> None:
        """Says QUIT where nothing else is under way, and closes."""
        try:
            if self.is_open and not self._in_doubt:
                await answer_to(self.say(b"QUIT")[0], seconds)
        except (aiosmtplib.SMTPException, OSError):
            pass  # it was leaving anyway
        finally:
            self.close()

    def close(self) -> None:
        """Ends it, and says nothing more."""
        self._transport.close()

    @property
    def _in_doubt(self) -> bool:
        """After a refusal: an answer to what was said with it has not come, or means that no command is taken."""
        return any(
            not said.done() or said.cancelled() or said.exception() or said.result().code in (_CLOSING, _START_INPUT)
            for said in self._group
        )

    # --- called by the event loop ---------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Cuts what came into answers."""
        self._buffer += data
        while (end := self._buffer.find(b"\n")) >= 0:
            line = bytes(self._buffer[:end])
            del self._buffer[: end + 1]
            self._take(line)
        if len(self._buffer) > _LONGEST_ANSWER:
            self._take(bytes(self._buffer))
            self._buffer.clear()

    def eof_received(self) -> None:
        """The server says nothing more."""
        self._end(aiosmtplib.SMTPServerDisconnected("Unexpected EOF received"))

    def connection_lost(self, error: Exception | None) -> None:
        """Whoever waits for an answer hears it."""
        lost = aiosmtplib.SMTPServerDisconnected("Connection lost")
        lost.__cause__ = error
        self._end(lost)

    def _take(self, line: bytes) -> None:
        self._begun_size += len(line)
        if not line[:3].isdigit() or self._begun_size > _LONGEST_ANSWER:
            self._answered(aiosmtplib.SMTPResponseException(-1, "not an answer"))
            return
        self._begun.append(line[4:].strip(b" \t\r\n"))
        if line[3:4] != b"-":
            text = b"\n".join(self._begun).decode("utf-8", "surrogateescape")
            self._answered(aiosmtplib.SMTPResponse(int(line[:3]), text))

    def _answered(self, answer: aiosmtplib.SMTPResponse | aiosmtplib.SMTPException) -> None:
        self._begun, self._begun_size = [], 0
        if not self._answers:
            # Such as a 421 that tells of the end. What is not asked for must not be taken for the next answer.
            self._end(aiosmtplib.SMTPServerDisconnected("the server spoke without being asked"))
            self.close()
            return
        waiting = self._answers.popleft()
        if isinstance(answer, aiosmtplib.SMTPException):
            _fail(waiting, answer)
        elif not waiting.done():
            waiting.set_result(answer)

    def _end(self, why: aiosmtplib.SMTPServerDisconnected) -> None:
        if self._ended is None:
            self._ended = why
        while self._answers:
            _fail(self._answers.popleft(), self._ended)


async def answer_to(said: asyncio.Future[aiosmtplib.SMTPResponse], seconds: float) -> aiosmtplib.SMTPResponse:
    """The answer to a command.

    Raises:
        aiosmtplib.SMTPReadTimeoutError: none came in time.
        aiosmtplib.SMTPServerDisconnected: the connection was lost first.
        aiosmtplib.SMTPResponseException: what came is no answer; its code is -1.
    """
    if said.done():
        return said.result()
    try:
        async with asyncio.timeout(seconds):
            # Given up, it still has its place, so that a late answer is not taken for the next one.
            return await said
    except TimeoutError:
        raise aiosmtplib.SMTPReadTimeoutError("Timed out waiting for server response") from None


def _fail(answer: asyncio.Future[aiosmtplib.SMTPResponse], error: Exception) -> None:
    if not answer.done():
        answer.set_exception(error)
        # Nobody may ever ask for it: that is no error of ours.
        answer.exception()
