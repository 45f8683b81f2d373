"""What the capture server accepts lies in its folder as it was sent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.mail.outgoing.message import build_email
from adapters.mail.outgoing.smtp import SmtpSettings, SmtpTransport, Tls
from sequences.errors import NotFoundError
from sequences.sending.email_content import EmailContent, EmailHeaders
from sequences.sending.outcome import TransportVerdict
from starter.local.mail_capture import MailCapture, MailFaults, list_mail, read_mail
from starter.local.stand_in import read_faults, write_faults

NOW = datetime(2027, 5, 4, 9, 30, tzinfo=UTC)
MAIL = build_email(
    EmailHeaders(
        message_id="<one@mail.example.org>",
        sender_name="Dana Reed",
        sender_address="dana@example.org",
        recipient_name="Zoë",
        recipient_address="zoe@example.com",
        reply_to="reply+r1@example.org",
        date=NOW,
        unsubscribe_url="https://hooks.example.org/u/" + "t" * 100,
    ),
    EmailContent("Grüße", "Hello Zoë\n.\nBye", "<p>Hello Zoë</p>"),
)


@pytest.fixture
async def capture(tmp_path: Path) -> AsyncIterator[MailCapture]:
    server = MailCapture(tmp_path / "mail", now=lambda: NOW)
    await server.start()
    yield server
    await server.stop()


async def deliver(port: int, content: bytes = MAIL) -> TransportVerdict:
    transport = SmtpTransport(SmtpSettings("127.0.0.1", port, tls=Tls.NONE, timeout=5, data_timeout=5))
    outcome = await transport.send(envelope_from="b+1@example.org", recipient="zoe@example.com", content=content)
    await transport.aclose()
    return outcome.verdict


async def test_mail_is_kept_as_it_was_sent(capture: MailCapture) -> None:
    assert await deliver(capture.port) is TransportVerdict.ACCEPTED
    (mail,) = list_mail(capture.folder)
    assert (mail.at, mail.sender, mail.recipient) == (NOW, "b+1@example.org", "zoe@example.com")
    assert (mail.subject, mail.message_id) == ("Grüße", "<one@mail.example.org>")
    opened = read_mail(capture.folder, mail.file)
    assert opened.raw == MAIL
    assert opened.text is not None
    assert opened.text.splitlines() == ["Hello Zoë", ".", "Bye"]
    assert opened.html is not None
    assert opened.html.strip() == "<p>Hello Zoë</p>"
    assert opened.header("list-unsubscribe-post") == "List-Unsubscribe=One-Click"


async def test_counter_goes_on_after_a_restart(capture: MailCapture) -> None:
    await deliver(capture.port)
    await capture.stop()
    second = MailCapture(capture.folder)
    await second.start()
    await deliver(second.port)
    await second.stop()
    assert [mail.file[:6] for mail in list_mail(capture.folder)] == ["000001", "000002"]
    assert read_mail(capture.folder, "2").mail.file.startswith("000002")


async def test_stop_with_an_open_connection(capture: MailCapture) -> None:
    transport = SmtpTransport(SmtpSettings("127.0.0.1", capture.port, tls=Tls.NONE, timeout=5, data_timeout=5))
    for _ in range(2):
        await transport.send(envelope_from="b@example.org", recipient="zoe@example.com", content=MAIL)
    await capture.stop()  # while the transport keeps its connection
    outcome = await transport.send(envelope_from="b@example.org", recipient="zoe@example.com", content=MAIL)
    assert (outcome.verdict, outcome.stage) == (TransportVerdict.RETRY, "connect")
    await transport.aclose()
    assert len(list_mail(capture.folder)) == 2


async def test_full_disk_is_a_temporary_refusal(capture: MailCapture, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_path: Path, _content: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("starter.local.mail_capture._write", full)
    assert await deliver(capture.port) is TransportVerdict.RETRY
    assert list_mail(capture.folder) == []


async def test_mail_put_in_by_hand(tmp_path: Path) -> None:
    (tmp_path / "000007-0123abcd.eml").write_bytes(MAIL)
    (tmp_path / "notes.txt").write_text("not a mail")
    (mail,) = list_mail(tmp_path)
    assert (mail.subject, mail.at.tzinfo) == ("Grüße", UTC)


@pytest.mark.parametrize("name", ["nothing.eml", "../000001-00000000.eml", "9", ""])
async def test_no_such_mail(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotFoundError):
        read_mail(tmp_path, name)


async def test_one_mail_is_opened_without_looking_into_the_others(tmp_path: Path) -> None:
    """A folder of thousands would be read whole for each."""
    for number in (1, 2):
        (tmp_path / f"{number:06d}-00000000.eml").write_bytes(MAIL)
    (tmp_path / "000001-00000000.eml.json").write_text("not even JSON")
    assert read_mail(tmp_path, "2").mail.message_id == "<one@mail.example.org>"


async def test_empty_folder(tmp_path: Path) -> None:
    assert list_mail(tmp_path / "none") == []


async def test_the_capture_takes_an_international_mailbox(capture: MailCapture) -> None:
    transport = SmtpTransport(SmtpSettings("127.0.0.1", capture.port, tls=Tls.NONE, timeout=5, data_timeout=5))
    headers = EmailHeaders(
        "<two@mail.example.org>", "Dana", "jörg@example.org", "Jörg", "用户@例子.example", "reply+r1@example.org", NOW
    )
    raw = build_email(headers, EmailContent("Hello", "Words"))
    outcome = await transport.send(envelope_from="b@r.example", recipient="用户@例子.example", content=raw)
    await transport.aclose()
    assert outcome.verdict is TransportVerdict.ACCEPTED
    (kept,) = list_mail(capture.folder)
    assert kept.recipient == "用户@xn--fsqu00a.example"
    assert read_mail(capture.folder, kept.file).raw == raw


async def test_what_goes_wrong_is_asked_at_each_mail(tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    server = MailCapture(folder, faults=lambda: read_faults(folder))
    await server.start()
    try:
        assert await deliver(server.port) is TransportVerdict.ACCEPTED
        write_faults(folder, MailFaults(refuse="451 4.3.0 try again later"))
        assert await deliver(server.port) is TransportVerdict.RETRY
        assert len(list_mail(folder)) == 1
        write_faults(folder, MailFaults(lose_answer=True, delay_seconds=0.01))
        assert await deliver(server.port) is TransportVerdict.UNKNOWN
        write_faults(folder, MailFaults())
        assert await deliver(server.port) is TransportVerdict.ACCEPTED
    finally:
        await server.stop()
    # What was kept without an answer is there.
    assert len(list_mail(folder)) == 3
