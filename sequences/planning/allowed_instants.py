"""The instants at which a step may go (rule 5 of time): weekdays, holidays, closed days, windows, hours of texts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sequences.channels import legal_hours
from sequences.planning.quiet_hours import texting_hours
from sequences.planning.values import Schedule
from sequences.planning.wallclock import (
    MIDNIGHT,
    ClockRange,
    clock_of,
    local_clock,
    minute_of_day,
    occurrences,
    share_a_moment,
)
from sequences.planning.workdays import ONE_DAY, SATURDAY, is_holiday

HORIZON_DAYS = 731
"""How far the search for an allowed day goes: two years, so that an impossible schedule ends in an answer."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """The allowed instants of one step.

    Attributes:
        schedule: the step's.
        zone: in which its days, weekends, holidays and windows are read.
        texting: hours of texts as minutes of the recipient's own day; None for what is no text.
            Empty when ``start >= end``.
        recipients: the recipient's own zone; every zone that it may be when nobody knows it.
        closed_days: on which nothing goes, in the step's zone, whatever its schedule says.
    """

    schedule: Schedule
    zone: ZoneInfo
    texting: tuple[int, int] | None
    recipients: tuple[ZoneInfo, ...]
    closed_days: frozenset[date] = frozenset()

    def closed(self, day: date) -> str | None:
        """Return the rule that forbids the whole of ``day``, or None."""
        if self.schedule.weekdays_only and day.weekday() >= SATURDAY:
            return "weekend"
        if is_holiday(self.schedule.holidays, day):
            return "holiday"
        return "closed" if day in self.closed_days else None

    def in_window(self, instant: datetime) -> bool:
        """Say whether the wall clock shows a time inside a window; always without windows."""
        windows = self.schedule.windows
        minute = minute_of_day(instant.astimezone(self.zone))
        return not windows or any(window.start <= minute < window.end for window in windows)

    def is_quiet(self, instant: datetime) -> bool:
        """Say whether it is a text and the recipient's clock may show an hour in which texts must not go."""
        return self.texting is not None and any(self.is_quiet_in(zone, instant) for zone in self.recipients)

    def is_quiet_in(self, zone: ZoneInfo, instant: datetime) -> bool:
        """Say whether texts must not go to people in ``zone``."""
        start, end = self.texting or (0, 0)
        return not start <= minute_of_day(instant.astimezone(zone)) < end

    def allows(self, instant: datetime) -> bool:
        """Say whether the step may go at ``instant``."""
        day = instant.astimezone(self.zone).date()
        return self.closed(day) is None and self.in_window(instant) and not self.is_quiet(instant)


def allowed_for(
    schedule: Schedule, channel: str, zone: ZoneInfo, recipients: tuple[ZoneInfo, ...], instant: datetime
) -> Allowed:
    """Return the allowed instants of a step; the legal hours of texts are never widened.

    Args:
        schedule: the step's.
        channel: of the step.
        zone: the step's.
        recipients: the recipient's own zone; every zone that it may be when nobody knows it.
        instant: UTC; about when it goes.
    """
    floor, hours = legal_hours(channel), schedule.texting_hours
    if floor is None:
        return Allowed(schedule, zone, None, recipients)
    texting = texting_hours(floor, hours)
    if len(recipients) > 1 and texting.start < texting.end:
        # Nobody knows the zone. What no moment of the day can keep in all of them gives way to what the law asks for.
        if not share_a_moment([(each, texting) for each in recipients], instant):
            texting = floor
        legal = [(each, texting) for each in recipients]
        in_reach = any(share_a_moment([(zone, window), *legal], instant) for window in schedule.windows)
        if schedule.timezone is None and schedule.windows and not in_reach:
            # A window of "where the person is" was only read on our own clock for want of theirs.
            schedule = replace(schedule, windows=())
    return Allowed(schedule, zone, (texting.start, texting.end), recipients)


