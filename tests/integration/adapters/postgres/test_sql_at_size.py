"""Every query is measured by ``make bench-sql``, and none that runs per event reads a large table through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import asyncpg
import pytest_asyncio

from benchmarks.sql import arguments, asking, calls, often, seed
from tools.queries import sql_files

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.databases import Databases

_PEOPLE = 2_000
_LARGE = "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET random_page_cost = 1.1"
"""On so few rows Postgres would read a table through although an index serves."""
_FEW = 300
"""Rows that a call may read besides those that it gives; the smallest large table has thousands."""
_A_ROW = 30
"""Rows that a call may read for each one that it gives."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def seeded(databases: Databases) -> AsyncIterator[str]:
    async with databases.fresh() as url:
        connection = await calls.connect(url)
        await seed.fill(connection, seed.Sizes(_PEOPLE))
        await connection.close()
        yield url


@pytest_asyncio.fixture
async def connection(seeded: str) -> AsyncIterator[asyncpg.Connection[Any]]:
    connection = await calls.connect(seeded)
    yield connection
    await connection.close()


async def test_every_query_works_and_none_per_event_reads_a_table_through(connection: asyncpg.Connection[Any]) -> None:
    samples = await arguments.Samples.read(connection)
    await connection.execute(_LARGE)
    asked, too_much = set(), []
    for query in sql_files.read():
        for kind in arguments.kinds(query):
            told = await calls.once(connection, query.name, query.text, asking.calls_of(query, kind, samples))
            asked.add(query.name)
            if told.failed:
                too_much.append(f"{query.name} ({kind.label}) does not work: {told.failed}")
            elif often.often(query.name).is_per_event and told.read > _FEW + _A_ROW * told.rows:
                too_much.append(
                    f"{query.name} ({kind.label}) reads {told.read} rows and gives {told.rows}: {told.plan}"
                )
    assert asked == {query.name for query in sql_files.read()}
    assert too_much == []


async def test_no_kind_of_arguments_settles_a_plan_that_reads_a_table_through_for_another(
    connection: asyncpg.Connection[Any],
) -> None:
    """After five calls Postgres may keep one plan of a prepared statement, made for whoever asked first."""
    samples = await arguments.Samples.read(connection)
    await connection.execute(_LARGE)
    too_much, settled = [], 0
    for query in sql_files.read():
        kinds = [asking.calls_of(query, kind, samples) for kind in arguments.kinds(query)]
        if len(kinds) < 2 or not often.often(query.name).is_per_event:
            continue
        for first in kinds:
            # Another connection would have other prepared statements; this one forgets them.
            await connection.reload_schema_state()
            for call in range(calls.CALLS):
                async with calls.undone(connection):
                    await connection.fetch(query.text, *first.arguments(call))
            for other in kinds:
                if other is not first:
                    told = await calls.prepared(connection, query.name, query.text, other)
                    settled += told.generic
                    if told.read > _FEW + _A_ROW * told.rows:
                        order = f"{other.label} after {first.label}"
                        too_much.append(f"{query.name} ({order}) reads {told.read} rows and gives {told.rows}")
    assert settled > 0, "Postgres settled on no plan: this test shows nothing"
    assert too_much == []


async def test_every_list_works_with_each_of_its_filters(connection: asyncpg.Connection[Any]) -> None:
    told = [
        await calls.once(connection, listing.name, *await asking.calls_of_page(listing, asked))
        for listing in asking.lists()
        for asked in asking.filters_of(listing)
        if len(asked) < 2
    ]
    assert {one.name for one in told} == {listing.name for listing in asking.lists()}
    assert [(one.name, one.label, one.failed) for one in told if one.failed] == []


def test_what_is_said_of_how_often_names_queries_that_exist() -> None:
    queries = sql_files.read()
    assert set(often.table()["queries"]) <= {query.name for query in queries}
    assert set(often.table()["files"]) == {query.file for query in queries}
    assert all(often.often(query.name) for query in queries)
    assert set(arguments.named()) <= {query.name for query in queries}
