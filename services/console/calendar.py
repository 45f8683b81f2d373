"""The calendar of a day, a week or a month, by the viewer's days: few recipients by name, many as a number."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from adapters.postgres import queries
from services.reading.calendar_days import MOST_NAMED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from adapters.postgres.database import Connection
    from sequences.access.viewer import Scope
    from services.reading.going_later import GoesLater

MOST_STEPS: Final = 5_000
"""With more steps than this a week or a month shows the numbers of its days alone, and a day those of its steps."""
VIEWS: Final = ("day", "week", "month")
LINES_OF_A_DAY: Final = {"week": 40, "month": 4}
"""So many lines a day has among others; by itself it has all."""


@dataclass(frozen=True)
class CalendarView:
    """What is asked for.

    Attributes:
        view: ``day | week | month``.
        day: a day of it, on the viewer's calendar.
        sequence: name; empty: all.
        scope: whose people.
        zone: the viewer's.
    """

    view: str
    day: date
    scope: Scope
    zone: str
    sequence: str = ""

    @property
    def first(self) -> date:
        """The first day that is shown; a month begins with a whole week."""
        if self.view == "day":
            return self.day
        day = self.day.replace(day=1) if self.view == "month" else self.day
        return day - timedelta(days=day.weekday())

    @property
    def length(self) -> int:
        """How many days."""
        if self.view != "month":
            return 7 if self.view == "week" else 1
        last = self.after - timedelta(days=1)
        return (last - self.first).days + 7 - last.weekday()

    @property
    def span(self) -> tuple[datetime, datetime]:
        """The instants between which is what it shows."""
        zone = ZoneInfo(self.zone)
        end = self.first + timedelta(days=self.length)
        return datetime.combine(self.first, time(), zone), datetime.combine(end, time(), zone)

    @property
    def lines_of_a_day(self) -> int | None:
        """How many lines of a day are shown; None: all."""
        return LINES_OF_A_DAY.get(self.view)

    @property
    def by_runs(self) -> bool:
        """It is about fewer runs than there are steps in its days."""
        if self.view == "day":
            return self.scope.is_team
        return bool(self.sequence) or self.scope.owner_ids is not None

    @property
    def after(self) -> date:
        """A day of the view that follows."""
        if self.view == "month":
            return (self.day.replace(day=28) + timedelta(days=4)).replace(day=1)
        return self.first + timedelta(days=self.length)

    @property
    def before(self) -> date:
        """A day of the view before."""
        if self.view == "month":
            return (self.day.replace(day=1) - timedelta(days=1)).replace(day=1)
        return self.first - timedelta(days=self.length)


@dataclass(frozen=True)
class PlannedStep:
    """One recipient of a step on a day, or all of them.

    Attributes:
        due_at: of several the earliest.
        timezone: of the recipient; None: UTC.
        number: how many recipients it stands for.
        waiting: how many of them wait for more than the clock.
        later: how many of them will go later, because of the limit of a person or of a mailbox.
        again_from: of one who goes later, when at the earliest.
    """

    due_at: datetime
    timezone: str | None
    step: str
    sequence: str
    sequence_name: str
    enrollment: str
    person_id: str
    person_name: str | None
    number: int
    waiting: int
    later: int = 0
    again_from: datetime | None = None


@dataclass(frozen=True)
class PlannedDay:
    """A day and what is planned on it.

    Attributes:
        number: of recipients.
        closed: for whom nothing goes on it: names of owners, None for everybody.
        later: how many of them will go later.
    """

    day: date
    steps: tuple[PlannedStep, ...]
    number: int
    closed: tuple[str | None, ...] = ()
    later: int = 0


async def planned_days(connection: Connection, asked: CalendarView) -> tuple[PlannedDay, ...]:
    """The days that are asked for, in order, those on which nothing is planned too."""
    days = [asked.first + timedelta(days=number) for number in range(asked.length)]
    owners = asked.scope.owners
    wanted: dict[str, Any] = {
        "start": asked.span[0],
        "stop": asked.span[1],
        "sequence": asked.sequence or None,
        "owners": owners,
        "by_runs": asked.by_runs,
        "zone": asked.zone,
    }
    steps: dict[date, list[PlannedStep]] = {day: [] for day in days}
    numbers = await _numbers(connection, asked, days)
    if numbers and asked.view != "day":
        pass
    elif numbers or asked.view == "month":
        for row in await queries.console_planned_by_step(connection, **wanted):
            steps[row.day].append(_of_many(row))
    else:
        for each in await queries.console_planned(connection, **wanted, named=MOST_NAMED):
            steps[each.day].append(_of_few(each))
    closed: dict[date, list[str | None]] = {day: [] for day in days}
    for shut in await queries.console_closed_days(connection, owners=owners, first=days[0], last=days[-1]):
        closed[shut.day].append(shut.owner_name or shut.owner_id)
    return tuple(
        PlannedDay(day, tuple(found), numbers.get(day, sum(step.number for step in found)), tuple(closed[day]))
        for day, found in steps.items()
    )


def with_later(days: Iterable[PlannedDay], later: Iterable[GoesLater], asked: CalendarView) -> tuple[PlannedDay, ...]:
    """The days, with what the limits of persons and of mailboxes put off."""
    zone = ZoneInfo(asked.zone)
    alone: dict[tuple[str, str], datetime] = {}
    many: Counter[tuple[date, str, str]] = Counter()
    sums: Counter[date] = Counter()
    for each in later:
        if asked.sequence in ("", each.sequence):
            day = each.due_at.astimezone(zone).date()
            alone[each.run, each.step] = each.again_from
            many[day, each.sequence, each.step] += 1
            sums[day] += 1

    def marked(step: PlannedStep, day: date) -> PlannedStep:
        if step.number == 1 and step.enrollment:
            again = alone.get((step.enrollment, step.step))
            return replace(step, later=int(again is not None), again_from=again)
        return replace(step, later=many[day, step.sequence, step.step])

    return tuple(
        replace(day, steps=tuple(marked(step, day.day) for step in day.steps), later=sums[day.day]) for day in days
    )


async def _numbers(connection: Connection, asked: CalendarView, days: list[date]) -> dict[date, int]:
    """The numbers of days, where there is so much that nobody would look through steps; else nothing."""
    if asked.sequence or asked.scope.owner_ids is not None:
        return {}
    starts = [_midnight(day, asked.zone) for day in (*days, days[-1] + timedelta(days=1))]
    rows = await queries.console_planned_numbers(connection, days=days, starts=starts[:-1], stops=starts[1:])
    found = {row.day: row.number for row in rows}
    return found if sum(found.values()) > MOST_STEPS else {}


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone))


def _of_many(row: queries.ConsolePlannedByStepRow) -> PlannedStep:
    return PlannedStep(
        due_at=row.due_at,
        timezone=None,
        step=row.step,
        sequence=row.sequence,
        sequence_name=row.sequence_name,
        enrollment="",
        person_id="",
        person_name=None,
        number=row.number,
        waiting=row.waiting,
    )


def _of_few(row: queries.ConsolePlannedRow) -> PlannedStep:
    alone = row.number <= MOST_NAMED
    return PlannedStep(
        due_at=row.due_at,
        timezone=row.timezone,
        step=row.step,
        sequence=row.sequence,
        sequence_name=row.sequence_name,
        enrollment=row.enrollment_id,
        person_id=row.person_id,
        person_name=row.person_name,
        number=1 if alone else row.number,
        waiting=int(row.held) if alone else row.waiting,
    )
