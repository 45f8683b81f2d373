"""The instant that ``when:`` and ``at:`` name, before any schedule is looked at (rules 1 to 3 of time)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sequences.planning.values import (
    AfterEnrollment,
    AfterStep,
    AroundDayZero,
    Immediately,
    OnDate,
    Pause,
    RunFacts,
    StepTiming,
    Unit,
)
from sequences.planning.wallclock import clock_of, local_clock, occurrences
from sequences.planning.workdays import ONE_DAY, add_units

NO_WINDOW_CLOCK = time(9)
"""When a step that is counted from a date goes if neither ``at`` nor a window says so."""

_NEVER = timedelta(0)


@dataclass(frozen=True, slots=True)
class Base:
    """What a step's own words say.

    Attributes:
        instant: UTC.
        clock: the local wall-clock time as written.
        gap: True when the clock never shows that time on that day, so that ``instant`` is the first valid one after.
    """

    instant: datetime
    clock: time
    gap: bool = False


def day_zero_date(day_zero: date | datetime, zone: ZoneInfo) -> date:
    """Return the date of day zero: a date-time with offset is read in ``zone``, one without gives it as written."""
    if not isinstance(day_zero, datetime):
        return day_zero
    return day_zero.date() if day_zero.tzinfo is None else day_zero.astimezone(zone).date()


def base_of(step: StepTiming, anchor: datetime, facts: RunFacts, zone: ZoneInfo) -> Base:
    """Return where a step's own words put it.

    Args:
        step: the step; ``AroundDayZero`` only with a day zero in ``facts``.
        anchor: UTC; the enrollment or the step that is counted from. Not read for steps around day zero or on a date.
        facts: of the run; its pauses move what counts from enrollment or a step, and nothing else.
        zone: the step's.

    Raises:
        OverflowError: outside the years 1 to 9999.
    """
    match step.when:
        case AroundDayZero() | OnDate():
            return _on_day(step, _day_of(step, facts, zone), zone)
        case AfterEnrollment(amount, unit) | AfterStep(amount, unit):
            return _after(step, (amount, unit), anchor, _pauses_after(facts.pauses, anchor), zone)
        case Immediately():
            return _after(step, (0, Unit.MINUTES), anchor, _pauses_after(facts.pauses, anchor), zone)


def _pauses_after(pauses: tuple[Pause, ...], anchor: datetime) -> timedelta:
    return sum((pause.end - pause.start for pause in pauses if pause.shifts and pause.end > anchor), _NEVER)


def _day_of(step: StepTiming, facts: RunFacts, zone: ZoneInfo) -> date:
    if isinstance(step.when, OnDate):
        return step.when.day
    assert isinstance(step.when, AroundDayZero)
    assert facts.day_zero is not None
    return add_units(day_zero_date(facts.day_zero, zone), step.when.amount, step.when.unit, step.schedule.holidays)


def _on_day(step: StepTiming, day: date, zone: ZoneInfo) -> Base:
    windows = step.schedule.windows
    opening = clock_of(windows[0].start) if windows else NO_WINDOW_CLOCK
    clock = opening if step.at is None else clock_of(step.at)
    shown = occurrences(zone, day, clock)
    return Base(shown.first, clock, shown.gap)


def _after(step: StepTiming, by: tuple[int, Unit], anchor: datetime, shift: timedelta, zone: ZoneInfo) -> Base:
    amount, unit = by
    elapsed = unit in (Unit.MINUTES, Unit.HOURS)
    if elapsed:
        length = timedelta(minutes=amount) if unit is Unit.MINUTES else timedelta(hours=amount)
        instant = anchor + length
        base = Base(instant, local_clock(instant, zone))
        day = instant.astimezone(zone).date()
    else:
        local = anchor.astimezone(zone)
        day = add_units(local.date(), amount, unit, step.schedule.holidays)
        base = _shown(zone, day, local_clock(anchor, zone), anchor)
    if shift:
        instant = base.instant + shift
        base = Base(instant, local_clock(instant, zone))
        day = instant.astimezone(zone).date()
    if step.at is None:
        return base
    clock = clock_of(step.at)
    at = _shown(zone, day, clock, base.instant)
    # A chain counted in days from a step must not slip a day because that step went a little late; the others roll.
    rolls = elapsed or isinstance(step.when, AfterEnrollment)
    return _shown(zone, day + ONE_DAY, clock, base.instant) if rolls and at.instant < base.instant else at


def _shown(zone: ZoneInfo, day: date, clock: time, base: datetime) -> Base:
    """Return ``clock`` on ``day``: in a fold the first occurrence not before ``base``, where there is one."""
    shown = occurrences(zone, day, clock)
    return Base(shown.not_before(base) or shown.first, clock, shown.gap)


def as_utc(instant: datetime) -> datetime:
    """Return an aware instant in UTC, where comparing and adding mean what they say."""
    return instant.astimezone(UTC)
