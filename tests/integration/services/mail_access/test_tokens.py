"""Tokens of connected mailboxes: kept, refreshed once by all processes together, rotated, and told of when they end."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from adapters.mail.oauth import GrantRefusedError
from adapters.postgres.database import Database
from sequences.errors import MailboxDisconnectedError, UnavailableError
from sequences.mail_grant import END_WORDS, GrantEnd
from services.access.audit import CLI
from services.mail_access.grants import disconnect_mailbox
from tests.support.mail_grants import KEYS, USER, Clock, grant, tokens_for
from tests.support.oidc import Provider, account, running_provider
from tests.support.servers.postfix import until
from tests.support.waiting import PATIENCE

pytestmark = [
    pytest.mark.filterwarnings("ignore:get_jwt_config"),
    pytest.mark.filterwarnings("ignore::authlib.deprecate.AuthlibDeprecationWarning"),
]
DANA, BEN = account("s-dana", USER), account("s-ben", "ben@agency.example")
LATER = timedelta(hours=2)


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running_provider(DANA, BEN) as provider:
        provider.scope = None
        yield provider


async def told(database: Database) -> list[tuple[str, str]]:
    async with database.transaction() as connection:
        rows = await connection.fetch(
            "SELECT owner_id, title FROM notification WHERE kind = 'mailbox_problem' ORDER BY owner_id"
        )
    return [(row["owner_id"], row["title"]) for row in rows]


async def stored(database: Database) -> dict[str, Any]:
    async with database.transaction() as connection:
        (row,) = await connection.fetch("SELECT * FROM mailbox_grant")
        return dict(row)


async def test_a_token_is_kept_while_it_is_good_and_sealed_in_its_row(
    provider: Provider, database: Database, clock: Clock
) -> None:
    await grant(provider, database, clock)
    tokens = tokens_for(provider, database, clock)
    token = await tokens.token(USER)
    assert provider.tokens.get_access_token(token) is not None
    assert await tokens.token(USER.upper()) == token
    assert provider.refreshed == 0
    row = await stored(database)
    secrets = [token, *(each.token for each in provider.tokens.refresh_tokens())]
    assert not any(
        secret.encode() in bytes(row[name]) for secret in secrets for name in ("refresh_token", "access_token")
    )
    assert "token" not in repr(tokens).lower().replace("mailtokens", "")


@pytest.mark.parametrize("rotates", [False, True])
async def test_many_processes_refresh_once(provider: Provider, database: Database, clock: Clock, rotates: bool) -> None:
    provider.rotates = rotates
    await grant(provider, database, clock)
    for round_number in (1, 2):
        clock.ahead += LATER
        processes = [tokens_for(provider, database, clock) for _ in range(4)]
        asked = [process.token(USER) for process in processes for _ in range(5)]
        found = set(await asyncio.gather(*asked))
        assert len(found) == 1
        assert provider.refreshed == round_number
        # It works, and so does the next one: the rotated refresh token was stored.
        assert provider.tokens.get_access_token(found.pop()) is not None


async def test_a_refused_token_is_not_given_out_again(provider: Provider, database: Database, clock: Clock) -> None:
    await grant(provider, database, clock)
    tokens = tokens_for(provider, database, clock)
    first = await tokens.token(USER)
    tokens.refused(USER, first)
    second = await tokens.token(USER)
    assert second != first
    assert provider.refreshed == 1
    # Another process that was refused the first one, too, finds the second one in the row.
    other = tokens_for(provider, database, clock)
    other.refused(USER, first)
    assert await other.token(USER) == second
    assert provider.refreshed == 1


async def test_access_that_was_revoked_ends_the_grant_and_is_told_once(
    provider: Provider, database: Database, clock: Clock
) -> None:
    async with database.transaction() as connection:
        await connection.execute("INSERT INTO owner (id, email) VALUES ('dana', 'Dana@Agency.example')")
    await grant(provider, database, clock)
    provider.revoke()
    clock.ahead = LATER
    processes = [tokens_for(provider, database, clock) for _ in range(3)]
    asked = await asyncio.gather(*(each.token(USER) for each in processes), return_exceptions=True)
    assert {type(each) for each in asked} == {MailboxDisconnectedError}
    assert all("revoked" in str(each) and "connect it again" in str(each) for each in asked)
    assert not any(USER in str(each) for each in asked)
    titles = await told(database)
    assert [owner for owner, _ in titles] == ["dana", "ops"]
    # Everybody reads the same words, which say which mailbox it is: it is a colleague's address, and no candidate's.
    why = END_WORDS[GrantEnd.REVOKED]
    assert {title for _, title in titles} == {
        f"the mailbox {USER} is disconnected ({why}); its mail waits until it is connected again"
    }
    row = await stored(database)
    assert (row["ended_why"], row["refresh_token"], row["access_token"]) == ("revoked", None, None)
    assert provider.refreshed == 1
    # Connected anew, it works again; a second end is told again.
    clock.ahead = timedelta(0)
    await grant(provider, database, clock)
    fresh = tokens_for(provider, database, clock)
    assert provider.tokens.get_access_token(await fresh.token(USER)) is not None
    assert len(await told(database)) == 2
    provider.revoke()
    clock.ahead += LATER
    with pytest.raises(MailboxDisconnectedError):
        await fresh.token(USER)
    assert len(await told(database)) == 4


@pytest.mark.parametrize("refuses", [(503, "server_error"), (429, "slow_down"), (401, "invalid_client")])
async def test_a_provider_that_is_away_or_refuses_us_ends_nothing(
    provider: Provider, database: Database, clock: Clock, refuses: tuple[int, str]
) -> None:
    await grant(provider, database, clock)
    clock.ahead = LATER
    provider.refuses = refuses
    tokens = tokens_for(provider, database, clock)
    with pytest.raises(UnavailableError) as failed:
        await tokens.token(USER)
    assert not isinstance(failed.value, MailboxDisconnectedError)
    if refuses[1] == "invalid_client":
        assert "RELANCE_GOOGLE_CLIENT_ID" in str(failed.value)
    provider.refuses = None
    assert await tokens.token(USER)
    assert await told(database) == []


async def test_a_lease_of_a_process_that_died_ends_by_itself(
    provider: Provider, database: Database, clock: Clock
) -> None:
    await grant(provider, database, clock)
    clock.ahead = LATER
    async with database.transaction() as connection:
        await connection.execute(
            "UPDATE mailbox_grant SET refreshing_by = 'dead', refreshing_until = $1", clock() + timedelta(seconds=60)
        )
    tokens = tokens_for(provider, database, clock)
    waiting = asyncio.ensure_future(tokens.token(USER))
    done, _ = await asyncio.wait({waiting}, timeout=0.6)
    assert not done
    clock.ahead += timedelta(seconds=61)
    assert await asyncio.wait_for(waiting, PATIENCE)
    assert provider.refreshed == 1


async def test_whoever_waits_may_be_cancelled_and_the_refresh_is_stored(
    provider: Provider, database: Database, clock: Clock
) -> None:
    provider.rotates = True
    await grant(provider, database, clock)
    clock.ahead = LATER
    before = await stored(database)
    tokens = tokens_for(provider, database, clock)
    provider.gate = threading.Event()
    waiting = asyncio.ensure_future(tokens.token(USER))
    await until(lambda: provider.refreshed == 1, "the provider is asked")
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    provider.gate.set()
    later: dict[str, Any] = {}

    async def look() -> None:
        later.update(await stored(database))

    await until(lambda: later["refreshed_at"] != before["refreshed_at"], "the new tokens are stored", again=look)
    assert await tokens_for(provider, database, clock).token(USER)
    assert provider.refreshed == 1


async def test_keys_rotate_and_a_key_that_is_gone_disconnects(
    provider: Provider, database: Database, clock: Clock
) -> None:
    await grant(provider, database, clock, keys=KEYS[1:])
    assert await tokens_for(provider, database, clock).token(USER)
    clock.ahead = LATER
    # A refresh seals anew: the older key is not needed any more.
    assert await tokens_for(provider, database, clock).token(USER)
    assert await tokens_for(provider, database, clock, keys=KEYS[:1]).token(USER)
    with pytest.raises(MailboxDisconnectedError, match="RELANCE_TOKEN_KEYS"):
        await tokens_for(provider, database, clock, keys=(b"another-key-altogether",)).token(USER)
    assert (await stored(database))["ended_why"] == "key_gone"
    assert [owner for owner, _ in await told(database)] == ["ops"]


async def test_a_mailbox_that_nobody_connected(provider: Provider, database: Database, clock: Clock) -> None:
    with pytest.raises(MailboxDisconnectedError, match="not connected"):
        await tokens_for(provider, database, clock).token(USER)
    await grant(provider, database, clock)
    async with database.transaction() as connection:
        assert await disconnect_mailbox(connection, CLI, USER.upper(), clock())
        assert not await disconnect_mailbox(connection, CLI, USER, clock())
    with pytest.raises(MailboxDisconnectedError, match="disconnected it"):
        await tokens_for(provider, database, clock).token(USER)


@pytest.mark.parametrize(
    ("subject", "scope", "gives_refresh", "why"),
    [
        ("s-ben", None, True, "wrong_account"),
        ("s-dana", "openid email", True, "rights_missing"),
        ("s-dana", None, False, "no_refresh"),
    ],
)
async def test_what_is_not_connected(
    provider: Provider,
    database: Database,
    clock: Clock,
    subject: str,
    scope: str | None,
    gives_refresh: bool,
    why: str,
) -> None:
    provider.scope, provider.gives_refresh = scope, gives_refresh
    with pytest.raises(GrantRefusedError) as refused:
        await grant(provider, database, clock, subject=subject)
    assert refused.value.why == why
    async with database.transaction() as connection:
        assert await connection.fetchval("SELECT count(*) FROM mailbox_grant") == 0
