"""Lists, a page at a time: the SQL of a list is put together from what is asked, so that its indexes serve.

One statement with every filter in it (``:x IS NULL OR ...``) would be planned once, for nobody in particular.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from adapters.postgres.row import Row
from sequences.paging import CursorKind, Place, cursor_of, read_cursor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.postgres.database import Connection

_R = TypeVar("_R", bound=Row)
_R_co = TypeVar("_R_co", bound=Row, covariant=True)


@dataclass(frozen=True)
class Listing(Generic[_R_co]):
    """One list. Everything here is our own text; what somebody asks for travels as parameters.

    Attributes:
        name: marks its cursors.
        columns: after ``SELECT``.
        tables: after ``FROM``; with ``{name}`` where a value goes that the list cannot do without.
        given: the names of these values.
        keys: the expressions that it is ordered by, unique together and never null, with what they hold.
        newest_first: all keys descending.
        where: what is always asked.
        filters: by name, each a condition with ``{}`` where its value goes.
        never_null: columns that are never null although Postgres cannot know.
    """

    name: str
    columns: str
    tables: str
    keys: Mapping[str, CursorKind]
    newest_first: bool = True
    where: str = "true"
    filters: Mapping[str, str] = field(default_factory=dict)
    never_null: tuple[str, ...] = ()
    given: tuple[str, ...] = ()


@dataclass(frozen=True)
class ListRows(Generic[_R]):
    """A page of rows, and the cursor of the next one; None: this was the last."""

    rows: list[_R]
    next: str | None


async def page(
    connection: Connection,
    listing: Listing[_R],
    asked: Mapping[str, object],
    *,
    cursor: str | None = None,
    limit: int,
    serves: Mapping[str, object] | None = None,
) -> ListRows[_R]:
    """One page of a list.

    Args:
        connection: in a transaction.
        listing: which.
        asked: filters by name, those that are None are not asked; and what the list is ``given``, None too.
        cursor: of the page before; None: the first page.
        limit: rows, at the most.
        serves: what its cursors serve for; None: these filters. The same list may be asked for in two ways.

    Raises:
        CursorError: the cursor is not of this list with these filters.
    """
    wanted = {name: value for name, value in asked.items() if value is not None}
    marked = wanted if serves is None else serves
    values: list[object] = []
    conditions = [listing.where]

    def parameter(value: object) -> str:
        values.append(value)
        return f"${len(values)}"

    tables = listing.tables.format(**{name: parameter(asked[name]) for name in listing.given})
    for name, value in wanted.items():
        if name not in listing.given:
            conditions.append(listing.filters[name].format(parameter(value)))
    keys, kinds = list(listing.keys), list(listing.keys.values())
    if cursor is not None:
        place = read_cursor(cursor, listing.name, marked, kinds)
        after = ", ".join(f"{parameter(value)}::{kind}" for value, kind in zip(place, kinds, strict=True))
        conditions.append(f"({', '.join(keys)}) {'<' if listing.newest_first else '>'} ({after})")
    way = " DESC" if listing.newest_first else ""
    marks = ", ".join(f"{key} AS key_{number}" for number, key in enumerate(keys))
    text = (
        f"SELECT {listing.columns}, {marks} FROM {tables} WHERE {' AND '.join(conditions)} "  # noqa: S608
        f"ORDER BY {', '.join(key + way for key in keys)} LIMIT {parameter(limit + 1)}"
    )
    found = await connection.fetch(text, *values)
    rows = [_row(listing, each) for each in found[:limit]]
    if len(found) <= limit:
        return ListRows(rows, None)
    last: tuple[Place, ...] = tuple(found[limit - 1][f"key_{number}"] for number in range(len(keys)))
    return ListRows(rows, cursor_of(listing.name, marked, last))


async def one(connection: Connection, listing: Listing[_R], key: str, value: object) -> _R | None:
    """The row of a list whose ``key`` (a filter) is ``value``, whether or not the list as such would show it."""
    text = f"SELECT {listing.columns} FROM {listing.tables} WHERE {listing.filters[key].format('$1')}"  # noqa: S608
    row = await connection.fetchrow(text, value)
    return _row(listing, row) if row is not None else None


def _row(listing: Listing[_R], found: Any) -> _R:
    # The command line has lists that it does not read.
    from adapters.postgres.queries import lists  # noqa: PLC0415

    kind: Any = lists.ROWS[listing.name]
    return cast("_R", kind(*kind.columns(found)))
