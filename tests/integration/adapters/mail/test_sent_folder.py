"""The Sent folder of a real IMAP server: what lies there went out, and nothing there is touched."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from adapters.mail.incoming.imap_login import ImapLogin
from adapters.mail.incoming.sent_folder import SentFolders
from sequences.errors import UnavailableError
from starter.local.ports import free_port
from tests.support.servers.imap import PASSWORD, USER, Server, imap_server

FILED, OTHER = "<s1.abcdefgh@agency.example>", "<s2.abcdefgh@agency.example>"


def mail(message_id: str) -> bytes:
    head = f"From: {USER}\r\nTo: zoe@client.example\r\nSubject: Hello\r\nMessage-ID: {message_id}\r\n"
    return f"{head}\r\nThis one names {OTHER} in its words only.\r\n".encode()


@pytest_asyncio.fixture
async def server() -> AsyncIterator[Server]:
    async with imap_server("--no-tls") as running:
        sent = await running.create("Sent")
        await sent.deliver(mail("<s0.abcdefgh@agency.example>"), mail(FILED))
        yield sent


def folders(*where: Server, port: int = 0, secret: str = PASSWORD, **more: str) -> SentFolders:
    return SentFolders([one.at(port, **more) for one in where], ImapLogin("password", secret), timeout=5.0)


async def test_it_finds_what_was_filed_and_only_that(server: Server) -> None:
    sent = folders(server)
    assert await sent.filed(USER, [FILED, OTHER]) == {FILED}
    assert await sent.filed(USER.upper(), [OTHER]) == set()
    # A part of an identifier is not the identifier.
    assert await sent.filed(USER, [FILED[:12] + ">"]) == set()
    assert not any(b"Seen" in line for line in await server.flags())
    await sent.aclose()


async def test_a_sender_without_a_folder_of_its_own_may_be_in_any(server: Server) -> None:
    inbox = Server(server.port, "INBOX")
    sent = folders(inbox, server)
    assert await sent.filed("dana@agency.example", [FILED, OTHER]) == {FILED}
    await sent.aclose()


async def test_a_server_that_is_away_or_refuses_us_is_said_without_a_name(server: Server) -> None:
    for sent in (folders(server, port=free_port()), folders(server, secret="wrong"), folders(server, folder="Nowhere")):
        with pytest.raises(UnavailableError) as failure:
            await sent.filed(USER, [FILED])
        assert "recruiter" not in str(failure.value)
        await sent.aclose()
