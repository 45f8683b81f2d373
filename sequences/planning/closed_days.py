"""Closed days as people write and read them: ``2026-12-24..2027-01-02``. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from sequences.errors import DefinitionError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST_DAYS: Final = 366
"""So long a stretch at most: the planner looks two years ahead for a day that is open."""

_EXAMPLE: Final = "a day or two with .. between them, such as 2026-12-24..2027-01-02"


@dataclass(frozen=True, slots=True)
class Days:
    """Days in a row, both ends included."""

    first: date
    last: date

    def __iter__(self) -> Iterator[date]:
        """Each of them."""
        return (self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1))

    def __str__(self) -> str:
        """As people write them."""
        return f"{self.first}" if self.first == self.last else f"{self.first}..{self.last}"


def parse_days(text: str) -> Days:
    """Reads ``2026-12-24`` or ``2026-12-24..2027-01-02``.

    Raises:
        DefinitionError: it is neither, ends before it begins, or is longer than a year.
    """
    first, dots, last = (part.strip() for part in text.partition(".."))
    try:
        days = Days(date.fromisoformat(first), date.fromisoformat(last if dots else first))
    except ValueError as error:
        raise DefinitionError(f"{text!r} are no days; write {_EXAMPLE}") from error
    if days.last < days.first:
        raise DefinitionError(f"{text!r} ends before it begins; write {_EXAMPLE}")
    if (days.last - days.first).days >= MOST_DAYS:
        raise DefinitionError(f"{text!r} is longer than a year")
    return days


def in_rows(days: Iterable[date]) -> tuple[Days, ...]:
    """Joins days that follow each other; each counts once, in their order."""
    found: list[Days] = []
    for day in sorted(set(days)):
        if found and day - found[-1].last == timedelta(days=1):
            found[-1] = Days(found[-1].first, day)
        else:
            found.append(Days(day, day))
    return tuple(found)
