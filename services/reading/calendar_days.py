"""The calendar as people read it: per day and step, a few recipients by name, many as a number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from services.reading.calendar import CalendarEntry

MOST_NAMED: Final = 5
"""Recipients of a step on a day that are shown one by one; more are one line with their number."""


@dataclass(frozen=True)
class CalendarLine:
    """One recipient of a step on a day, or all of them.

    Attributes:
        entry: the recipient's; of several the earliest.
        number: how many recipients the line stands for.
        waiting: how many of them wait for more than the clock.
    """

    entry: CalendarEntry
    number: int
    waiting: int


@dataclass(frozen=True)
class CalendarSum:
    """What goes on one day. Its fields in this order are the JSON of ``relance calendar --sum``.

    Attributes:
        day: on the recipients' clocks; None: steps that wait for their date.
        number: of messages and actions.
        waiting: how many of them wait for more than the clock.
        steps: the numbers by ``sequence/step``.
    """

    day: date | None
    number: int
    waiting: int
    steps: dict[str, int] = field(default_factory=dict)


def day_of(entry: CalendarEntry) -> date | None:
    """The day of a step on its recipient's clock."""
    return datetime.fromisoformat(entry.local).date() if entry.local else None


def lines(entries: Iterable[CalendarEntry]) -> list[CalendarLine]:
    """One line for each recipient of a step on a day if they are few, one for all of them if not.

    Args:
        entries: in order; the lines are in the order of the first entry of each day and step.
    """
    found: list[CalendarLine] = []
    for those in _groups(entries):
        if len(those) <= MOST_NAMED:
            found += [CalendarLine(entry, 1, _waiting([entry])) for entry in those]
        else:
            found.append(CalendarLine(those[0], len(those), _waiting(those)))
    return found


def sums(entries: Iterable[CalendarEntry]) -> list[CalendarSum]:
    """The numbers of each day, in order; what waits for its date comes last."""
    days: dict[date | None, list[list[CalendarEntry]]] = {}
    for those in _groups(entries):
        days.setdefault(day_of(those[0]), []).append(those)
    return [
        CalendarSum(
            day,
            sum(map(len, groups)),
            sum(map(_waiting, groups)),
            {f"{those[0].sequence}/{those[0].step}": len(those) for those in groups},
        )
        for day, groups in sorted(days.items(), key=lambda pair: (pair[0] is None, pair[0] or date.min))
    ]


def _groups(entries: Iterable[CalendarEntry]) -> list[list[CalendarEntry]]:
    groups: dict[tuple[date | None, str, str], list[CalendarEntry]] = {}
    for entry in entries:
        groups.setdefault((day_of(entry), entry.sequence, entry.step), []).append(entry)
    return list(groups.values())


def _waiting(entries: Sequence[CalendarEntry]) -> int:
    return sum(entry.waits is not None for entry in entries)
