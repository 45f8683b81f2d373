"""A seeded Postgres of its own: that of ``make bench-sql``, also for other benchmarks."""

from __future__ import annotations

import sys
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg

from adapters.postgres import migrations
from benchmarks.sql import seed
from starter.local.postgres import LocalPostgres

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@asynccontextmanager
async def seeded(people: int, folder: Path | None) -> AsyncIterator[LocalPostgres]:
    """A server with people and all that belongs to them, in this version's tables; it stops at the end.

    Args:
        people: how many, unless the folder has a database with some.
        folder: where the database is, or is to stay; None: a temporary one.
    """
    with tempfile.TemporaryDirectory(prefix="relance-sql-") as temporary:
        async with LocalPostgres(folder or Path(temporary), fsync=False) as server:
            await migrations.apply(server.url)
            connection = await asyncpg.connect(server.url)
            try:
                if not await connection.fetchval("SELECT EXISTS (SELECT 1 FROM person)"):
                    await seed.fill(connection, seed.Sizes(people), say)
            finally:
                await connection.close()
            yield server


def say(line: str) -> None:
    """A line for people who wait; programs read the other stream."""
    sys.stderr.write(f"{line}\n")
