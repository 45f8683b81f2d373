"""Days on which nothing goes: they are closed and opened here, and open runs are asked for new plans."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from adapters.postgres import queries
from sequences.definition.reactions import ReactionKind
from sequences.errors import NotFoundError
from sequences.planning.closed_days import Days, in_rows
from sequences.runs.bulk import HoldScope
from services.reactions.write_reaction import NewReaction, reaction_key, write_field_changes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from adapters.postgres.database import Connection, Database

_AT_ONCE: Final = 2000


@dataclass(frozen=True)
class ClosedSpan:
    """Closed days in a row.

    Attributes:
        days: how many.
        owner: id; None: of the whole organisation.
    """

    first: date
    last: date
    days: int
    owner: str | None


@dataclass(frozen=True)
class ClosedList:
    """What is closed.

    Attributes:
        closed: the organisation's first, each in the order of the calendar.
        planning: how many runs still wait for the new plan that a change asked for.
    """

    closed: tuple[ClosedSpan, ...]
    planning: int


@dataclass(frozen=True)
class DaysChange:
    """Days that close, or open again.

    Attributes:
        owner: id; None: everybody's.
        remove: they open again.
    """

    days: Days
    owner: str | None
    remove: bool = False


async def closed_list(connection: Connection, owner: str | None, first: date | None) -> ClosedList:
    """What is closed.

    Args:
        connection: of the pool.
        owner: only what counts for this one: their own and the organisation's.
        first: nothing before that day.
    """
    by_owner: dict[str | None, list[date]] = {}
    for row in await queries.list_closed_days(connection, owner=owner, from_day=first):
        by_owner.setdefault(row.owner_id, []).append(row.day)
    spans = [
        ClosedSpan(row.first, row.last, (row.last - row.first).days + 1, whose)
        for whose, days in by_owner.items()
        for row in in_rows(days)
    ]
    return ClosedList(tuple(spans), await queries.plans_asked_for(connection))


async def change_closed_days(database: Database, change: DaysChange, now: datetime) -> int:
    """Closes or opens days, and returns how many were not so before. No plan is changed by it yet: see ``plan_again``.

    From its commit on nothing is claimed on a day that closed, whatever a plan still says.

    Raises:
        NotFoundError: there is no such owner.
    """
    days, owner = change.days, change.owner
    async with database.transaction() as connection:
        if owner is not None and not await queries.known_hold_key(connection, scope=HoldScope.OWNER, key=owner):
            raise NotFoundError(f"unknown owner {owner!r}; `relance people` shows the owners of people")
        if change.remove:
            return len(await queries.open_days(connection, first=days.first, last=days.last, owner=owner))
        return len(await queries.close_days(connection, first=days.first, last=days.last, owner=owner, at=now))


async def plan_again(database: Database, change: DaysChange, now: datetime) -> AsyncIterator[int]:
    """Asks for new plans of the runs that a change concerns, page by page; yields how many were asked so far.

    The dispatcher makes the plans, many at once. Done again, as after a command that was interrupted, it asks once more
    for those that still need it.

    Args:
        database: Postgres.
        change: that was made.
        now: UTC.
    """
    # A change of no field: no rule of a sequence matches it.
    detail = {"fields": [], "closed_days": str(change.days)}
    asked, after = 0, ""
    while True:
        async with database.transaction() as connection:
            rows, last = await _concerned(connection, change, after)
            await write_field_changes(
                connection,
                [
                    NewReaction(reaction_key("closed", now, run), run, person, ReactionKind.FIELD_CHANGED, now, detail)
                    for run, person in rows.items()
                ],
            )
        asked += len(rows)
        yield asked
        if last is None:
            return
        after = last


async def _concerned(connection: Connection, change: DaysChange, after: str) -> tuple[dict[str, str], str | None]:
    """Run to person of a page, and the page's last run; None: there is no other page."""
    days, owner = change.days, change.owner
    if change.remove:
        off = await queries.runs_off_closed_days(connection, owner=owner, after=after, limit=_AT_ONCE)
        return {row.id: row.person_id for row in off}, off[-1].id if len(off) == _AT_ONCE else None
    first, last = days.first, days.last
    on = await queries.runs_on_days(connection, first=first, last=last, owner=owner, after=after, limit=_AT_ONCE)
    found = {
        row.id: row.person_id
        for row in on
        if any(
            first <= due.astimezone(ZoneInfo(zone)).date() <= last for due, zone in zip(row.due, row.zones, strict=True)
        )
    }
    return found, on[-1].id if len(on) == _AT_ONCE else None
