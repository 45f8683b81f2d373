"""A connected mailbox against Debian's Postfix and Dovecot, which ask a provider whose a token is: SMTP and IMAP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest
import pytest_asyncio

from adapters.mail.incoming.imap import ImapPorts, ImapReader, ImapReading
from adapters.mail.incoming.imap_account import ImapFolder
from adapters.mail.incoming.imap_login import ImapLogin
from adapters.mail.outgoing.smtp import SmtpSettings, SmtpTransport, Tls
from adapters.outage_errors import is_outage
from adapters.postgres.database import Database
from adapters.postgres.watermarks import PostgresWatermarks
from sequences.sending.outcome import TransportVerdict
from tests.support.mail_grants import USER, Clock, grant, tokens_for
from tests.support.oidc import Provider, account, running_provider
from tests.support.servers.postfix import MailServers, mail_servers_or_skip, until

pytestmark = [
    pytest.mark.filterwarnings("ignore:get_jwt_config"),
    pytest.mark.filterwarnings("ignore::authlib.deprecate.AuthlibDeprecationWarning"),
]
MAIL = (
    b"From: dana@agency.example\r\nTo: p1@client.example\r\nSubject: Hello\r\nMessage-ID: <t@agency.example>\r\n"
    b"Date: Tue, 04 May 2027 09:00:00 +0000\r\n\r\nHi\r\n"
)


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with running_provider(account("s-dana", USER), account("s-ada", "ada@client.example")) as provider:
        provider.scope = None
        yield provider


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def servers(provider: Provider) -> AsyncIterator[MailServers]:
    async with mail_servers_or_skip(f"{provider.issuer}/introspect") as servers:
        yield servers


async def test_mail_goes_out_by_a_token_that_is_refreshed_and_stands_when_it_is_revoked(
    provider: Provider, servers: MailServers, database: Database, clock: Clock
) -> None:
    await grant(provider, database, clock)
    tokens = tokens_for(provider, database, clock)
    wanted = SmtpSettings(
        "localhost", servers.submission, USER, tls=Tls.STARTTLS, ca_file=servers.ca, tokens=tokens, max_idle=0.0
    )
    transport = SmtpTransport(wanted)

    async def send() -> tuple[str, str]:
        done = await transport.send(envelope_from="b@reply.example", recipient="p1@client.example", content=MAIL)
        return done.verdict, done.reason

    try:
        assert (await send())[0] is TransportVerdict.ACCEPTED
        # The server knows the token no longer, before its time: the login fetches another one.
        provider.expire()
        before = provider.refreshed
        assert (await send())[0] is TransportVerdict.ACCEPTED
        assert provider.refreshed == before + 1
        provider.revoke()
        verdict, reason = await send()
        assert (verdict, "revoked" in reason, USER in reason) == (TransportVerdict.RETRY, True, False)
    finally:
        await transport.aclose()
    await until(lambda: len(servers.mails("p1@client.example")) >= 2, "two mails have arrived")
    assert len(servers.mails("p1@client.example")) == 2


async def test_the_token_of_one_mailbox_opens_no_other(
    provider: Provider, servers: MailServers, database: Database, clock: Clock
) -> None:
    await grant(provider, database, clock, subject="s-ada", mailbox="ada@client.example")
    token = await tokens_for(provider, database, clock).token("ada@client.example")

    class Stolen:
        async def token(self, _user: str) -> str:
            return token

        def refused(self, _user: str, _token: str) -> None:
            return

    transport = SmtpTransport(
        SmtpSettings("localhost", servers.submission, USER, tls=Tls.STARTTLS, ca_file=servers.ca, tokens=Stolen())
    )
    try:
        done = await transport.send(envelope_from="b@reply.example", recipient="p2@client.example", content=MAIL)
    finally:
        await transport.aclose()
    assert (done.verdict, done.stage) == (TransportVerdict.RETRY, "auth")
    assert servers.mails("p2@client.example") == []


async def test_a_reader_goes_on_with_another_token(
    provider: Provider, servers: MailServers, database: Database, clock: Clock
) -> None:
    await grant(provider, database, clock)
    tokens = tokens_for(provider, database, clock)
    seen: list[bytes] = []

    async def receive(raw: bytes, _recipients: tuple[str, ...]) -> None:
        seen.append(raw)

    ports = ImapPorts(
        watermarks=PostgresWatermarks(database, clock),
        receive=receive,
        is_outage=is_outage,
        clock=lambda: datetime.now(UTC),
    )
    folder = ImapFolder("localhost", servers.imap, "starttls", USER, "INBOX")
    reading = ImapReading(
        poll=0.2, backoff=0.1, longest_backoff=0.5, ca_file=str(servers.ca), max_age=timedelta(days=1)
    )
    reader = ImapReader(folder, ImapLogin("xoauth2", "", tokens=tokens), ports, reading)
    running = asyncio.ensure_future(reader.run())
    try:
        servers.deliver(_mail("first"), "ada@client.example", USER)
        await until(lambda: any(b"first" in mail for mail in seen), "the first mail is read")
        # What is kept is refused at the next connection, and the one after that has another token.
        provider.expire()
        await servers.doveadm("kick", USER)
        servers.deliver(_mail("second"), "ada@client.example", USER)
        await until(lambda: any(b"second" in mail for mail in seen), "the second mail is read")
    finally:
        reader.stop()
        reader.cut()
        await running
    assert provider.refreshed >= 1


def _mail(subject: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "ada@client.example", USER, subject
    mail.set_content("Hello")
    return mail