@dataclass(slots=True)
class Mover:
    """Moves one step to an allowed instant and notes each rule that moved it, once, in the order they did.

    Attributes:
        allowed: where the step may go.
        limit: the day of day zero in the step's zone, which a step before day zero must not reach; else None.
        moved: the rules so far.
    """

    allowed: Allowed
    limit: date | None = None
    moved: list[str] = field(default_factory=list)

    def note(self, rule: str) -> None:
        """Add ``rule`` to what moved the step."""
        if rule not in self.moved:
            self.moved.append(rule)

    def settle(self, instant: datetime, clock: time, earliest: datetime) -> datetime | None:
        """Apply rule 5 and return the allowed instant (UTC), or None when there is none.

        Args:
            instant: UTC, what the rules before found.
            clock: the wall-clock time as written, also where ``instant`` differs because of a gap.
            earliest: UTC; a step before day zero does not move back to before it.

        Raises:
            OverflowError: the search left the years 1 to 9999.
        """
        before = list(self.moved)
        found = self._forward(instant, clock)
        if found is not None or self.limit is None:
            return found
        forward, self.moved = self.moved, list(before)
        found = self._back(self.limit, instant, clock, earliest)
        if self.moved == before:
            self.moved = forward
        return found

    def _forward(self, instant: datetime, clock: time | None) -> datetime | None:
        """Return the first allowed instant; with ``clock`` None a day without window is open from midnight."""
        allowed, zone = self.allowed, self.allowed.zone
        if allowed.texting is not None and allowed.texting[0] >= allowed.texting[1]:
            return None
        last = instant.astimezone(zone).date() + timedelta(days=HORIZON_DAYS)
        while True:
            day = instant.astimezone(zone).date()
            if self._out_of_reach(day, last):
                return None
            rule = allowed.closed(day)
            if rule is None and not allowed.in_window(instant):
                rule = "window"
            if rule is not None:
                self.note(rule)
                entered = self._enter(day, instant, clock or MIDNIGHT, last)
                if entered is None:
                    return None
                instant = entered
                continue
            if not allowed.is_quiet(instant):
                return instant
            self.note("quiet_hours")
            instant = self._end_of_quiet(instant)
            clock = clock and local_clock(instant, zone)

    def _out_of_reach(self, day: date, last: date) -> bool:
        return day > last or (self.limit is not None and day >= self.limit)

    def _enter(self, day: date, instant: datetime, clock: time, last: date) -> datetime | None:
        """Return the opening on the first open day; without window, ``clock`` on the first open day after ``day``."""
        windows = self.allowed.schedule.windows
        if not windows:
            day += ONE_DAY
        while not self._out_of_reach(day, last):
            rule = self.allowed.closed(day)
            if rule is not None:
                self.note(rule)
            elif not windows:
                return self._clock_on(day, clock)
            elif (opening := self._opening(day, instant)) is not None:
                return opening
            day += ONE_DAY
        return None

    def _clock_on(self, day: date, clock: time) -> datetime:
        shown = occurrences(self.allowed.zone, day, clock)
        if shown.gap:
            self.note("gap")
        return shown.first

    def _opening(self, day: date, instant: datetime) -> datetime | None:
        for window in self.allowed.schedule.windows:
            shown = occurrences(self.allowed.zone, day, clock_of(window.start))
            opening = shown.not_before(instant)
            # A window may lie wholly inside a gap, and then does not open on that day.
            if opening is not None and self.allowed.in_window(opening):
                if shown.gap:
                    self.note("gap")
                return opening
        return None

    def _end_of_quiet(self, instant: datetime) -> datetime:
        """Return the first moment from ``instant`` on at which it is quiet in no zone; one out of reach without any."""
        allowed, texting = self.allowed, self.allowed.texting or (0, 0)
        last = instant + timedelta(days=HORIZON_DAYS)
        while instant < last:
            quiet = next((zone for zone in allowed.recipients if allowed.is_quiet_in(zone, instant)), None)
            if quiet is None:
                break
            day = instant.astimezone(quiet).date()
            while (found := occurrences(quiet, day, clock_of(texting[0])).not_before(instant)) is None:
                day += ONE_DAY
            instant = found
        return instant

    def _back(self, limit: date, instant: datetime, clock: time, earliest: datetime) -> datetime | None:
        """Return the written clock, clipped into the window, on the latest allowed day before ``limit``.

        Where that is already past, the first allowed instant from ``earliest`` on still before ``limit``.
        """
        own = instant.astimezone(self.allowed.zone).date()
        first = max(earliest.astimezone(self.allowed.zone).date(), limit - timedelta(days=HORIZON_DAYS))
        day = limit - ONE_DAY
        while day >= first:
            rule = self.allowed.closed(day)
            found = None if rule else self._clip(day, clock)
            if rule is not None and day <= own:
                self.note(rule)
            if found is not None:
                if found >= earliest:
                    return found
                break
            day -= ONE_DAY
        return self._forward(earliest, None)

    def _clip(self, day: date, clock: time) -> datetime | None:
        """Return the last allowed minute of ``day`` up to ``clock``, else the first one after it, else None."""
        allowed, zone = self.allowed, self.allowed.zone
        target = occurrences(zone, day, clock).first
        if not allowed.in_window(target):
            self.note("window")
        if allowed.is_quiet(target):
            self.note("quiet_hours")
        edges = [target]
        for window in allowed.schedule.windows:
            edges += _edges(zone, day, window)
        if allowed.texting is not None and allowed.texting[0] < allowed.texting[1]:
            # The recipient's day need not be the sequence's.
            for near in (day - ONE_DAY, day, day + ONE_DAY):
                for theirs in allowed.recipients:
                    edges += _edges(theirs, near, ClockRange(*allowed.texting))
        possible = [edge for edge in edges if edge.astimezone(zone).date() == day and allowed.allows(edge)]
        past = [edge for edge in possible if edge <= target]
        return max(past) if past else min(possible, default=None)


def _edges(zone: ZoneInfo, day: date, hours: ClockRange) -> list[datetime]:
    found = []
    for minute in (hours.start, hours.end - 1):
        shown = occurrences(zone, day, clock_of(minute))
        found.append(shown.first)
        if shown.second is not None:
            found.append(shown.second)
    return found
