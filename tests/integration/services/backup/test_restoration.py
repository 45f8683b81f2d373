"""A restore is noted with its hold, which nobody ends before rows and Temporal were compared."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest_asyncio

from adapters.postgres import queries
from adapters.postgres.database import Database
from services.backup.restoration import begin_restoration, unsettled

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NOW = datetime(2027, 5, 4, 15, tzinfo=UTC)
BACKUP = NOW - timedelta(hours=13)


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    found = await Database.connect(database_url, max_size=1)
    yield found
    await found.close()


async def begin(database: Database, backup_at: datetime = BACKUP, lost_at: datetime | None = None) -> None:
    async with database.transaction() as connection:
        await begin_restoration(connection, backup_at=backup_at, lost_at=lost_at, now=NOW)


async def end_hold(database: Database, due: datetime | None = None) -> bool:
    """Whether everything may be sent again after somebody ended the hold."""
    async with database.transaction() as connection:
        await queries.end_hold(connection, scope="everything", key="all", at=NOW, by="Kim", due=due)
        return not await queries.everything_is_on_hold(connection)


async def test_the_hold_ends_only_after_the_comparison(database: Database) -> None:
    await begin(database)
    assert not await end_hold(database)
    async with database.transaction() as connection:
        found = await unsettled(connection)
        assert found is not None
        assert (found.backup_at, found.lost_at) == (BACKUP, NOW)
        await queries.settle_restoration(connection, id=found.id, at=NOW)
        assert await unsettled(connection) is None
    assert await end_hold(database)


async def test_two_that_are_not_settled_leave_both_stretches_of_time_in_doubt(database: Database) -> None:
    await begin(database, lost_at=NOW - timedelta(hours=1))
    await begin(database, BACKUP - timedelta(days=1), NOW - timedelta(hours=2))
    async with database.transaction() as connection:
        found = await unsettled(connection)
    assert found is not None
    assert (found.backup_at, found.lost_at) == (BACKUP - timedelta(days=1), NOW - timedelta(hours=1))


async def test_one_that_was_settled_does_not_begin_again(database: Database) -> None:
    """Else what became due since then, and was not sent, would be in doubt."""
    await begin(database)
    async with database.transaction() as connection:
        found = await unsettled(connection)
        assert found is not None
        await queries.settle_restoration(connection, id=found.id, at=NOW)
    assert await end_hold(database)
    await begin(database)
    async with database.transaction() as connection:
        assert await unsettled(connection) is None
        assert not await queries.everything_is_on_hold(connection)
