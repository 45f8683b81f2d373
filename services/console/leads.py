"""Leads that sequences made, and lists that they put people on."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from adapters.postgres import listings, queries
from adapters.postgres.paging import page
from services.console.whose import EVERYONE, Whose, whose_people
from services.reading.csv_cells import harmless
from services.reading.listed import line_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from adapters.postgres.database import Connection
    from sequences.access.viewer import Viewer

PAGE: Final = 50
MOST_LISTS: Final = 1_000
MOST_ROWS: Final = 100_000
_AT_ONCE: Final = 5_000


@dataclass(frozen=True)
class LeadsWanted:
    """What is asked for; all of it is in the address of the page.

    Attributes:
        mine: only the viewer's own people.
        sequence: which made it; empty: any.
        list: name of the list; empty: leads are meant.
        cursor: of the page before.
    """

    mine: bool = False
    sequence: str = ""
    list: str = ""
    cursor: str = ""

    def filters(self, whose: Whose) -> dict[str, object]:
        """By the names of the lists; whose people is part of them."""
        return {"sequence": self.sequence or None, "list": self.list or None, "owners": whose.scope.owners}


@dataclass(frozen=True)
class LeadOrMember:
    """A lead, or somebody on a list.

    Attributes:
        at: when it was made, or the person added.
        source: of a lead, as the sequence says; None: of a list.
        run_state: of the run that made it; None: it was no run, or the run is gone.
    """

    person_id: str
    person_name: str | None
    owner_id: str | None
    owner_name: str | None
    at: datetime
    source: str | None
    sequence: str | None
    sequence_name: str | None
    run_state: str | None


@dataclass(frozen=True)
class FoundLeads:
    """A page, the newest first; ``next`` is the cursor of the following one."""

    lines: tuple[LeadOrMember, ...]
    next: str | None
    whose: Whose = EVERYONE


@dataclass(frozen=True)
class ListSummary:
    """A list: its name, how many of those whom the viewer sees are on it, and when somebody was added last."""

    name: str
    number: int
    last: datetime


async def leads(connection: Connection, viewer: Viewer, asked: LeadsWanted, limit: int = PAGE) -> FoundLeads:
    """A page of leads.

    Raises:
        CursorError: the cursor belongs to another list.
    """
    whose = await whose_people(connection, viewer, mine=asked.mine)
    wanted = {name: value for name, value in asked.filters(whose).items() if name != "list"}
    found = await page(connection, listings.LEADS_SEEN, wanted, cursor=asked.cursor or None, limit=limit)
    return FoundLeads(tuple(line_of(LeadOrMember, row) for row in found.rows), found.next, whose)


async def members(connection: Connection, viewer: Viewer, asked: LeadsWanted, limit: int = PAGE) -> FoundLeads:
    """A page of those on a list.

    Raises:
        CursorError: the cursor belongs to another list.
    """
    whose = await whose_people(connection, viewer, mine=asked.mine)
    wanted = asked.filters(whose)
    found = await page(connection, listings.MEMBERS_SEEN, wanted, cursor=asked.cursor or None, limit=limit)
    return FoundLeads(tuple(line_of(LeadOrMember, row, source=None) for row in found.rows), found.next, whose)


async def lists(connection: Connection, viewer: Viewer, *, mine: bool) -> tuple[tuple[ListSummary, ...], Whose]:
    """All lists by name, and whose people are counted."""
    whose = await whose_people(connection, viewer, mine=mine)
    rows = await queries.console_lists(connection, owners=whose.scope.owners, most=MOST_LISTS)
    return tuple(ListSummary(row.list, row.number, row.last) for row in rows), whose


async def leads_csv(connection: Connection, viewer: Viewer, asked: LeadsWanted) -> str:
    """The newest that fit, at most ``MOST_ROWS``; instants in UTC."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(("at", "person", "name", "owner", "source", "sequence", "run"))
    cursor, written = "", 0
    while written < MOST_ROWS:
        wanted = LeadsWanted(asked.mine, asked.sequence, asked.list, cursor)
        found = await (members if asked.list else leads)(connection, viewer, wanted, _AT_ONCE)
        writer.writerows(_cells(line) for line in found.lines)
        written += len(found.lines)
        if found.next is None:
            break
        cursor = found.next
    return file.getvalue()


def _cells(line: LeadOrMember) -> Iterable[str]:
    at = line.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    cells = (at, line.person_id, line.person_name, line.owner_name or line.owner_id, line.source, line.sequence)
    return [harmless(cell or "") for cell in (*cells, line.run_state)]
