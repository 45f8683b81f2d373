"""Lengths of time as authors write them: ``6 months``, ``1 day``, ``30 days``."""

from __future__ import annotations

import calendar
import enum
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sequences.author_messages import did_you_mean
from sequences.errors import GrammarError


class DurationUnit(enum.StrEnum):
    """A unit of a duration. Months and years are calendar time, the others elapsed time."""

    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"
    YEARS = "years"


LIMITS = {
    DurationUnit.MINUTES: 525_600,
    DurationUnit.HOURS: 87_600,
    DurationUnit.DAYS: 3_650,
    DurationUnit.WEEKS: 520,
    DurationUnit.MONTHS: 120,
    DurationUnit.YEARS: 10,
}
"""Ten years (a year of minutes): beyond that it is a slip of the keyboard, and dates must not overflow."""

DURATION_PATTERN = r"^\s*\d+\s+(minute|hour|day|week|month|year)s?\s*$"
ALLOWED = "a number and a unit, such as `1 day`, `30 days`, `6 months` (minutes, hours, days, weeks, months, years)"


@dataclass(frozen=True, slots=True)
class Duration:
    """A number of units. ``str()`` gives words that PostgreSQL reads as an interval too."""

    amount: int
    unit: DurationUnit

    def __str__(self) -> str:
        return f"{self.amount} {self.unit.value[:-1] if self.amount == 1 else self.unit.value}"

    def after(self, instant: datetime) -> datetime:
        """The instant this long after ``instant``; months and years keep clock and day and clip to the month's end."""
        return self._moved(instant, 1)

    def before(self, instant: datetime) -> datetime:
        """The instant this long before ``instant``, counted like ``after``."""
        return self._moved(instant, -1)

    def _moved(self, instant: datetime, sign: int) -> datetime:
        amount = self.amount * sign
        match self.unit:
            case DurationUnit.MONTHS:
                return _add_months(instant, amount)
            case DurationUnit.YEARS:
                return _add_months(instant, 12 * amount)
            case _:
                return instant + timedelta(**{self.unit.value: amount})


def _add_months(instant: datetime, months: int) -> datetime:
    years, month = divmod(instant.year * 12 + instant.month - 1 + months, 12)
    day = min(instant.day, calendar.monthrange(years, month + 1)[1])
    return instant.replace(year=years, month=month + 1, day=day)


def parse_duration(text: str, *, at_least: int = 1) -> Duration:
    """Read ``6 months`` and the like.

    Raises:
        GrammarError: it is no duration, or out of bounds.
    """
    match = re.fullmatch(r"(\d{1,9})\s+([a-z]+)", text.strip().lower(), re.ASCII)
    if match is None:
        raise GrammarError("This is not a length of time.", f'"{text}"', ALLOWED)
    amount, word = int(match[1]), match[2]
    unit = next((u for u in DurationUnit if word in {u.value, u.value[:-1]}), None)
    if unit is None:
        hint = did_you_mean(word, [u.value for u in DurationUnit])
        raise GrammarError(f"Unknown unit of time `{word}`.{hint}", f'"{text}"', ALLOWED)
    if not at_least <= amount <= LIMITS[unit]:
        message = f"The number of {unit.value} is out of bounds."
        raise GrammarError(message, f'"{text}"', f"{at_least} to {LIMITS[unit]} {unit.value}")
    return Duration(amount, unit)


def parse_duration_or_zero(text: str) -> Duration:
    """Read a duration that may be zero (``0 days``).

    Raises:
        GrammarError: it is no duration, or out of bounds.
    """
    return parse_duration(text, at_least=0)
