"""Loads the named queries of ``sql/`` once, and runs them by name."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import aiosql

Row = dict[str, Any]


@cache
def _queries() -> Any:
    return aiosql.from_path(Path(str(files("adapters.postgres"))) / "sql", "asyncpg")


async def rows(connection: Any, name: str, **values: object) -> list[Row]:
    """All rows of the named query (in ``sql/`` its name has no suffix)."""
    return [dict(row) async for row in getattr(_queries(), name)(connection, **values)]


async def row(connection: Any, name: str, **values: object) -> Row | None:
    """The first row of a ``^`` query, or None."""
    found = await getattr(_queries(), name)(connection, **values)
    return dict(found) if found is not None else None


async def value(connection: Any, name: str, **values: object) -> Any:
    """The first column of the first row of a ``$`` query, or None."""
    return await getattr(_queries(), name)(connection, **values)


async def run(connection: Any, name: str, **values: object) -> int:
    """Runs a ``!`` query and returns how many rows it touched."""
    status = str(await getattr(_queries(), name)(connection, **values))
    count = status.rpartition(" ")[2]
    return int(count) if count.isdigit() else 0
