"""Local wall-clock times as instants: what happens in the hours that daylight saving time drops or repeats.

Instants are aware and UTC throughout; a local time is a day and a naive clock time, read in a zone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MIDNIGHT = time(0)
_DAY = 24 * 60


@dataclass(frozen=True, slots=True, order=True)
class ClockRange:
    """Minutes of the local day: ``start`` inclusive (0..1439), ``end`` exclusive (1..1440), start < end."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Occurrences:
    """The instants at which a local wall-clock time is shown.

    Attributes:
        first: the first (mostly the only) one, UTC; for a time in a gap the first valid instant after it.
        second: the second one in a fold, UTC; else None.
        gap: True when the clock never shows that time.
    """

    first: datetime
    second: datetime | None = None
    gap: bool = False

    def not_before(self, instant: datetime) -> datetime | None:
        """Return the first occurrence that is not before ``instant``, or None."""
        if self.first >= instant:
            return self.first
        if self.second is not None and self.second >= instant:
            return self.second
        return None


def occurrences(zone: ZoneInfo, day: date, clock: time) -> Occurrences:
    """Return when ``clock`` is shown on ``day`` in ``zone``.

    Raises:
        OverflowError: outside the years 1 to 9999.
    """
    naive = datetime.combine(day, clock)
    before = naive.replace(tzinfo=zone).utcoffset()
    after = naive.replace(tzinfo=zone, fold=1).utcoffset()
    if before is None or after is None:  # pragma: no cover - ZoneInfo always answers for a date
        raise OverflowError(naive.year)
    first = (naive - before).replace(tzinfo=UTC)
    if before == after:
        return Occurrences(first)
    second = (naive - after).replace(tzinfo=UTC)
    if before > after:
        return Occurrences(first, second)
    # PEP 495: in a gap fold=0 reads the offset from before the change, so `second` lies before it and `first` after.
    return Occurrences(_change_between(zone, second, first), gap=True)


def _change_between(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    low = low.replace(microsecond=0)
    offset = low.astimezone(zone).utcoffset()
    seconds = int((high - low).total_seconds())
    below, above = 0, max(seconds, 1)
    while above - below > 1:
        middle = (below + above) // 2
        if (low + timedelta(seconds=middle)).astimezone(zone).utcoffset() == offset:
            below = middle
        else:
            above = middle
    return low + timedelta(seconds=above)


def share_a_moment(hours: Sequence[tuple[ZoneInfo, ClockRange]], instant: datetime) -> bool:
    """Say whether all these hours are open together at some moment of a day, in winter and in summer of that year.

    Args:
        hours: each read in its zone; empty where they end before they begin.
        instant: UTC; of the year.
    """
    for month in (1, 7):
        season = instant.replace(month=month, day=1)
        stretches = [
            ((each.start - _minutes_ahead(zone, season)) % _DAY, each.end - each.start) for zone, each in hours
        ]
        # Where stretches meet, one of them begins.
        if not any(all((start - begin) % _DAY < length for begin, length in stretches) for start, _ in stretches):
            return False
    return True


def _minutes_ahead(zone: ZoneInfo, instant: datetime) -> int:
    offset = instant.astimezone(zone).utcoffset()
    assert offset is not None
    return int(offset.total_seconds()) // 60


def clock_of(minutes: int) -> time:
    """Return the clock time that is ``minutes`` (0..1439) after local midnight."""
    return time(minutes // 60, minutes % 60)


def local_clock(instant: datetime, zone: ZoneInfo) -> time:
    """Return the naive wall-clock time that ``zone`` shows at ``instant``."""
    return instant.astimezone(zone).time().replace(fold=0)


def minute_of_day(local: datetime) -> int:
    """Return the whole minutes that the wall clock of ``local`` shows after midnight."""
    return local.hour * 60 + local.minute
