"""Encryption and login against a real server: nothing is sent when either is not as the settings ask."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword

from adapters.mail.outgoing.smtp import SmtpSettings, SmtpTransport, Tls
from sequences.sending.outcome import TransportOutcome, TransportVerdict

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to make a certificate")


@dataclass
class Mailbox:
    """A server that wants STARTTLS (or TLS from the start) and a login."""

    starttls: int = 0
    tls: int = 0
    ca_file: Path = Path()
    mails: list[Envelope] = field(default_factory=list)

    async def handle_DATA(self, _server: SMTP, _session: Any, envelope: Envelope) -> str:
        self.mails.append(envelope)
        return "250 2.0.0 OK"


def login(_server: SMTP, _session: Any, _envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (b"dana", b"right")
    return AuthResult(success=good, handled=False)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("certificate")
    key, cert = folder / "key.pem", folder / "cert.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
    names = "subjectAltName=DNS:localhost,IP:127.0.0.1"
    arguments = [*command.split(), "-addext", names, "-keyout", str(key), "-out", str(cert)]
    subprocess.run(arguments, check=True, capture_output=True)
    return cert, key


@pytest.fixture
async def mailbox(certificate: tuple[Path, Path]) -> AsyncIterator[Mailbox]:
    cert, key = certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    box = Mailbox(ca_file=cert)
    loop = asyncio.get_running_loop()
    options: dict[str, Any] = {"loop": loop, "hostname": "localhost", "authenticator": login, "auth_required": True}
    plain = await loop.create_server(
        lambda: SMTP(box, tls_context=context, require_starttls=True, **options), "127.0.0.1", 0
    )
    # From inside a TLS socket aiosmtpd does not see the encryption, and would not offer AUTH.
    wrapped = await loop.create_server(lambda: SMTP(box, loop=loop, hostname="localhost"), "127.0.0.1", 0, ssl=context)
    box.starttls, box.tls = (server.sockets[0].getsockname()[1] for server in (plain, wrapped))
    yield box
    for server in (plain, wrapped):
        server.close()
        await server.wait_closed()


async def send(port: int, **changes: Any) -> TransportOutcome:
    transport = SmtpTransport(SmtpSettings("127.0.0.1", port, **({"timeout": 5, "data_timeout": 5} | changes)))
    try:
        return await transport.send(envelope_from="b@example.org", recipient="z@example.com", content=b"a: b\r\n\r\nc")
    finally:
        await transport.aclose()


async def test_starttls_and_login(mailbox: Mailbox) -> None:
    outcome = await send(mailbox.starttls, username="dana", password="right", ca_file=mailbox.ca_file)
    assert outcome.verdict is TransportVerdict.ACCEPTED
    assert len(mailbox.mails) == 1


async def test_tls_from_the_start(mailbox: Mailbox) -> None:
    assert (await send(mailbox.tls, tls=Tls.TLS, ca_file=mailbox.ca_file)).verdict is TransportVerdict.ACCEPTED


@pytest.mark.parametrize(("tls", "stage"), [(Tls.STARTTLS, "tls"), (Tls.TLS, "connect")])
async def test_certificate_that_nobody_vouches_for(mailbox: Mailbox, tls: Tls, stage: str) -> None:
    outcome = await send(mailbox.starttls if tls is Tls.STARTTLS else mailbox.tls, tls=tls)
    assert (outcome.verdict, outcome.stage) == (TransportVerdict.RETRY, stage)
    assert "certificate" in outcome.reason
    assert mailbox.mails == []


async def test_wrong_password(mailbox: Mailbox) -> None:
    outcome = await send(mailbox.starttls, username="dana", password="swordfish", ca_file=mailbox.ca_file)
    assert (outcome.verdict, outcome.stage, outcome.code) == (TransportVerdict.RETRY, "auth", "535 5.7.8")
    assert "swordfish" not in outcome.reason
    assert mailbox.mails == []


async def test_no_login_where_one_is_wanted(mailbox: Mailbox) -> None:
    outcome = await send(mailbox.starttls, ca_file=mailbox.ca_file)
    assert (outcome.verdict, outcome.stage) == (TransportVerdict.RETRY, "mail")


async def test_plain_text_where_tls_is_wanted(mailbox: Mailbox) -> None:
    outcome = await send(mailbox.starttls, tls=Tls.NONE)
    assert outcome.verdict is TransportVerdict.RETRY
    assert outcome.code is not None
    assert outcome.code.startswith("530")
