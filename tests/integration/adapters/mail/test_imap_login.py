"""How the reader connects and proves itself: TLS, STARTTLS, tokens, and settings that cannot be read."""

from __future__ import annotations

import asyncio
import json
import shutil
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from adapters.mail.incoming.imap_account import ImapFolder, parse_folders, secret_of
from adapters.mail.incoming.imap_login import Credentials, ImapLogin
from sequences.errors import SettingsError, UnavailableError
from tests.support.servers.imap import (
    TOKEN,
    USER,
    Inbox,
    Marks,
    Server,
    Wire,
    imap_server,
    mail,
    reading,
)
from tests.support.waiting import until

needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to make a certificate")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("imap-certificate")
    key, cert = folder / "key.pem", folder / "cert.pem"
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1"
    )
    subprocess.run([*command.split(), "-keyout", str(key), "-out", str(cert)], check=True, capture_output=True)
    return cert, key


@pytest_asyncio.fixture(scope="module")
async def server() -> AsyncIterator[Server]:
    async with imap_server("--no-tls") as made:
        yield made


def token_login(command: str = "", token: str = "") -> ImapLogin:
    return ImapLogin("xoauth2", token, command)


@needs_openssl
async def test_starttls_before_the_password_goes_out(certificate: tuple[Path, Path]) -> None:
    inbox = Inbox()
    async with imap_server("--cert", str(certificate[0]), "--key", str(certificate[1])) as plain:
        folder = plain.at(security="starttls", folder="INBOX")
        async with reading(folder, inbox, Marks(), ca_file=str(certificate[0])) as reader:
            await until(lambda: reader.looks == 1)


async def test_a_server_without_starttls_never_gets_the_password(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    async with reading(server.at(security="starttls"), Inbox(), Marks()) as reader:
        await until(lambda: "cannot be read now" in caplog.text)
        assert reader.looks == 0


@needs_openssl
async def test_tls_from_the_start_and_only_to_whom_the_certificate_names(
    server: Server, certificate: tuple[Path, Path], caplog: pytest.LogCaptureFixture
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    wire, inbox = Wire(server.port), Inbox()
    listening = await asyncio.start_server(wire.serve, "127.0.0.1", 0, ssl=context)
    port = listening.sockets[0].getsockname()[1]
    try:
        async with reading(server.at(port, security="tls"), inbox, Marks(), ca_file=str(certificate[0])) as reader:
            await until(lambda: reader.looks == 1)
            await server.deliver(mail(1))
            await until(lambda: inbox.numbers() == [1])
        async with reading(server.at(port, security="tls"), inbox, Marks()) as reader:
            await until(lambda: "certificate is not trusted" in caplog.text)
            assert reader.looks == 0
    finally:
        listening.close()
        wire.cut()
        await listening.wait_closed()


@pytest.mark.parametrize(
    "login",
    [
        token_login(token=TOKEN),
        token_login(f"{sys.executable} -c \"print('{TOKEN}')\""),
        token_login(
            f"{sys.executable} -c \"import json, sys; assert sys.argv[1] == '{USER}'; "
            f"print(json.dumps({{'access_token': '{TOKEN}'}}))\" {{user}}"
        ),
    ],
    ids=["setting", "command", "command with JSON"],
)
async def test_xoauth2(server: Server, login: ImapLogin) -> None:
    async with reading(server.at(), Inbox(), Marks(), login=login) as reader:
        await until(lambda: reader.looks == 1)


async def test_a_token_that_is_refused(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    async with reading(server.at(), Inbox(), Marks(), login=token_login(token="stale")) as reader:
        await until(lambda: "rejects the credentials" in caplog.text)
        assert reader.looks == 0


async def test_a_token_from_an_address() -> None:
    asked: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        body = json.dumps({"access_token": TOKEN, "expires_in": 3599}).encode()
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        await writer.drain()
        writer.close()

    listening = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    async with listening:
        login = token_login(f"http://127.0.0.1:{port}/token?for={{user}}")
        assert (await login.credentials(USER)).secret == TOKEN
    assert asked[0].startswith(b"GET /token?for=recruiter%40agency.example ")


@pytest.mark.parametrize(
    ("command", "error"),
    [
        ("/no/such/program", SettingsError),
        (f'{sys.executable} -c "raise SystemExit(3)"', UnavailableError),
        (f"{sys.executable} -c \"print('two words')\"", UnavailableError),
        (f"{sys.executable} -c \"print('{{}}')\"", UnavailableError),
        ("http://127.0.0.1:1/", UnavailableError),
    ],
)
async def test_what_yields_no_token(command: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        await token_login(command).credentials(USER)


def test_credentials_are_not_shown() -> None:
    assert "hush" not in repr(Credentials("password", "hush"))


def test_the_list_of_folders() -> None:
    text = "imaps://a%40b.example@imap.b.example, imap://c@mail.example:1143/Leads/2027%20new,imap+plain://d@h/Ablage"
    assert parse_folders(text) == (
        ImapFolder("imap.b.example", 993, "tls", "a@b.example", "INBOX"),
        ImapFolder("mail.example", 1143, "starttls", "c", "Leads/2027 new"),
        ImapFolder("h", 143, "none", "d", "Ablage"),
    )
    assert parse_folders("") == ()


@pytest.mark.parametrize(
    "text",
    [
        "pop3://a@b",
        "imaps://nobody.example",
        "imaps://a:pw@b/INBOX",
        "imaps://a@b/x?y",
        "imaps://a@b:99999/x",
        "imaps://a@b,imaps://a@b/INBOX",
        "imaps://a%0d@b",
    ],
)
def test_folders_that_cannot_be_read(text: str) -> None:
    with pytest.raises(SettingsError) as told:
        parse_folders(text)
    assert "pw" not in str(told.value)


@pytest.mark.parametrize("secrets", ["", "{", '{"other": "x"}', '{"a": 1}'])
def test_a_user_without_a_secret(secrets: str) -> None:
    with pytest.raises(SettingsError):
        secret_of(secrets, "a")
