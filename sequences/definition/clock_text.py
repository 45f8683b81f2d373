"""Wall-clock texts: ``09:00`` and ``08:00-18:00``, as minutes of the local day."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sequences.errors import GrammarError
from sequences.planning.quiet_hours import LEGAL_QUIET_FLOOR
from sequences.planning.wallclock import ClockRange

CLOCK_PATTERN = r"^([01]?\d|2[0-3]):[0-5]\d$"
RANGE_PATTERN = r"^([01]?\d|2[0-3]):[0-5]\d\s*-\s*(([01]?\d|2[0-3]):[0-5]\d|24:00)$"
CLOCK_ALLOWED = "a time of day `HH:MM` from `00:00` to `23:59`"
RANGE_ALLOWED = "`HH:MM-HH:MM` inside one day, such as `08:00-18:00`; the end may be `24:00`"


def parse_clock(text: str) -> int:
    """Minutes after midnight of ``HH:MM``.

    Raises:
        GrammarError: it is no time of day.
    """
    if re.fullmatch(CLOCK_PATTERN, text.strip(), re.ASCII) is None:
        raise GrammarError("This is not a time of day.", f'"{text}"', CLOCK_ALLOWED)
    hours, minutes = text.strip().split(":")
    return int(hours) * 60 + int(minutes)


def parse_range(text: str) -> ClockRange:
    """The minutes of the day in ``HH:MM-HH:MM``.

    Raises:
        GrammarError: it is no such range, is empty, or runs over midnight.
    """
    if re.fullmatch(RANGE_PATTERN, text.strip(), re.ASCII) is None:
        raise GrammarError("This is not a range of times.", f'"{text}"', RANGE_ALLOWED)
    first, last = (part.strip() for part in text.split("-"))
    start, end = parse_clock(first), 24 * 60 if last == "24:00" else parse_clock(last)
    if start == end:
        raise GrammarError("The window is empty: it ends when it starts.", f'"{text}"', RANGE_ALLOWED)
    if start > end:
        message = "The window crosses midnight. Write two windows, one up to 24:00 and one from 00:00."
        raise GrammarError(message, f'"{text}"', RANGE_ALLOWED)
    return ClockRange(start, end)


def parse_texting_hours(text: str) -> ClockRange:
    """The hours in which texts may go.

    Raises:
        GrammarError: it is no range, or wider than the legal 08:00-21:00.
    """
    hours = parse_range(text)
    if hours.start < LEGAL_QUIET_FLOOR.start or hours.end > LEGAL_QUIET_FLOOR.end:
        message = "Hours for text messages can be narrower than 08:00-21:00, never wider."
        raise GrammarError(message, f'"{text}"', "a range inside `08:00-21:00`")
    return hours


def join_ranges(ranges: Iterable[ClockRange]) -> tuple[ClockRange, ...]:
    """The ranges sorted, those that touch or overlap made one."""
    joined: list[ClockRange] = []
    for item in sorted(ranges):
        if joined and item.start <= joined[-1].end:
            joined[-1] = ClockRange(joined[-1].start, max(joined[-1].end, item.end))
        else:
            joined.append(item)
    return tuple(joined)


def overlap(one: Iterable[ClockRange], other: ClockRange) -> bool:
    """True when any of ``one`` shares a minute with ``other``."""
    return any(item.start < other.end and other.start < item.end for item in one)
