"""Runs behind a number: who, in what sequence, how the run is now, and when it became one of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from adapters.postgres.paging import page
from services.reading.listed import line_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.postgres.database import Connection
    from adapters.postgres.paging import Listing
    from sequences.access.viewer import Viewer


@dataclass(frozen=True)
class RunLine:
    """A run; ``reason`` is what is said of its state, ``at`` when it entered, was paused, moved or stopped."""

    enrollment_id: str
    at: datetime
    sequence: str
    sequence_name: str | None
    person_id: str
    person_name: str | None
    state: str
    reason: str | None


@dataclass(frozen=True)
class RunLines:
    """A page of them.

    Attributes:
        next: cursor of the following page.
        others: the viewer does not see all people, and the number counts everybody's.
    """

    lines: tuple[RunLine, ...]
    next: str | None
    others: bool


async def run_lines(
    connection: Connection, viewer: Viewer, listing: Listing[Any], asked: Mapping[str, object], cursor: str, limit: int
) -> RunLines:
    """A page of a list of runs, of those about people whom the viewer sees.

    Args:
        connection: to read with.
        viewer: who asks.
        listing: has the columns of ``RunLine`` and the filter ``owners``, and if that helps ``few_owners``.
        asked: its other filters.
        cursor: of the page; empty: the first.
        limit: lines of a page.

    Raises:
        CursorError: the cursor belongs to another list.
    """
    owners = viewer.sees.owners
    whose = "few_owners" if viewer.sees.is_few and "few_owners" in listing.filters else "owners"
    found = await page(connection, listing, {**asked, whose: owners}, cursor=cursor or None, limit=limit)
    return RunLines(tuple(line_of(RunLine, row) for row in found.rows), found.next, owners is not None)
