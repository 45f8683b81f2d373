"""From the notification of Microsoft to the mail in Postgres, with no look in between that was due by time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio

from adapters.mail.incoming.imap import ImapReading
from adapters.mail.oauth import AccessToken, Granted
from adapters.postgres import queries
from sequences.mail_grant import MailAccess, MailProviderName
from services.access.audit import CLI
from services.intake.mail import MailIntake
from services.mail_access.grants import NewGrant, connect_mailbox, disconnect_mailbox
from services.mailboxes.hear_push import HearPush, Notification
from services.mailboxes.keep import KeepMailboxes, MailboxChanges
from starter.composition import organisation_of
from starter.mailbox_access import ending_push
from starter.server.imap_reading import own_inboxes
from tests.support.mail_grants import oauth_settings
from tests.support.rigs.api import ApiRig, settings_for
from tests.support.servers.mail_apis import FakeGraph
from tests.support.servers.mail_http import MailHttp
from tests.support.transport_stands import CountedTokens
from tests.support.waiting import until

PUBLIC = "https://hooks.agency.example"


@pytest_asyncio.fixture
async def graph() -> AsyncIterator[FakeGraph]:
    mailbox = FakeGraph()
    server = MailHttp(mailbox.good)
    await server.start()
    mailbox.base = server.url
    yield mailbox
    await server.stop()


async def add_mailbox(api: ApiRig, graph: FakeGraph) -> str:
    wanted = {
        "transport": {"kind": "graph", "settings": {"base_url": graph.base}},
        "inbound": {"kind": "api"},
        "reply_to": "own",
    }
    async with api.database.transaction() as connection:
        return await KeepMailboxes(api.settings.keys()).add(
            connection, CLI, "dana@agency.example", MailboxChanges.model_validate(wanted), api.clock()
        )


@asynccontextmanager
async def reading(api: ApiRig, database_url: str, public: str, stored: list[bytes]) -> AsyncIterator[None]:
    """Reads every ten minutes."""
    settings = settings_for(database_url, public_url=public, **oauth_settings("https://login.example", "microsoft"))
    intake = MailIntake(api.database, organisation_of(settings), api.clock, api.wake)

    async def receive(raw: bytes, _address: str) -> None:
        stored.append(raw)

    made = own_inboxes(settings, api.database, intake, api.clock)
    slow = ImapReading(poll=600.0, max_age=timedelta(days=7), mark_seen=False)
    async with replace(made, tokens=CountedTokens(), reading=slow, receive=receive).running():
        yield


async def test_a_notification_brings_the_mail_in(api: ApiRig, database_url: str, graph: FakeGraph) -> None:
    ident = await add_mailbox(api, graph)
    stored: list[bytes] = []
    async with reading(api, database_url, PUBLIC, stored):
        await until(lambda: bool(graph.subscriptions), what="Microsoft is asked to tell")
        (asked,) = graph.subscriptions
        assert asked["notificationUrl"] == f"{PUBLIC}/mail-push/microsoft/{ident}"
        hear = HearPush(api.database, api.clock)
        for number in (1, 2):
            graph.add(f"mail {number}".encode(), api.now)
            # Another process than the one that reads may be told: it rings in Postgres.
            await hear.by_secret(ident, [Notification(asked["clientState"], is_lifecycle=False)])
            await until(lambda n=number: len(stored) == n, what="the mail is stored")  # type: ignore[misc]
        await hear.by_secret(ident, [Notification(asked["clientState"], is_lifecycle=True)])
        await until(lambda: graph.renewed == 1, what="the subscription is looked at")
        async with api.database.transaction() as connection:
            state = await queries.mailbox_push_state(connection, mailbox=ident)
        assert state is not None
        assert state.heard_at == api.now
    assert len(graph.subscriptions) == 1


@pytest.mark.parametrize("how", ["archived", "read by another way"])
async def test_with_the_reading_of_a_mailbox_its_subscription_ends(
    api: ApiRig, database_url: str, graph: FakeGraph, how: str
) -> None:
    ident = await add_mailbox(api, graph)
    kept = KeepMailboxes(api.settings.keys())
    async with reading(api, database_url, PUBLIC, []):
        await until(lambda: bool(graph.subscriptions), what="Microsoft is asked to tell")
        async with api.database.transaction() as connection:
            if how == "archived":
                await kept.archive(connection, CLI, ident, api.clock())
            else:
                wanted = {"inbound": {"kind": "organisation"}, "reply_to": "signed"}
                await kept.set(connection, CLI, ident, MailboxChanges.model_validate(wanted), api.clock())
        await until(lambda: bool(graph.ended), what="Microsoft is asked to tell no more")
    assert [ident for ident, _ in graph.ended] == ["s1"]
    assert len(graph.subscriptions) == 1


async def test_whoever_disconnects_a_mailbox_ends_its_subscription_with_the_token_that_was_good(
    api: ApiRig, database_url: str, graph: FakeGraph
) -> None:
    ident = await add_mailbox(api, graph)
    address = "dana@agency.example"
    settings = settings_for(database_url, public_url=PUBLIC, **oauth_settings("https://login.example", "microsoft"))
    granted = Granted(AccessToken("the-token", api.now + timedelta(hours=1)), "rt", "s-dana")
    async with api.database.transaction() as connection:
        new = NewGrant(address, MailProviderName.MICROSOFT, MailAccess.API, granted)
        await connect_mailbox(connection, CLI, new, settings.keys(), api.now)
    async with reading(api, database_url, PUBLIC, []):
        await until(lambda: bool(graph.subscriptions), what="Microsoft is asked to tell")
    async with ending_push(settings, api.database, address, api.clock):
        async with api.database.transaction() as connection:
            assert await disconnect_mailbox(connection, CLI, address, api.now)
        assert graph.ended == []
    assert graph.ended == [("s1", "Bearer the-token")]
    async with api.database.transaction() as connection:
        state = await queries.mailbox_push_state(connection, mailbox=ident)
    assert state is not None
    assert state.ends_at is None
    # Disconnected once more: there is nothing to end, and no token.
    async with ending_push(settings, api.database, address, api.clock):
        pass
    assert len(graph.ended) == 1


@pytest.mark.parametrize("public", ["http://hooks.agency.example", "http://127.0.0.1:8080"])
async def test_without_tls_nobody_is_asked_to_tell(
    api: ApiRig, database_url: str, graph: FakeGraph, public: str
) -> None:
    await add_mailbox(api, graph)
    graph.add(b"mail", api.now)
    stored: list[bytes] = []
    async with reading(api, database_url, public, stored):
        await until(lambda: bool(stored), what="it is read all the same")
    assert graph.subscriptions == []
    assert await api.fetch("SELECT 1 FROM mailbox_push") == []
