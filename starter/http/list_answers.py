"""Lists as the API answers them: a page of lines, and the cursor of the next one."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydantic import BaseModel, Field

from adapters.postgres.paging import one, page
from sequences.errors import NotFoundError
from services.reading.listed import line_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from adapters.postgres.paging import Listing
    from adapters.postgres.row import Row
    from starter.http.dependencies import Ways
    from starter.http.list_parameters import Asked

_L = TypeVar("_L")
_R = TypeVar("_R", bound="Row")
_P = TypeVar("_P", bound="Page[Any]")


class Page(BaseModel, Generic[_L]):
    """One page of a list."""

    items: list[_L]
    next: str | None = Field(description="The `cursor` of the next page; null: this is the last.")


async def listed(
    ways: Ways,
    listing: Listing[_R],
    kind: type[_P],
    line: type | Callable[[_R], Any],
    asked: Asked,
) -> _P:
    """A page of ``listing``.

    Args:
        ways: what the app was given.
        listing: which list.
        kind: the page's model.
        line: a dataclass whose fields are columns, or what makes a line of a row.
        asked: filters, and which page.

    Raises:
        CursorError: the cursor is not of this list with these filters.
    """
    async with ways.database.transaction() as connection:
        found = await page(connection, listing, asked.filters(), cursor=asked.cursor, limit=asked.limit)
    made = [line_of(line, row) if dataclasses.is_dataclass(line) else line(row) for row in found.rows]
    return kind(items=made, next=found.next)


async def the_one(ways: Ways, listing: Listing[_R], what: str, key: str) -> _R:
    """The row of a list with this id.

    Raises:
        NotFoundError: there is none.
    """
    async with ways.database.transaction() as connection:
        row = await one(connection, listing, "id", key)
    if row is None:
        raise NotFoundError(f"no {what} has the id {key}")
    return row
