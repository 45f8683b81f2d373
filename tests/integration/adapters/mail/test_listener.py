"""A real client speaks SMTP and LMTP to our listener."""

from __future__ import annotations

import asyncio
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiosmtplib
import pytest

from adapters.mail.incoming.listener import ListenerSettings, MailListener, Protocol
from sequences.errors import NotFoundError, SettingsError, UnavailableError
from tests.support.waiting import PATIENCE

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
                line = (await asyncio.wait_for(reader.readline(), PATIENCE)).decode().rstrip()
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
        await asyncio.wait_for(inbox.entered.wait(), PATIENCE)
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


async def test_lmtp_answers_for_each_recipient_of_one_mail() -> None:
    inbox = Inbox()
    async with listening(inbox, "lmtp") as listener:
        replies = await _lmtp(listener.port, ["r1@example.org", "r2@example.org"])
        inbox.failures = {"later@example.org": UnavailableError("down")}
        refused = await _lmtp(listener.port, ["r1@example.org", "later@example.org"])
    assert [line[:9] for line in replies] == ["250 2.0.0", "250 2.0.0"]
    assert [line[:9] for line in refused] == ["451 4.3.0", "451 4.3.0"]
    assert inbox.mails == [(_MAIL, ("r1@example.org", "r2@example.org"))]


@pytest.mark.parametrize("protocol", ["smtp", "lmtp"])
async def test_more_than_a_hundred_recipients_come_in_another_transaction(protocol: Protocol) -> None:
    inbox = Inbox()
    async with listening(inbox, protocol) as listener:
        said = await _pipelined(
            listener.port,
            protocol,
            b"MAIL FROM:<ann@example.com>",
            *(b"RCPT TO:<r%d@example.org>" % number for number in range(105)),
            b"DATA",
        )
        assert [line[:9] for line in said[3:-1]] == ["250 2.0.0"] * 100 + ["452 4.5.3"] * 5
        assert said[-1].startswith("354")


async def _pipelined(port: int, protocol: Protocol, *commands: bytes, mail: bytes = b"") -> list[str]:
    """All lines that are said to commands which come at once, up to the answer to DATA; and then to the mail."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        hello = b"LHLO test" if protocol == "lmtp" else b"HELO test"
        writer.write(b"\r\n".join([hello, *commands, b""]))
        said: list[str] = []
        while not said or not said[-1].startswith(("354", "503")):
            said.append((await asyncio.wait_for(reader.readline(), PATIENCE)).decode().rstrip())
            if said[-1].startswith("250-"):
                said.pop()
        if mail:
            writer.write(mail)
            while not said[-1].startswith("221"):
                said.append((await asyncio.wait_for(reader.readline(), PATIENCE)).decode().rstrip())
        return said
    finally:
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize(
    ("sent", "mail"),
    [
        (b".", b""),
        (b"\r\n.", b"\r\n"),
        (b"..\r\n.", b".\r\n"),
        (b".x\r\n.", b"x\r\n"),
        (b"a\r\n..\r\n...\r\n.", b"a\r\n.\r\n..\r\n"),
        (b"a\n.\nb\r\n.", b"a\n.\nb\r\n"),
        (b"a\r.\r\nb\r\n.", b"a\r.\r\nb\r\n"),
        (b"\r\r\n\r\n.", b"\r\r\n\r\n"),
        (b"x" * 300_000 + b"\r\n.", b"x" * 300_000 + b"\r\n"),
    ],
)
async def test_the_final_dot_and_those_that_stand_for_themselves(sent: bytes, mail: bytes) -> None:
    inbox = Inbox()
    async with listening(inbox, "smtp") as listener:
        start = (b"MAIL FROM:<ann@example.com>", b"RCPT TO:<r1@example.org>", b"DATA")
        said = await _pipelined(listener.port, "smtp", *start, mail=sent + b"\r\nQUIT\r\n")
    assert [line[:3] for line in said[-2:]] == ["250", "221"]
    assert inbox.mails == [(mail, ("r1@example.org",))]


@pytest.mark.parametrize("width", [1, 2, 3, 199_998, 199_999, 200_000, 200_001, 200_002, 400_003])
async def test_a_mail_is_the_same_wherever_it_was_cut_on_the_way(width: int) -> None:
    """Pieces of what was read end where the buffer does: at each place of a line end and a dot."""
    line = b"\r\n..\r\n" if width < 10 else b"y" * width + b"\r\n..\r\n"
    sent = line * (200_000 // len(line) + 2)
    inbox = Inbox()
    async with listening(inbox, "lmtp") as listener:
        start = (b"MAIL FROM:<ann@example.com>", b"RCPT TO:<r1@example.org>", b"DATA")
        shifts = range(6)
        for shift in shifts:
            await _pipelined(listener.port, "lmtp", *start, mail=b"z" * shift + sent + b".\r\nQUIT\r\n")
    expected = sent.replace(b"\r\n..", b"\r\n.")
    assert [raw for raw, _ in inbox.mails] == [b"z" * shift + expected for shift in shifts]


@pytest.mark.slow
async def test_a_mail_of_empty_lines_costs_little_memory() -> None:
    inbox = Inbox()
    async with listening(inbox, "lmtp") as listener:
        tracemalloc.start()
        try:
            await _lmtp(listener.port, ["a@example.org"], b"\r\n" * 5_000_000)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    # The client of this test holds it three times; line by line it was 500 MB.
    assert peak < 100_000_000
    assert inbox.mails[0][0] == b"\r\n" * 5_000_000


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
        await asyncio.wait_for(inbox.entered.wait(), PATIENCE)
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
