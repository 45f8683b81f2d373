"""Runs the queries of ``adapters/postgres/sql`` by name, for tests: rows are dictionaries, and nothing is typed.

The product uses ``adapters.postgres.queries``. Here a test may read or write what no typed call of the product does,
with the names and values of a table of its own.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from adapters.postgres.row import affected
from tools.queries import sql_files

_OWN = Path(__file__).parent / "sql"
"""What only tests ask."""


class Row(dict[str, Any]):
    """A row by key, and by attribute as the typed ones have it."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    def as_dict(self) -> dict[str, Any]:
        """As the typed ones have it."""
        return dict(self)


@cache
def _queries() -> dict[str, sql_files.Query]:
    return {query.name: query for query in (*sql_files.read(), *sql_files.read(_OWN))}


def _asked(name: str, values: dict[str, object]) -> tuple[Any, ...]:
    query = _queries()[name]
    return (query.text, *(values[parameter] for parameter in query.parameters))


async def rows(connection: Any, name: str, **values: object) -> list[Row]:
    """All rows of the named query."""
    return [Row(row) for row in await connection.fetch(*_asked(name, values))]


async def row(connection: Any, name: str, **values: object) -> Row | None:
    """The first row, or None."""
    found = await connection.fetchrow(*_asked(name, values))
    return Row(found) if found is not None else None


async def value(connection: Any, name: str, **values: object) -> Any:
    """The first column of the first row, or None."""
    return await connection.fetchval(*_asked(name, values))


async def run(connection: Any, name: str, **values: object) -> int:
    """How many rows it touched."""
    return affected(str(await connection.execute(*_asked(name, values))))
