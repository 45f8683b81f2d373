"""People found by what somebody types: words of a name, an address, a number or an id."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from adapters.postgres import listings
from adapters.postgres.paging import page
from sequences.records.person_search import read_person_search
from sequences.records.record_view import full_name
from services.reading.listed import line_of

if TYPE_CHECKING:
    from adapters.postgres import queries
    from adapters.postgres.database import Connection


@dataclass(frozen=True)
class PeopleSearch:
    """What is looked for.

    Attributes:
        text: as typed; empty: everybody.
        sequence: who is or was in it; None: any.
        owners: only people of these, and people without an owner; None: of everybody.
        cursor: of the page before.
        limit: people on a page, at the most; at least 2.
    """

    text: str
    sequence: str | None = None
    owners: list[str] | None = None
    cursor: str | None = None
    limit: int = 50


@dataclass(frozen=True)
class PeopleFound:
    """What was found.

    Attributes:
        rows: by name; one whose id was typed comes first.
        next: cursor of the next page.
        unclear: something was typed, and nothing of it can be looked for.
    """

    rows: tuple[queries.ListedPeopleByNameRow, ...]
    next: str | None
    unclear: bool = False


@dataclass(frozen=True)
class FoundPersonLine:
    """A person who was found; nobody whom the CRM deleted or merged.

    Attributes:
        name: null: the CRM has none.
        open_runs: enrollments that have not ended.
        suppressed: on some channel.
    """

    id: str
    type: str | None
    name: str | None
    email: str | None
    phone: str | None
    status: str | None
    company: str | None
    job_title: str | None
    owner_id: str | None
    owner_name: str | None
    last_contacted: datetime | None
    last_replied: datetime | None
    open_runs: int
    suppressed: bool

    @classmethod
    def of(cls, row: queries.ListedPeopleByNameRow) -> FoundPersonLine:
        """The line of a row."""
        return line_of(cls, row, name=full_name(row.first_name, row.last_name))


async def search_people(connection: Connection, asked: PeopleSearch, region: str) -> PeopleFound:
    """Finds people.

    Args:
        connection: in a transaction.
        asked: what for.
        region: ISO 3166-1 alpha-2 country in which a number without one is read.

    Raises:
        CursorError: the cursor belongs to another list.
    """
    search = read_person_search(asked.text, region)
    filters: dict[str, object] = {"sequence": asked.sequence, "owners": asked.owners}
    first: list[queries.ListedPeopleByNameRow] = []
    if search.id is not None and not asked.cursor:
        first = (await page(connection, listings.PEOPLE_BY_NAME, {"id": search.id, **filters}, limit=1)).rows
    meant = {"words": search.words, "address": search.address, "number": search.number}
    if asked.text.strip() and not any(meant.values()):
        return PeopleFound(tuple(first), None, search.is_empty)
    limit = asked.limit - len(first)
    found = await page(connection, listings.PEOPLE_BY_NAME, {**meant, **filters}, cursor=asked.cursor, limit=limit)
    known = {row.id for row in first}
    return PeopleFound((*first, *(row for row in found.rows if row.id not in known)), found.next)
