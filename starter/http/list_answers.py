"""Lists as the API answers them: a page of lines, and the cursor of the next one."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydantic import BaseModel, Field

from adapters.postgres.paging import page
from services.reading.listed import line_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from adapters.postgres.paging import Listing
    from adapters.postgres.row import Row
    from starter.http.dependencies import Ways

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
    asked: Mapping[str, object],
    cursor: str | None,
    limit: int,
) -> _P:
    """A page of ``listing``.

    Args:
        ways: what the app was given.
        listing: which list.
        kind: the page's model.
        line: a dataclass whose fields are columns, or what makes a line of a row.
        asked: filters by name; None is not asked.
        cursor: of the page before.
        limit: lines, at the most.

    Raises:
        CursorError: the cursor is not of this list with these filters.
    """
    async with ways.database.transaction() as connection:
        found = await page(connection, listing, asked, cursor=cursor, limit=limit)
    made = [line_of(line, row) if dataclasses.is_dataclass(line) else line(row) for row in found.rows]
    return kind(items=made, next=found.next)
