"""A real client speaks SMTP and LMTP to our listener."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiosmtplib
import pytest

from adapters.mail.incoming.listener import ListenerSettings, MailListener, Protocol
from sequences.errors import NotFoundError, SettingsError, UnavailableError

_MAIL = b"From: ann@example.com\r\nTo: r1@example.org\r\nSubject: hi\r\n\r\nYes\r\n.dot\r\n"


class Inbox:
    """Keeps what it is given; fails as told, by recipient."""

    def __init__(self) -> None:
        self.mails: list[tuple[bytes, tuple[str, ...]]] = []
        self.failures: dict[str, Exception] = {}
        self.gate = asyncio.Event()
        self.entered = asyncio.Event()
        self.gate.set()

    async def receive(self, raw: bytes, recipients: tuple[str, ...]) -> None:
        self.entered.set()
        await self.gate.wait()
        for recipient in recipients:
            if recipient in self.failures:
                raise self.failures[recipient]
        self.mails.append((raw, recipients))


@asynccontextmanager
async def listening(inbox: Inbox, protocol: Protocol, **options: float) -> AsyncIterator[MailListener]:
    listener = MailListener(inbox.receive, ListenerSettings(protocol=protocol, **options))  # type: ignore[arg-type]
    await listener.start()
    try:
        yield listener
    finally:
        await listener.stop()


async def _smtp(port: int) -> aiosmtplib.SMTP:
    client = aiosmtplib.SMTP(hostname="127.0.0.1", port=port, timeout=10, start_tls=False)
    await client.connect()
    return client


async def _send(client: aiosmtplib.SMTP, *recipients: str, mail: bytes = _MAIL) -> str:
    await client.mail("ann@example.com")
    for recipient in recipients:
        await client.rcpt(recipient)
    return (await client.data(mail)).message


async def _lmtp(port: int, recipients: list[str], mail: bytes = _MAIL) -> list[str]:
    """The replies to the final dot, one line each, as a mail server would read them."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:

        async def reply() -> str:
            while True:
                line = (await asyncio.wait_for(reader.readline(), 10)).decode().rstrip()
                if line[3:4] != "-":
                    return line

        assert (await reply()).startswith("220")
        for command in ("LHLO test", "MAIL FROM:<>", *(f"RCPT TO:<{each}>" for each in recipients)):
            writer.write(command.encode() + b"\r\n")
            assert (await reply()).startswith("250")
        writer.write(b"DATA\r\n")
        assert (await reply()).startswith("354")
        writer.write(mail.replace(b"\r\n.", b"\r\n..") + b".\r\n")
        replies = [await reply() for _ in recipients]
        writer.write(b"QUIT\r\n")
        assert (await reply()).startswith("221")
        return replies
    finally:
        writer.close()
        await writer.wait_closed()


async def test_smtp_says_250_only_after_the_callback_returned() -> None:
    inbox = Inbox()
    inbox.gate.clear()
    async with listening(inbox, "smtp") as listener:
        client = await _smtp(listener.port)
        sending = asyncio.create_task(_send(client, "r1@example.org", "r2@example.org"))
        await asyncio.wait_for(inbox.entered.wait(), 10)
        assert not sending.done()
        assert inbox.mails == []
        inbox.gate.set()
        assert (await sending).startswith("2.0.0")
        await client.quit()
    assert inbox.mails == [(_MAIL, ("r1@example.org", "r2@example.org"))]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (NotFoundError("no such"), 550),
        (UnavailableError("down"), 451),
        (RuntimeError("a defect"), 451),
        (OSError("disk"), 451),
    ],
)
async def test_smtp_failures_are_never_accepted(error: Exception, code: int) -> None:
    inbox = Inbox()
    inbox.failures["r1@example.org"] = error
    async with listening(inbox, "smtp") as listener:
        client = await _smtp(listener.port)
        with pytest.raises(aiosmtplib.SMTPDataError) as refused:
            await _send(client, "r1@example.org")
        await client.quit()
    assert refused.value.code == code
    assert str(error) not in refused.value.message


