"""What can be said of a schedule before anybody is enrolled: errors refuse a sequence file, warnings do not."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from sequences.errors import DefinitionError
from sequences.timing import LEGAL_QUIET_FLOOR, Channel, ClockRange, Schedule
from sequences.workdays import parts_that_differ, public_holidays
from sequences.zones import is_zone


class Severity(enum.StrEnum):
    """An error refuses the file; a warning is shown."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a schedule: the key of the file it is about, what was found and what is allowed."""

    severity: Severity
    key: str
    message: str


def check(schedule: Schedule, channel: Channel, *, year: int, at: int | None = None) -> list[Problem]:
    """Return the problems of a step's schedule, errors first.

    Args:
        schedule: the step's.
        channel: quiet hours matter for texts only.
        year: whose holidays are compared: a country whose parts differ is warned about.
        at: the step's clock, minutes after midnight.
    """
    problems = _zone_problems(schedule) + _holiday_problems(schedule, year)
    if channel is Channel.SMS:
        problems += _texting_problems(schedule, at)
    return sorted(problems, key=lambda problem: problem.severity is not Severity.ERROR)


def _zone_problems(schedule: Schedule) -> list[Problem]:
    if schedule.timezone is None or is_zone(schedule.timezone):
        return []
    found = f"{schedule.timezone!r} is no time zone; allowed: `recipient` or an IANA name such as Europe/London"
    return [Problem(Severity.ERROR, "timezone", found)]


def _holiday_problems(schedule: Schedule, year: int) -> list[Problem]:
    code = schedule.holidays
    if code is None:
        return []
    try:
        public_holidays(code, year)
        parts = parts_that_differ(code, year)
    except DefinitionError as error:
        return [Problem(Severity.ERROR, "holidays", str(error))]
    if not parts:
        return []
    return [Problem(Severity.WARNING, "holidays", f"the parts of {code} keep other holidays: {', '.join(parts)}")]


def _texting_problems(schedule: Schedule, at: int | None) -> list[Problem]:
    hours, floor = schedule.texting_hours, LEGAL_QUIET_FLOOR
    start, end = max(hours.start, floor.start), min(hours.end, floor.end)
    shown = f"{_clock(hours.start)}-{_clock(hours.end)}"
    problems = []
    if start >= end:
        found = (
            f"no text could ever go: {shown} shares no minute with the legal {_clock(floor.start)}-{_clock(floor.end)}"
        )
        problems.append(Problem(Severity.ERROR, "texting_hours", found))
    elif schedule.windows and not any(_share(window, start, end) for window in schedule.windows):
        found = f"no text could ever go: no window shares a minute with the texting hours {shown}"
        problems.append(Problem(Severity.ERROR, "window", found))
    if at is not None and not start <= at < end:
        found = f"{_clock(at)} lies outside the texting hours {shown}, so the text is moved into them"
        problems.append(Problem(Severity.WARNING, "at", found))
    return problems


def _share(window: ClockRange, start: int, end: int) -> bool:
    return max(window.start, start) < min(window.end, end)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
