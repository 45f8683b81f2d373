"""The hold on everything and its end, page by page against a real Postgres."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import asyncpg
import pytest
import pytest_asyncio

from adapters.postgres import queries
from adapters.postgres.database import Database
from sequences.errors import RefusedError
from sequences.runs.bulk import BulkCall, BulkOrder, HoldScope, Stage
from sequences.runs.hold import EVERYTHING_KEY
from services.operations.bulk import BulkControl, BulkRequest
from services.operations.bulk_pages import BulkPages
from services.reading.holds import holds_on, holds_over
from tests.support.rigs.bulk import NOW, PausingRuns, put_runs

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

LATER = NOW + timedelta(days=1)
SEQUENCE, EVERYTHING = ("sequence", "hello"), ("everything", EVERYTHING_KEY)


class Rig:
    """The pages, and what is left of them in Postgres."""

    def __init__(self, database: Database, connection: Any) -> None:
        self.database, self.connection = database, connection
        self.pages = BulkPages(database, cast("Any", PausingRuns(database)))
        self.orders = 0

    def call(self, hold: tuple[str, str], stage: Stage, kind: str, **more: Any) -> BulkCall:
        self.orders += 1
        now = more.pop("now", NOW)
        ident = f"bulk-control:{hold[0]}:{hold[1]}:{self.orders}"
        return BulkCall(*hold, BulkOrder(ident, kind, rate=1000, **more), stage, "", now, 0)

    async def pause(self, hold: tuple[str, str], **more: Any) -> int:
        begun = await self.pages.begin(self.call(hold, Stage.BEGINNING, "pause", **more))
        await self.pages.command_page(self.call(hold, Stage.PAUSING, "pause", **more))
        return begun.left

    async def release(self, hold: tuple[str, str], **more: Any) -> int:
        await self.pages.command_page(self.call(hold, Stage.PAUSING, "resume", **more))
        left = await self.pages.release(self.call(hold, Stage.RELEASING, "resume", **more))
        await self.pages.command_page(self.call(hold, Stage.RESUMING, "resume", **more))
        return left

    async def paused(self) -> list[str]:
        rows = await self.connection.fetch("SELECT enrollment_id FROM enrollment_pause WHERE ended_at IS NULL")
        return sorted(row[0] for row in rows)

    async def until(self, hold: tuple[str, str] = EVERYTHING) -> Any:
        async with self.database.transaction() as connection:
            row = await queries.standing_hold(connection, scope=hold[0], key=hold[1])
            return row and row.until


@pytest_asyncio.fixture
async def rig(database_url: str) -> AsyncIterator[Rig]:
    database = await Database.connect(database_url, max_size=5)
    connection = await asyncpg.connect(database_url)
    await put_runs(connection, 3, "hello", "dana")
    await put_runs(connection, 2, "other", "kim")
    await connection.execute("UPDATE enrollment SET owner_id = NULL WHERE sequence = 'other'")
    yield Rig(database, connection)
    await connection.close()
    await database.close()


async def test_it_covers_all_runs_whatever_their_sequence_and_owner(rig: Rig) -> None:
    assert await rig.pause(EVERYTHING) == 5
    assert len(await rig.paused()) == 5
    assert await rig.release(EVERYTHING) == 5
    assert await rig.paused() == []
    assert await rig.connection.fetch("SELECT 1 FROM hold_run") == []


async def test_what_another_hold_covers_stays_paused_in_either_order(rig: Rig) -> None:
    await rig.pause(SEQUENCE)
    assert await rig.pause(EVERYTHING) == 2
    # The narrower one ends first: its runs are kept by the wider one.
    assert await rig.release(SEQUENCE) == 0
    assert len(await rig.paused()) == 5
    await rig.pause(SEQUENCE)
    assert await rig.release(EVERYTHING) == 2
    assert len(await rig.paused()) == 3
    assert await rig.release(SEQUENCE) == 3
    assert await rig.paused() == []


async def test_of_two_ends_the_later_one_counts_and_no_end_is_later_than_any(rig: Rig) -> None:
    await rig.pause(EVERYTHING, until=LATER)
    await rig.pause(EVERYTHING, until=NOW + timedelta(hours=1))
    assert await rig.until() == LATER
    await rig.pause(EVERYTHING, until=LATER + timedelta(days=1))
    assert await rig.until() == LATER + timedelta(days=1)
    await rig.pause(EVERYTHING)
    await rig.pause(EVERYTHING, until=LATER)
    assert await rig.until() is None
    assert len(await rig.connection.fetch("SELECT 1 FROM hold")) == 1


async def test_its_end_ends_it_unless_it_was_moved(rig: Rig) -> None:
    await rig.pause(EVERYTHING, until=LATER)
    begun = await rig.pages.begin(rig.call(EVERYTHING, Stage.BEGINNING, "pause", until=LATER))
    assert (begun.standing, begun.until) == (True, LATER)
    moved = LATER + timedelta(days=1)
    await rig.pause(EVERYTHING, until=moved)
    late = {"now": LATER, "until": LATER}
    begun = await rig.pages.begin(rig.call(EVERYTHING, Stage.BEGINNING, "resume", **late))
    assert (begun.standing, begun.left, begun.until) == (False, 0, moved)
    assert await rig.release(EVERYTHING, **late) == 0
    assert len(await rig.paused()) == 5
    assert await rig.until() == moved
    assert await rig.release(EVERYTHING, now=moved, until=moved) == 5
    row = (await rig.connection.fetch("SELECT ended_at, ended_by FROM hold"))[0]
    assert tuple(row) == (moved, "its end")
    assert await rig.paused() == []


async def test_who_asks_and_who_ends_it_is_stored(rig: Rig) -> None:
    await rig.pause(EVERYTHING, by="Dana", reason="wrong template")
    async with rig.database.transaction() as connection:
        (found,) = await holds_on(connection)
        assert (found.scope, found.asked_by, found.reason, found.since) == (
            "everything",
            "Dana",
            "wrong template",
            NOW,
        )
        assert await holds_over(connection, "other", None) == (found,)
    # A person who resumes does not wait for the end.
    await rig.pause(EVERYTHING, until=LATER)
    await rig.release(EVERYTHING, by="Kim")
    assert (await rig.connection.fetchval("SELECT ended_by FROM hold")) == "Kim"
    async with rig.database.transaction() as connection:
        assert await holds_on(connection) == ()


async def test_a_rehearsal_shows_what_would_go_after_it(rig: Rig) -> None:
    await rig.pause(EVERYTHING)
    await rig.pause(SEQUENCE)
    async with rig.database.transaction() as connection:
        copy = await queries.copy_of_people(connection, people=[])
    assert [hold["scope"] for hold in copy["hold"]] == ["sequence"]


async def test_an_end_that_has_passed_is_refused(rig: Rig) -> None:
    control = BulkControl(rig.database, cast("Any", None), lambda: NOW)
    with pytest.raises(RefusedError, match="until: this has passed"):
        await control.pause(HoldScope.EVERYTHING, EVERYTHING_KEY, BulkRequest("k", 5, until=NOW))
    assert await rig.connection.fetch("SELECT 1 FROM hold") == []


async def test_a_worker_of_an_older_version_ends_it_as_before(rig: Rig) -> None:
    """Its calls have neither an asker nor an end."""
    await rig.pause(SEQUENCE)
    assert await rig.release(SEQUENCE) == 3
    row = (await rig.connection.fetch("SELECT asked_by, until, ended_by FROM hold"))[0]
    assert tuple(row) == (None, None, None)
