"""A mailbox of its own whose owner connects it: a grant that ends makes its mail wait, and connecting lets it go on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from adapters.clock import utc_now
from adapters.mail.incoming.api.gmail import GmailSource
from adapters.mail.incoming.api.graph import GraphSource
from adapters.mail.incoming.api.kinds import source_of
from adapters.postgres import queries
from adapters.postgres.database import Database
from sequences.errors import MailboxDisconnectedError, RefusedError, SettingsError
from sequences.mailboxes.own_mailbox import InboundWay, ReplyTo
from services.access.audit import CLI
from services.mail_access.grants import disconnect_mailbox
from services.mailboxes.keep import InboundAsked, KeepMailboxes, MailboxChanges, TransportAsked
from tests.support.mail_grants import KEYS, USER, Clock, grant, tokens_for
from tests.support.oidc import Provider, account, running_provider
from tests.support.transport_stands import CountedTokens

pytestmark = [
    pytest.mark.filterwarnings("ignore:get_jwt_config"),
    pytest.mark.filterwarnings("ignore::authlib.deprecate.AuthlibDeprecationWarning"),
]
GMAIL = MailboxChanges(
    transport=TransportAsked(kind="gmail"), inbound=InboundAsked(kind=InboundWay.API), reply_to=ReplyTo.OWN
)


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running_provider(account("s-dana", USER)) as provider:
        provider.scope = None
        yield provider


async def add(database: Database, changes: MailboxChanges) -> str:
    async with database.transaction() as connection:
        return await KeepMailboxes(KEYS).add(connection, CLI, USER, changes, utc_now())


async def state(database: Database) -> tuple[str, str | None]:
    async with database.transaction() as connection:
        row = await connection.fetchrow("SELECT state, state_reason FROM mailbox WHERE id IS NOT NULL")
    assert row is not None
    return row["state"], row["state_reason"]


async def told(database: Database) -> list[str]:
    async with database.transaction() as connection:
        rows = await connection.fetch("SELECT DISTINCT owner_id FROM notification ORDER BY owner_id")
        assert len(rows) == await connection.fetchval("SELECT count(*) FROM notification")
    return [row["owner_id"] for row in rows]


async def test_a_grant_that_ends_disconnects_the_mailbox_and_connecting_it_lets_it_send(
    provider: Provider, database: Database, clock: Clock
) -> None:
    async with database.transaction() as connection:
        await connection.execute("INSERT INTO owner (id, email) VALUES ('dana', $1)", USER)
    await add(database, GMAIL.model_copy(update={"owner": "dana"}))
    await grant(provider, database, clock)
    assert await state(database) == ("active", None)
    provider.revoke()
    clock.ahead = timedelta(hours=2)
    for _ in range(2):
        with pytest.raises(MailboxDisconnectedError):
            await tokens_for(provider, database, clock).token(USER)
    assert await state(database) == ("disconnected", "the access was revoked at the provider, or has expired")
    # Once each, and not once more for the grant.
    assert await told(database) == ["dana", "ops"]
    clock.ahead = timedelta(0)
    await grant(provider, database, clock)
    assert await state(database) == ("active", None)
    async with database.transaction() as connection:
        assert await disconnect_mailbox(connection, CLI, USER, clock())
    assert (await state(database))[0] == "disconnected"


async def test_a_paused_mailbox_stays_paused(provider: Provider, database: Database, clock: Clock) -> None:
    ident = await add(database, GMAIL)
    async with database.transaction() as connection:
        await queries.set_mailbox_state(connection, id=ident, state="paused", reason=None, at=utc_now())
    await grant(provider, database, clock)
    assert (await state(database))[0] == "paused"


async def test_an_inbox_is_read_by_the_interface_that_mail_goes_out_by(database: Database) -> None:
    await add(database, GMAIL)
    async with database.transaction() as connection:
        (row,) = await queries.read_mailboxes_of_their_own(connection)
    source = source_of(row.transport, row.transport_settings, row.address, CountedTokens(), utc_now)
    assert isinstance(source, GmailSource)
    await source.aclose()
    other = source_of("graph", {}, USER, CountedTokens(), utc_now)
    assert isinstance(other, GraphSource)
    await other.aclose()
    with pytest.raises(SettingsError, match="gmail, graph"):
        source_of("smtp", {"host": "smtp.example.com"}, USER, CountedTokens(), utc_now)


@pytest.mark.parametrize("kind", ["smtp", "ses", "organisation"])
async def test_no_other_transport_reads_by_an_interface(database: Database, kind: str) -> None:
    settings = {
        "smtp": {"host": "smtp.example.com"},
        "ses": {"region": "eu-west-1", "access_key_id": "AKIAEXAMPLEEXAMPLE"},
    }.get(kind, {})
    with pytest.raises(RefusedError, match="gmail or graph"):
        await add(
            database,
            MailboxChanges(
                transport=TransportAsked(kind=kind, settings=settings), inbound=InboundAsked(kind=InboundWay.API)
            ),
        )