async def test_a_callback_that_hangs_is_answered_451() -> None:
    inbox = Inbox()
    inbox.gate.clear()
    async with listening(inbox, "smtp", timeout=0.05) as listener:
        client = await _smtp(listener.port)
        with pytest.raises(aiosmtplib.SMTPDataError) as refused:
            await _send(client, "r1@example.org")
        await client.quit()
    assert refused.value.code == 451


async def test_lmtp_answers_for_each_recipient() -> None:
    inbox = Inbox()
    inbox.failures = {"gone@example.org": NotFoundError("no"), "later@example.org": UnavailableError("down")}
    async with listening(inbox, "lmtp") as listener:
        replies = await _lmtp(
            listener.port, ["r1@example.org", "gone@example.org", "later@example.org", "r2@example.org"]
        )
    assert [line[:9] for line in replies] == ["250 2.0.0", "550 5.1.1", "451 4.3.0", "250 2.0.0"]
    assert inbox.mails == [(_MAIL, ("r1@example.org",)), (_MAIL, ("r2@example.org",))]


async def test_oversize_is_refused_and_nothing_received() -> None:
    inbox = Inbox()
    big = _MAIL + b"x" * 900 + b"\r\n"
    async with listening(inbox, "smtp", max_size=500) as listener:
        client = await _smtp(listener.port)
        with pytest.raises(aiosmtplib.SMTPResponseException) as refused:
            await _send(client, "r1@example.org", mail=big)
        await client.quit()
    assert refused.value.code == 552
    assert inbox.mails == []


async def test_oversize_over_lmtp_is_refused_for_each_recipient() -> None:
    inbox = Inbox()
    async with listening(inbox, "lmtp", max_size=500) as listener:
        replies = await _lmtp(listener.port, ["a@example.org", "b@example.org"], _MAIL + b"x" * 900 + b"\r\n")
    assert [line[:3] for line in replies] == ["552", "552"]
    assert inbox.mails == []


async def test_lines_longer_than_the_standard_are_not_refused() -> None:
    inbox = Inbox()
    mail = _MAIL + b"y" * 5_000 + b"\r\n"
    async with listening(inbox, "lmtp") as listener:
        assert (await _lmtp(listener.port, ["a@example.org"], mail))[0].startswith("250")
    assert inbox.mails[0][0] == mail


async def test_stop_cuts_a_mail_that_was_not_answered() -> None:
    inbox = Inbox()
    inbox.gate.clear()
    async with listening(inbox, "smtp") as listener:
        client = await _smtp(listener.port)
        sending = asyncio.create_task(_send(client, "r1@example.org"))
        await asyncio.wait_for(inbox.entered.wait(), 10)
    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        await sending
    client.close()
    assert inbox.mails == []


async def test_stop_twice_and_port_before_start() -> None:
    listener = MailListener(Inbox().receive)
    with pytest.raises(SettingsError):
        _ = listener.port
    await listener.stop()
    await listener.start()
    assert listener.port > 0
    await listener.stop()
    await listener.stop()


async def test_an_address_in_use_is_a_clear_error() -> None:
    async with listening(Inbox(), "smtp") as first:
        second = MailListener(Inbox().receive, ListenerSettings(port=first.port))
        with pytest.raises(SettingsError, match="address"):
            await second.start()


async def test_many_mails_at_once(caplog: pytest.LogCaptureFixture) -> None:
    inbox = Inbox()

    async def one(port: int, number: int) -> None:
        client = await _smtp(port)
        await _send(client, f"r{number}@example.org")
        await client.quit()

    async with listening(inbox, "smtp") as listener:
        await asyncio.gather(*(one(listener.port, number) for number in range(20)))
    assert {recipients for _, recipients in inbox.mails} == {(f"r{number}@example.org",) for number in range(20)}
    assert "@example.org" not in caplog.text
