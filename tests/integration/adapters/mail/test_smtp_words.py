"""What is wrong with a mail server is said so that whoever reads it knows which setting to mend."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from adapters.mail.outgoing.smtp import SmtpSettings, SmtpTransport, Tls
from adapters.settings import Settings
from sequences.sending.outcome import TransportOutcome, TransportVerdict
from tests.support.servers.silent import SilentServer, transport_to
from tests.support.settings import SECRETS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to make a certificate")
CONTENT = b"Message-ID: <a@b>\r\n\r\nc"
NEEDED: dict[str, Any] = {"database_url": "postgresql://x", **SECRETS}


def _certificate(folder: Path, name: str, *more: str) -> ssl.SSLContext:
    key, cert = folder / f"{name}.key", folder / f"{name}.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", *more]
    subprocess.run([*command, "-keyout", str(key), "-out", str(cert)], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context


@pytest.fixture
async def tls_port(tmp_path: Path) -> AsyncIterator[int]:
    """A port that speaks TLS from the start, and greets nobody before it."""
    context = _certificate(tmp_path, "localhost", "-addext", "subjectAltName=IP:127.0.0.1")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        await reader.read(1)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    yield server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()


async def _send(transport: SmtpTransport) -> TransportOutcome:
    try:
        return await transport.send(
            envelope_from="b@example.org", recipient="z@example.com", content=b"Message-ID: <a@b>\r\n\r\nc"
        )
    finally:
        await transport.aclose()


@pytest.mark.parametrize("tls", [Tls.STARTTLS, Tls.NONE])
async def test_a_port_for_tls_is_found_out_before_the_time_out(
    tls_port: int, tls: Tls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.mail.outgoing.pool._NO_GREETING", 0.1)
    async with asyncio.timeout(20):
        outcome = await _send(transport_to(tls_port, tls=tls, timeout=60.0))
    assert (outcome.verdict, outcome.away) == (TransportVerdict.RETRY, True)
    assert "uses TLS from the start" in outcome.reason
    assert "RELANCE_SMTP_TLS" in outcome.reason


async def test_a_port_for_starttls_is_not_called_a_bad_certificate() -> None:
    server = SilentServer()
    await server.start()
    outcome = await _send(transport_to(server.port, tls=Tls.TLS, timeout=10.0))
    await server.stop()
    assert "does not use TLS from the start" in outcome.reason
    assert "certificate" not in outcome.reason


async def test_a_server_that_is_only_slow_to_greet_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.mail.outgoing.pool._NO_GREETING", 0.05)
    server = SilentServer("banner")
    await server.start()
    sending = asyncio.create_task(_send(transport_to(server.port, timeout=30.0, data_timeout=30.0)))
    await server.reached.wait()
    # The question for TLS is a connection of its own.
    while server.connections < 2:  # noqa: ASYNC110 - the server counts, and tells nobody
        await asyncio.sleep(0.01)
    server.wake()
    outcome = await sending
    await server.stop()
    assert outcome.verdict is TransportVerdict.ACCEPTED


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["-addext", "subjectAltName=IP:127.0.0.1"], ["not trusted", "self", "RELANCE_SMTP_CA_FILE"]),
        (["-addext", "subjectAltName=DNS:elsewhere.example"], ["not trusted", "IP address mismatch"]),
    ],
)
async def test_a_certificate_is_named_with_what_is_wrong(tmp_path: Path, more: list[str], words: list[str]) -> None:
    context = _certificate(tmp_path, "localhost", *more)
    server = await asyncio.start_server(lambda r, w: w.close(), "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    ca = None if "RELANCE_SMTP_CA_FILE" in words else tmp_path / "localhost.pem"
    outcome = await _send(SmtpTransport(SmtpSettings("127.0.0.1", port, tls=Tls.TLS, timeout=10.0, ca_file=ca)))
    server.close()
    assert all(word in outcome.reason for word in words), outcome.reason


async def test_a_name_that_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = await _send(SmtpTransport(SmtpSettings("nowhere.invalid", 25, tls=Tls.NONE, timeout=10.0)))
    assert "RELANCE_SMTP_HOST" in outcome.reason


@pytest.mark.parametrize(
    ("of_mailbox", "name"), [(False, "RELANCE_SMTP_USERNAME"), (True, "login name of the mailbox")]
)
async def test_a_login_that_is_refused_names_what_has_to_be_changed(of_mailbox: bool, name: str) -> None:
    import tests.support.servers.silent as silent

    server = SilentServer()
    good = silent._GOOD
    good_auth, good["auth"] = good["auth"], "535 5.7.8 no"
    try:
        await server.start()
        outcome = await _send(
            transport_to(server.port, username="dana", password="x", timeout=5.0, of_mailbox=of_mailbox)
        )
    finally:
        good["auth"] = good_auth
        await server.stop()
    assert (outcome.stage, outcome.away) == ("auth", True)
    assert name in outcome.reason
    assert ("RELANCE_" in outcome.reason) is not of_mailbox


def test_an_empty_login_is_none() -> None:
    found = Settings(**NEEDED, smtp_username="", smtp_password="")
    assert (found.smtp_username, found.smtp_password) == (None, None)
    assert Settings(**NEEDED, smtp_username="dana").smtp_username == "dana"


@pytest.mark.parametrize("name", ["smtp_ca_file", "imap_ca_file"])
def test_a_ca_file_that_cannot_be_read_is_refused_at_the_start(name: str, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("no certificate")
    for path in (wrong, tmp_path / "missing.pem"):
        with pytest.raises(ValueError, match="PEM"):
            Settings(**{**NEEDED, name: str(path)})


def test_the_times_together_are_less_than_the_activitys_own() -> None:
    from adapters.mail.outgoing.smtp import _WAIT_FOR_LOGIN, _WAIT_FOR_TURN
    from services.sending.hand_over import _LAST_WORDS, _WITHIN
    from workflows.time_outs import SENDING

    assert _WITHIN + timedelta(seconds=_WAIT_FOR_LOGIN + _WAIT_FOR_TURN + 10) < SENDING
    assert _LAST_WORDS < 28
