"""Relance against Debian's Postfix and Dovecot: our mails go through them, and what comes back does too."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from adapters.mail.incoming.listener import ListenerSettings, MailListener
from starter.local.temporal import LocalTemporal
from tests.support.rigs.flow import FlowRig, open_flow
from tests.support.servers.postfix import MailServers, mail_servers_or_skip


@pytest_asyncio.fixture(scope="session")
async def real_mail() -> AsyncIterator[MailServers]:
    """Both servers, once for all tests of this folder; each test writes to people of its own."""
    async with mail_servers_or_skip() as servers:
        yield servers


@contextlib.asynccontextmanager
async def behind(
    real_mail: MailServers, database_url: str, temporal: LocalTemporal, folder: Path, authserv_id: str = ""
) -> AsyncIterator[FlowRig]:
    """A whole Relance: it sends through Postfix, which hands over by LMTP what is for the reply domain."""
    async with open_flow(database_url, temporal, folder, smtp_port=real_mail.plain, authserv_id=authserv_id) as flow:

        async def receive(raw: bytes, recipients: tuple[str, ...]) -> None:
            await flow.intake.receive(raw, recipients)

        listener = MailListener(receive, ListenerSettings(port=real_mail.lmtp_of_relance))
        await listener.start()
        try:
            yield flow
        finally:
            await listener.stop()


@pytest_asyncio.fixture
async def flow(
    real_mail: MailServers, database_url: str, temporal: LocalTemporal, tmp_path: Path
) -> AsyncIterator[FlowRig]:
    async with behind(real_mail, database_url, temporal, tmp_path) as flow:
        yield flow


@pytest_asyncio.fixture
async def checked_flow(
    real_mail: MailServers, database_url: str, temporal: LocalTemporal, tmp_path: Path
) -> AsyncIterator[FlowRig]:
    """One that believes what its Postfix, ``mx.agency.example``, writes about senders."""
    async with behind(real_mail, database_url, temporal, tmp_path, authserv_id="mx.agency.example") as flow:
        yield flow
