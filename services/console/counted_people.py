"""The people behind a number of the statistics: exactly those whom it counts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from adapters.postgres import listings, queries
from adapters.postgres.paging import page
from sequences.paging import cursor_of
from sequences.statistics.number import UNTOLD, Number
from services.console.looking import looking
from services.reading.run_outcomes import write_all_marked

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from adapters.postgres.database import Connection, Database
    from sequences.access.viewer import Scope, Viewer

PAGE: Final = 50
NO_OWNER: Final = "-"
"""Instead of the id of an owner: people without one."""
_AT_ONCE: Final = 100
_MOST: Final = 50
"""Rows that a page may look at, in ``_AT_ONCE``: a page of people who are rare goes on where this one stopped."""
_RUNS: Final = 10_000
_UTC: Final = ZoneInfo("UTC")


@dataclass(frozen=True)
class NumberAsked:
    """Which number, and of whom it counts; all of it is in the address of the page.

    Attributes:
        number: the column and the row.
        owner: id of the owner at entry; ``NO_OWNER``; empty: any.
        since: people who entered then or later; None: all.
        week: the Monday (UTC) of the week in which they entered; None: any.
        cursor: of the page before.
    """

    sequence: str
    number: Number
    owner: str = ""
    since: datetime | None = None
    week: date | None = None
    cursor: str = ""

    def among(self, visible: Scope) -> dict[str, object]:
        """The runs among which is counted, by the names of the list's filters."""
        since, until = self.since, None
        if self.week is not None:
            monday = datetime.combine(self.week, time(), _UTC)
            since, until = max(since or monday, monday), monday + timedelta(days=7)
        return {
            "sequence": self.sequence,
            "version": self.number.version,
            "owner": self.owner if self.owner not in ("", NO_OWNER) else None,
            "unowned": True if self.owner == NO_OWNER else None,
            "since": since,
            "until": until,
            "owners": visible.owners,
        }

    def narrowed(self, *, moved: bool) -> dict[str, object]:
        """What a run must have to be counted, as far as Postgres can tell.

        Args:
            moved: some runs of the sequence have changed their version.
        """
        number = self.number
        told = number.facts
        keys = None
        if told and not told & UNTOLD:
            keys = ["|".join(filter(None, (self.sequence, each, number.step))) for each in sorted(told)]
        # Of a whole sequence the keys say it all; asked twice, Postgres would expect fewer than there are.
        pattern = None if keys and number.version is None else number.pattern()
        found: dict[str, object] = {"state": number.state, "facts": pattern, "outcomes": keys}
        return found if moved else found | {"version": None, "only_version": number.version}


@dataclass(frozen=True)
class CountedPerson:
    """Somebody whom the number counts, by the newest run that it counts them for.

    Attributes:
        state: of the run, by now; None: the run is gone.
        reason: why it ended.
    """

    person_id: str
    name: str | None
    owner_id: str | None
    owner_name: str | None
    entered_at: datetime
    version: int
    state: str | None
    reason: str | None


@dataclass(frozen=True)
class CountedPeople:
    """A page of them, those first who entered last.

    Somebody with several runs stands where the oldest of them is that may count: a run that changes its version while
    somebody reads page after page becomes one of those that may count, and never stops being one. Were it the newest,
    they would go up to a page that was read already, and be missed.

    Attributes:
        next: cursor of the following page.
        others: the number counts people too whom the viewer does not see.
    """

    lines: tuple[CountedPerson, ...]
    next: str | None
    others: bool


async def counted_people(database: Database, viewer: Viewer, asked: NumberAsked) -> CountedPeople:
    """A page of the people behind a number.

    Raises:
        CursorError: the cursor belongs to another number.
    """
    await write_all_marked(database)
    async with looking(database) as connection:
        return await _page(connection, asked, viewer.sees)


@dataclass(frozen=True)
class _Place:
    """Where somebody is listed, and the run by which they are shown."""

    run: queries.ListedRunOutcomesRow
    newest: queries.ListedRunOutcomesRow


async def _page(connection: Connection, asked: NumberAsked, sees: Scope) -> CountedPeople:
    among = asked.among(sees)
    narrowed = asked.narrowed(moved=await queries.has_moved_runs(connection, sequence=asked.sequence))
    wanted = {**among, **narrowed}
    # How Postgres narrows it down changes with the first run that changes its version; what is asked for does not.
    serves = {**among, "number": asked.number}
    lines: list[_Place] = []
    cursor: str | None = asked.cursor or None
    for _ in range(_MOST):
        found = await page(connection, listings.RUN_OUTCOMES, wanted, cursor=cursor, limit=_AT_ONCE, serves=serves)
        lines += await _counted(connection, asked, found.rows, among, narrowed)
        cursor = found.next
        if cursor is None or len(lines) > PAGE:
            break
    if len(lines) > PAGE:
        last = lines[PAGE - 1].run
        cursor = cursor_of(listings.RUN_OUTCOMES.name, serves, (last.entered_at, last.enrollment_id))
    shown = [line.newest for line in lines[:PAGE]]
    names = await queries.names_of_outcomes(
        connection,
        runs=[line.enrollment_id for line in shown],
        people=[line.person_id for line in shown],
        owners=[line.owner_id for line in shown],
    )
    return CountedPeople(tuple(map(_line, shown, names)), cursor, sees.owner_ids is not None)


async def _counted(
    connection: Connection,
    asked: NumberAsked,
    rows: Sequence[queries.ListedRunOutcomesRow],
    among: Mapping[str, object],
    narrowed: Mapping[str, object],
) -> list[_Place]:
    """Of these runs those that the number counts: of a person who was in the sequence more than once, one of them."""
    often = {row.person_id for row in rows if row.often}
    runs = await _runs_of(connection, often, among)
    # Those that Postgres would list, the newest first.
    listed = await _runs_of(connection, often, {**among, **narrowed})
    found = []
    for row in rows:
        if not row.often:
            if asked.number.counts([row]):
                found.append(_Place(row, row))
        elif listed[row.person_id][-1].enrollment_id == row.enrollment_id and asked.number.counts(runs[row.person_id]):
            found.append(_Place(row, listed[row.person_id][0]))
    return found


async def _runs_of(
    connection: Connection, people: Collection[str], wanted: Mapping[str, object]
) -> Mapping[str, list[queries.ListedRunOutcomesRow]]:
    runs: dict[str, list[queries.ListedRunOutcomesRow]] = defaultdict(list)
    if people:
        asked = {**wanted, "people": sorted(people)}
        for row in (await page(connection, listings.RUN_OUTCOMES, asked, limit=_RUNS)).rows:
            runs[row.person_id].append(row)
    return runs


def _line(row: queries.ListedRunOutcomesRow, named: queries.NamesOfOutcomesRow) -> CountedPerson:
    return CountedPerson(
        person_id=row.person_id,
        name=named.person_name,
        owner_id=row.owner_id,
        owner_name=named.owner_name,
        entered_at=row.entered_at,
        version=row.version,
        state=named.run_state,
        reason=named.run_reason,
    )
