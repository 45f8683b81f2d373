"""The driver knows the arrays of Postgres' own types, and asks no server about them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from adapters.postgres.array_types import BUILT_IN
from adapters.postgres.database import Database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_VALUES: dict[str, list[Any]] = {
    "bool": [True, None],
    "int4": [1, -2],
    "text": ["a", 'b "c", d'],
    "int8": [2**40],
    "float8": [0.5],
    "date": [date(2026, 11, 29)],
    "timestamptz": [datetime(2026, 11, 29, 8, tzinfo=UTC)],
    "numeric": [Decimal("1.50")],
    "jsonb": [{"a": [1]}, None],
}


@pytest.fixture
async def silent(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Database]:
    """Connections that must not ask the server about a type."""

    async def asks(connection: object, typeoids: object, _seconds: float) -> None:
        raise AssertionError(f"asks about {typeoids}")

    monkeypatch.setattr(asyncpg.Connection, "_introspect_types", asks)
    database = await Database.connect(database_url, max_size=1)
    yield database
    await database.close()


@pytest.mark.parametrize("kind", _VALUES)
async def test_arrays_travel_without_a_question(silent: Database, kind: str) -> None:
    async with silent.statement() as connection:
        for values in (_VALUES[kind], []):
            assert await connection.fetchval(f"SELECT $1::{kind}[]", values) == values


async def test_the_numbers_are_those_of_the_server(silent: Database) -> None:
    async with silent.statement() as connection:
        rows = await connection.fetch(
            "SELECT a.typname, a.oid::bigint, e.oid::bigint FROM pg_type a JOIN pg_type e ON e.oid = a.typelem"
            " WHERE a.typnamespace = 'pg_catalog'::regnamespace AND a.typname = ANY($1::text[])",
            [f"_{name}" for name in BUILT_IN],
        )
    assert {row[0].removeprefix("_"): (row[1], row[2]) for row in rows} == BUILT_IN


async def test_no_table_of_ours_has_an_array_of_another_type(silent: Database) -> None:
    async with silent.statement() as connection:
        for table in await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
            await connection.fetch(f'SELECT * FROM "{table[0]}" LIMIT 0')
