"""People found by name, address, number or id, and all of them by name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from sequences.records.record_view import full_name
from services.console.whose import EVERYONE, Whose, whose_people
from services.reading.search_people import PeopleSearch, search_people

if TYPE_CHECKING:
    from adapters.postgres import queries
    from adapters.postgres.database import Connection
    from sequences.access.viewer import Viewer

PAGE: Final = 50


@dataclass(frozen=True)
class PeopleWanted:
    """What is asked for; all of it is in the address of the page.

    Attributes:
        text: as typed into the search box.
        mine: only the viewer's own people, and those without an owner.
        sequence: who is or was in it; empty: any.
        cursor: of the page before.
    """

    text: str = ""
    mine: bool = False
    sequence: str = ""
    cursor: str = ""


@dataclass(frozen=True)
class FoundPerson:
    """A line. That somebody is there, whose they are and when they were contacted, every viewer may know.

    Attributes:
        visible: the viewer sees the rest; else the address, the number, the work and the status are None.
        suppressed: on some channel.
    """

    id: str
    name: str | None
    visible: bool
    email: str | None
    phone: str | None
    work: str | None
    status: str | None
    owner_id: str | None
    owner_name: str | None
    last_contacted: datetime | None
    last_replied: datetime | None
    open_runs: int
    suppressed: bool


@dataclass(frozen=True)
class People:
    """What was found.

    Attributes:
        lines: by name; one whose id was typed comes first.
        next: cursor of the next page.
        unclear: something was typed, and nothing of it can be looked for.
    """

    lines: tuple[FoundPerson, ...]
    next: str | None
    unclear: bool = False
    whose: Whose = EVERYONE


async def people(connection: Connection, viewer: Viewer, asked: PeopleWanted, region: str) -> People:
    """Finds people.

    Args:
        connection: of ``looking``.
        viewer: who asks.
        asked: what for.
        region: ISO 3166-1 alpha-2 country in which a number without one is read.

    Raises:
        CursorError: the cursor belongs to another list.
    """
    whose = await whose_people(connection, viewer, mine=asked.mine)
    found = await search_people(
        connection,
        PeopleSearch(
            asked.text,
            asked.sequence or None,
            # That somebody else's person is there, every viewer may know; what else is shown of them is up to _line.
            whose.scope.owners if whose.mine else None,
            asked.cursor or None,
            PAGE,
        ),
        region,
    )
    return People(tuple(_line(row, viewer) for row in found.rows), found.next, found.unclear, whose)


def _line(row: queries.ListedPeopleByNameRow, viewer: Viewer) -> FoundPerson:
    visible = viewer.sees.holds(row.owner_id)
    work = " at ".join(part for part in (row.job_title, row.company) if part) or None
    return FoundPerson(
        id=row.id,
        name=full_name(row.first_name, row.last_name),
        visible=visible,
        email=row.email if visible else None,
        phone=row.phone if visible else None,
        work=work if visible else None,
        status=row.status if visible else None,
        owner_id=row.owner_id,
        owner_name=row.owner_name,
        last_contacted=row.last_contacted,
        last_replied=row.last_replied if visible else None,
        open_runs=row.open_runs,
        suppressed=row.suppressed,
    )
