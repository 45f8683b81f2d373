"""The transport against Debian's Postfix: encryption, login, certificates, signed bytes."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path
from typing import Any

import dkim
import pytest

from adapters.mail.outgoing.dkim import DkimSigner, parse_keys
from adapters.mail.outgoing.smtp import SmtpSettings, SmtpTransport, Tls
from sequences.sending.outcome import TransportOutcome, TransportVerdict
from tests.support.servers.postfix import PASSWORD, USER, MailServers, until

MAIL = (
    b"From: dana@agency.example\r\nTo: p1@client.example\r\nSubject: Hello\r\nMessage-ID: <t@agency.example>\r\n"
    b"Date: Tue, 04 May 2027 09:00:00 +0000\r\n\r\nHi\r\n"
)


async def _send(servers: MailServers, port: str, to: str, mail: bytes = MAIL, **more: Any) -> TransportOutcome:
    values = {"username": USER, "password": PASSWORD, "ca_file": servers.ca, "tls": Tls.TLS, "timeout": 10.0, **more}
    transport = SmtpTransport(SmtpSettings("localhost", getattr(servers, port), **values))
    try:
        return await transport.send(envelope_from="b@reply.relance.example", recipient=to, content=mail)
    finally:
        await transport.aclose()


@pytest.mark.parametrize(("port", "tls"), [("submission", Tls.STARTTLS), ("smtps", Tls.TLS)])
async def test_submission_with_login(real_mail: MailServers, port: str, tls: Tls) -> None:
    outcome = await _send(real_mail, port, "p1@client.example", tls=tls)
    assert (outcome.verdict, outcome.code) == (TransportVerdict.ACCEPTED, "250 2.0.0")


@pytest.mark.parametrize(
    ("port", "more", "stage"),
    [
        ("expired", {}, "connect"),
        ("unknown", {}, "connect"),
        ("wrong_name", {}, "connect"),
        ("smtps", {"ca_file": None}, "connect"),
        ("smtps", {"password": "wrong"}, "auth"),
        ("plain", {"tls": Tls.STARTTLS}, "tls"),
    ],
)
async def test_nothing_goes_where_certificate_login_or_encryption_are_not_as_asked(
    real_mail: MailServers, port: str, more: dict[str, Any], stage: str
) -> None:
    outcome = await _send(real_mail, port, "never@client.example", **more)
    assert (outcome.verdict, outcome.stage) == (TransportVerdict.RETRY, stage)
    assert outcome.reason
    assert real_mail.raw("never@client.example") == []


def _openssl(*words: str) -> bytes:
    return subprocess.run(["openssl", *words], check=True, capture_output=True).stdout


async def test_a_signed_mail_verifies_where_it_arrives(real_mail: MailServers, tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    _openssl("genrsa", "-out", str(key), "2048")
    public = _openssl("rsa", "-in", str(key), "-pubout", "-outform", "DER")
    signed = DkimSigner(parse_keys(f"agency.example:s1:{key}"))(MAIL)
    record = b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)
    await _send(real_mail, "submission", "dev@client.example", signed, tls=Tls.STARTTLS)
    await until(lambda: bool(real_mail.raw("dev@client.example")), "the mail has arrived")
    (arrived,) = real_mail.raw("dev@client.example")
    # A Maildir has the line ends of its system.
    assert dkim.DKIM(arrived.replace(b"\n", b"\r\n")).verify(dnsfunc=lambda name, timeout=5: record)


async def test_a_mail_that_is_too_large_is_refused_for_good(real_mail: MailServers) -> None:
    outcome = await _send(
        real_mail, "small", "p2@client.example", MAIL + b"x" * 3_000 + b"\r\n", tls=Tls.NONE, username=None
    )
    assert outcome.verdict is TransportVerdict.FAILED
    assert (outcome.code or "").startswith("552")


@pytest.mark.parametrize(("port", "tls"), [("submission", Tls.STARTTLS), ("smtps", Tls.TLS)])
async def test_a_group_of_commands_of_which_one_is_refused_leaves_the_connection_good(
    real_mail: MailServers, port: str, tls: Tls
) -> None:
    """Postfix offers PIPELINING: it refuses the recipient, then DATA, and takes the next mail."""
    settings = SmtpSettings(
        "localhost", getattr(real_mail, port), USER, PASSWORD, tls, timeout=20.0, ca_file=Path(real_mail.ca)
    )
    transport = SmtpTransport(settings)
    outcomes = [
        await transport.send(envelope_from="b@reply.relance.example", recipient=recipient, content=MAIL)
        for recipient in ("p1@client.example", "nobody@client.example", "p3@client.example")
    ]
    assert transport._pool.idle == 1
    await transport.aclose()
    assert [outcome.verdict for outcome in outcomes] == [
        TransportVerdict.ACCEPTED,
        TransportVerdict.FAILED,
        TransportVerdict.ACCEPTED,
    ]
    assert (outcomes[1].stage, outcomes[1].code) == ("rcpt", "550 5.1.1")
