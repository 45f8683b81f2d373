"""The calendar as people read it: per day and step, a few recipients by name, many as a number. Counted by Postgres."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from services.reading.calendar import CalendarEntry, entries_of, local_time
from services.reading.step_conditions import conditions_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from adapters.postgres.database import Connection
    from services.reading.calendar import CalendarRequest

MOST_NAMED: Final = 5
"""Recipients of a step on a day that are shown one by one; more are one line with their number."""

_Key = tuple[date | None, str, str]
_Conditions = Mapping[tuple[str, int, str], tuple[str, ...]]


@dataclass(frozen=True)
class CalendarGroup:
    """A step on a day. Its fields in this order are the JSON of ``relance calendar --grouped``.

    Attributes:
        day: on the recipients' clocks; None: they wait for their date.
        sequence: whose step it is.
        step: its id.
        number: of recipients.
        waiting: how many of them wait for more than the clock.
        conditional: how many of them get it only if its conditions (``if:``) hold when it is due.
        conditions: these, in words.
        due_at: of the earliest, UTC.
        timezone: of the earliest; None: UTC.
        local: ``due_at`` on that clock, ISO 8601.
        recipients: all of them, if they are at most ``MOST_NAMED``; otherwise none.
        later: how many of them a limit puts off; None: nobody has looked, or so much is planned that nobody knows.
    """

    day: date | None
    sequence: str
    step: str
    number: int
    waiting: int
    conditional: int
    conditions: tuple[str, ...]
    due_at: datetime | None
    timezone: str | None
    local: str | None
    recipients: tuple[CalendarEntry, ...] = ()
    later: int | None = None

    @property
    def only_if(self) -> str:
        """What must hold when it is due, or it is skipped; empty: nothing. Runs of other versions may have no such."""
        some = f"{self.conditional} of them: " if self.conditional < self.number else ""
        return some + "; ".join(self.conditions) if self.conditions else ""


@dataclass(frozen=True)
class CalendarSum:
    """What goes on one day. Its fields in this order are the JSON of ``relance calendar --sum``.

    Attributes:
        day: on the recipients' clocks; None: steps that wait for their date.
        number: of messages and actions.
        waiting: how many of them wait for more than the clock.
        steps: the numbers by ``sequence/step``.
        conditional: how many of them go only if the conditions of their steps hold when they are due.
        later: how many of them a limit puts off; None: nobody has looked, or so much is planned that nobody knows.
    """

    day: date | None
    number: int
    waiting: int
    steps: Mapping[str, int]
    conditional: int
    later: int | None = None


@dataclass(frozen=True)
class CalendarGroups:
    """The earliest groups; ``more``: there are others after them."""

    items: list[CalendarGroup]
    more: bool


@dataclass(frozen=True)
class CalendarSums:
    """The earliest days; ``more``: there are others after them."""

    items: list[CalendarSum]
    more: bool


async def calendar_groups(connection: Connection, asked: CalendarRequest) -> CalendarGroups:
    """Per day and step, the earliest first; what waits for its date comes last.

    Args:
        connection: in a transaction.
        asked: its limit is of groups.
    """
    start, stop, sequence, owner = asked.start, asked.stop, asked.sequence, asked.owner
    rows = await queries.calendar_groups(
        connection, start=start, stop=stop, sequence=sequence, owner=owner, limit=asked.limit + 1
    )
    conditions = await conditions_of(connection, ((row.sequence, row.version) for row in rows))
    found = [_group(list(those), conditions) for _, those in groupby(rows, _key)]
    shown = found[: asked.limit]
    small = [group for group in shown if group.number <= MOST_NAMED]
    named = await _recipients(connection, asked, small, rows) if small else {}
    groups = [_with(group, named.get((group.day, group.sequence, group.step), ())) for group in shown]
    return CalendarGroups([group for group in groups if group.number], len(found) > asked.limit)


async def calendar_sums(connection: Connection, asked: CalendarRequest) -> CalendarSums:
    """The numbers of each day, in order; what waits for its date comes last.

    Args:
        connection: in a transaction.
        asked: its limit is of days.
    """
    start, stop, sequence, owner = asked.start, asked.stop, asked.sequence, asked.owner
    rows = await queries.calendar_days(
        connection, start=start, stop=stop, sequence=sequence, owner=owner, limit=asked.limit + 1
    )
    conditions = await conditions_of(connection, ((row.sequence, row.version) for row in rows))
    found = [_sum(day, list(those), conditions) for day, those in groupby(rows, lambda row: row.day)]
    return CalendarSums(found[: asked.limit], len(found) > asked.limit)


def _key(row: queries.CalendarCountRow) -> _Key:
    return row.day, row.sequence, row.step


def _group(rows: Sequence[queries.CalendarCountRow], conditions: _Conditions) -> CalendarGroup:
    """One group, of the rows of its versions; the earliest is the first."""
    first = rows[0]
    words = [conditions.get((row.sequence, row.version, row.step), ()) for row in rows]
    return CalendarGroup(
        day=first.day,
        sequence=first.sequence,
        step=first.step,
        number=sum(row.number for row in rows),
        waiting=sum(row.waiting for row in rows),
        conditional=_conditional(rows, conditions),
        conditions=tuple(dict.fromkeys(each for those in words for each in those)),
        due_at=first.first_at,
        timezone=first.timezone,
        local=local_time(first.first_at, first.timezone),
    )


def _sum(day: date | None, rows: Sequence[queries.CalendarCountRow], conditions: _Conditions) -> CalendarSum:
    steps: dict[str, int] = {}
    for row in rows:
        name = f"{row.sequence}/{row.step}"
        steps[name] = steps.get(name, 0) + row.number
    waiting = sum(row.waiting for row in rows)
    return CalendarSum(day, sum(steps.values()), waiting, steps, _conditional(rows, conditions))


def _conditional(rows: Iterable[queries.CalendarCountRow], conditions: _Conditions) -> int:
    return sum(row.number for row in rows if (row.sequence, row.version, row.step) in conditions)


async def _recipients(
    connection: Connection,
    asked: CalendarRequest,
    groups: Sequence[CalendarGroup],
    rows: Iterable[queries.CalendarCountRow],
) -> dict[_Key, tuple[CalendarEntry, ...]]:
    """The recipients of these groups, looked up between the first and the last of them."""
    keys = {(group.day, group.sequence, group.step) for group in groups}
    times = [at for row in rows if _key(row) in keys for at in (row.first_at, row.last_at) if at is not None]
    undated = any(group.day is None for group in groups)
    found = await queries.calendar_recipients(
        connection,
        days=[group.day for group in groups],
        sequences=[group.sequence for group in groups],
        steps=[group.step for group in groups],
        start=min(times, default=asked.start),
        stop=asked.stop if undated else max(times) + timedelta.resolution,
        sequence=asked.sequence,
        owner=asked.owner,
    )
    entries: dict[_Key, tuple[CalendarEntry, ...]] = {}
    for row, entry in zip(found, await entries_of(connection, found), strict=True):
        key = (row.day, row.sequence, row.step)
        entries[key] = (*entries.get(key, ()), entry)
    return entries


def _with(group: CalendarGroup, recipients: tuple[CalendarEntry, ...]) -> CalendarGroup:
    """The group with its recipients. They were looked up after they were counted: the look counts, if they differ."""
    if group.number > MOST_NAMED or len(recipients) > MOST_NAMED:
        return group
    return replace(
        group,
        number=len(recipients),
        waiting=sum(each.waits is not None for each in recipients),
        conditional=sum(bool(each.conditions) for each in recipients),
        recipients=recipients,
    )
