"""What holds for every plan, whatever the sequence, the zone, the calendar and the history."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import holidays
import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sequences.planning.phone_country_zone import zones_of_country
from sequences.planning.planner import next_step, plan, planned_step, postpone
from sequences.planning.values import (
    AfterEnrollment,
    AfterStep,
    AroundDayZero,
    Channel,
    Decided,
    IfPast,
    Immediately,
    OnDate,
    Pause,
    RunFacts,
    Schedule,
    StepPlan,
    StepTiming,
    Unit,
    When,
    ZoneFacts,
)
from sequences.planning.wallclock import ClockRange

# More than other properties have, and as many as a nightly run asks for.
MANY = settings(max_examples=max(300, settings().max_examples))
ZONES = [
    "UTC",
    "America/New_York",
    "Asia/Tokyo",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/St_Johns",
    "Pacific/Chatham",
    "Europe/London",
    "America/Santiago",
]
PHONES = ["+442079460958", "+14165550123", "+12125550123", "+4915112345678", "+81312345678", "+77011234567"]
YEARS = range(2025, 2034)
HOLIDAYS = {
    "GB": holidays.country_holidays("GB", years=YEARS),
    "GB-ENG": holidays.country_holidays("GB", subdiv="ENG", years=YEARS),
    "US": holidays.country_holidays("US", years=YEARS),
    "JP": holidays.country_holidays("JP", years=YEARS),
}
CALENDAR_UNITS = [Unit.DAYS, Unit.WEEKS, Unit.MONTHS, Unit.BUSINESS_DAYS]

INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC)).map(  # noqa: DTZ001
    lambda at: at.replace(microsecond=0)
)
DAYS = st.dates(date(2026, 1, 1), date(2028, 12, 31))


@st.composite
def windows(draw: st.DrawFn) -> tuple[ClockRange, ...]:
    edges = sorted(draw(st.lists(st.integers(0, 96), min_size=0, max_size=4, unique=True)))
    pairs = zip(edges[::2], edges[1::2], strict=False)
    return tuple(ClockRange(start * 15, end * 15) for start, end in pairs)


SCHEDULES = st.builds(
    Schedule,
    timezone=st.none() | st.sampled_from(ZONES),
    windows=windows(),
    weekdays_only=st.booleans(),
    holidays=st.none() | st.sampled_from(sorted(HOLIDAYS)),
    if_past=st.sampled_from(IfPast),
    texting_hours=st.sampled_from([ClockRange(480, 1260), ClockRange(600, 960), ClockRange(0, 1440)]),
)
FACTS = st.builds(
    RunFacts,
    enrolled_at=INSTANTS,
    day_zero=st.none() | DAYS | INSTANTS,
    zones=st.builds(
        ZoneFacts,
        person=st.none() | st.sampled_from([*ZONES, "Mars/Olympus"]),
        phone=st.none() | st.sampled_from(PHONES),
        organisation=st.sampled_from(ZONES),
    ),
    closed=st.frozensets(st.dates(date(2026, 6, 1), date(2026, 9, 30)), max_size=60),
)


@st.composite
def whens(draw: st.DrawFn, above: list[str]) -> When:
    kind = draw(st.integers(0, 4 if above else 3))
    if kind == 0:
        return Immediately()
    if kind == 1:
        return AfterEnrollment(draw(st.integers(0, 40)), draw(st.sampled_from(Unit)))
    if kind == 2:
        return AroundDayZero(draw(st.integers(-40, 40)), draw(st.sampled_from(CALENDAR_UNITS)))
    if kind == 3:
        return OnDate(draw(DAYS))
    return AfterStep(draw(st.integers(0, 40)), draw(st.sampled_from(Unit)), draw(st.sampled_from(above)))


@st.composite
def sequences(draw: st.DrawFn) -> list[StepTiming]:
    schedule = draw(SCHEDULES)
    steps: list[StepTiming] = []
    for number in range(draw(st.integers(1, 5))):
        own = draw(SCHEDULES) if draw(st.integers(0, 3)) == 0 else schedule
        at = draw(st.none() | st.integers(0, 1439))
        when = draw(whens([step.id for step in steps]))
        steps.append(StepTiming(f"s{number}", draw(st.sampled_from(Channel)), when, at, own))
    return steps


@st.composite
def pauses(draw: st.DrawFn, after: datetime) -> tuple[Pause, ...]:
    found: list[Pause] = []
    for _ in range(draw(st.integers(0, 2))):
        start = after + timedelta(hours=draw(st.integers(0, 500)))
        after = start + timedelta(minutes=draw(st.integers(1, 60_000)))
        found.append(Pause(start, after))
    return tuple(found)


def own_zones(facts: RunFacts) -> list[ZoneInfo]:
    """The recipient's zone, from a step that nothing but the recipient decides about; all of the country's without."""
    probe = plan([StepTiming("probe", Channel.ACTION)], replace(facts, decided=(), pauses=(), closed=frozenset()))[0]
    if probe.timezone_source == "organisation" and facts.zones.phone:
        country = phonenumbers.region_code_for_number(phonenumbers.parse(facts.zones.phone))
        return [ZoneInfo(name) for name in zones_of_country(country or "")] or [ZoneInfo(probe.timezone)]
    return [ZoneInfo(probe.timezone)]


def assert_allowed(step: StepTiming, planned: StepPlan, facts: RunFacts) -> None:
    schedule, local = step.schedule, planned.local
    assert local is not None
    assert planned.due_at is not None
    minute = local.hour * 60 + local.minute
    guessed = step.channel is Channel.SMS and schedule.timezone is None and len(own_zones(facts)) > 1
    assert guessed or not schedule.windows or any(window.start <= minute < window.end for window in schedule.windows)
    assert not (schedule.weekdays_only and local.isoweekday() in {6, 7})
    assert schedule.holidays is None or local.date() not in HOLIDAYS[schedule.holidays]
    assert local.date() not in facts.closed
    if step.channel is Channel.SMS:
        zones = own_zones(facts)
        for zone in zones:
            theirs = planned.due_at.astimezone(zone)
            assert 8 <= theirs.hour < 21
            if len(zones) == 1:
                assert schedule.texting_hours.start <= theirs.hour * 60 + theirs.minute < schedule.texting_hours.end
    if isinstance(step.when, AroundDayZero) and step.when.amount < 0:
        zero = facts.day_zero
        assert zero is not None
        if isinstance(zero, datetime):
            zero = zero.astimezone(local.tzinfo).date()
        assert local.date() < zero


def assert_sound(steps: list[StepTiming], facts: RunFacts, plans: tuple[StepPlan, ...]) -> None:
    decided = {past.step for past in facts.decided}
    assert [planned.step for planned in plans] == [step.id for step in steps if step.id not in decided]
    floor = max([facts.enrolled_at, *(past.at for past in facts.decided), *(pause.end for pause in facts.pauses)])
    by_id = {step.id: step for step in steps}
    for planned in plans:
        assert (planned.due_at is None) == (planned.skipped is not None) == (planned.local is None)
        assert len(set(planned.moved_by)) == len(planned.moved_by)
        if planned.due_at is not None:
            assert planned.due_at >= floor
            floor = planned.due_at
            assert_allowed(by_id[planned.step], planned, facts)


@pytest.mark.slow
@MANY
@given(sequences(), FACTS)
def test_never_before_the_step_above_and_never_outside_what_is_allowed(
    steps: list[StepTiming], facts: RunFacts
) -> None:
    assert_sound(steps, facts, plan(steps, facts))


@pytest.mark.slow
@MANY
@given(sequences(), FACTS)
def test_same_facts_same_plan(steps: list[StepTiming], facts: RunFacts) -> None:
    assert plan(steps, facts) == plan(list(steps), replace(facts))


@MANY
@given(sequences(), FACTS)
def test_one_step_alone_is_planned_as_among_all(steps: list[StepTiming], facts: RunFacts) -> None:
    assert [planned_step(steps, facts, each.step) for each in plan(steps, facts)] == list(plan(steps, facts))


@pytest.mark.slow
@MANY
@given(sequences(), FACTS, st.data())
def test_the_run_does_what_the_forecast_said(steps: list[StepTiming], facts: RunFacts, data: st.DataObject) -> None:
    facts = replace(facts, pauses=data.draw(pauses(facts.enrolled_at)))
    forecast = plan(steps, facts)
    assert_sound(steps, facts, forecast)
    done: list[StepPlan] = []
    while (planned := next_step(steps, facts)) is not None and not planned.waits:
        last = facts.decided[-1].at if facts.decided else facts.enrolled_at
        past = Decided(planned.step, planned.due_at or last, planned.due_at is not None)
        facts = replace(facts, decided=(*facts.decided, past))
        done.append(planned)
    assert done == [planned for planned in forecast if not planned.waits]
    assert list(plan(steps, facts)) == [planned for planned in forecast if planned.waits]


@pytest.mark.slow
@MANY
@given(sequences(), FACTS, st.data())
def test_nothing_goes_twice_when_day_zero_moves(steps: list[StepTiming], facts: RunFacts, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(0, len(steps)))):
        planned = next_step(steps, facts)
        assert planned is not None
        if planned.waits:
            break
        last = facts.decided[-1].at if facts.decided else facts.enrolled_at
        late = timedelta(minutes=data.draw(st.integers(0, 3000)))
        past = Decided(planned.step, (planned.due_at or last) + late, planned.due_at is not None)
        facts = replace(facts, decided=(*facts.decided, past))
    moved = replace(facts, day_zero=data.draw(st.none() | DAYS | INSTANTS))
    last = moved.decided[-1].at if moved.decided else moved.enrolled_at
    changed = last + timedelta(hours=data.draw(st.integers(0, 1000)))
    for replanned_at in (None, changed):
        assert_sound(steps, moved, plan(steps, moved, replanned_at=replanned_at))


@pytest.mark.slow
@MANY
@given(sequences(), FACTS, st.integers(0, 100_000))
def test_a_held_up_step_goes_at_an_allowed_instant(steps: list[StepTiming], facts: RunFacts, late: int) -> None:
    for step, planned in zip(steps, plan(steps, facts), strict=True):
        if planned.due_at is not None:
            instant = planned.due_at + timedelta(minutes=late)
            held = postpone(step, facts, instant)
            if held.due_at is not None:
                assert held.due_at >= instant
                assert_allowed(step, held, facts)
            if late == 0:
                assert held.due_at == planned.due_at


@pytest.mark.slow
@MANY
@given(INSTANTS, st.integers(0, 200_000), SCHEDULES.filter(lambda schedule: bool(schedule.windows)), FACTS)
def test_later_never_becomes_earlier(early: datetime, minutes: int, schedule: Schedule, facts: RunFacts) -> None:
    step = StepTiming("s", Channel.EMAIL, Immediately(), None, schedule)
    one = plan([step], replace(facts, enrolled_at=early))[0].due_at
    other = plan([step], replace(facts, enrolled_at=early + timedelta(minutes=minutes)))[0].due_at
    assert one is None or other is None or one <= other


@pytest.mark.slow
@MANY
@given(st.integers(0, 10**15), st.sampled_from(Unit), st.sampled_from(ZONES), st.booleans(), st.dates())
def test_nothing_crashes_at_the_end_of_the_calendar(
    amount: int, unit: Unit, zone: str, before: bool, zero: date
) -> None:
    schedule = Schedule(timezone=zone, weekdays_only=True, if_past=IfPast.SEND)
    whens: list[When] = [AfterEnrollment(amount, unit), AfterStep(amount, unit, "s0"), OnDate(zero)]
    if unit in CALENDAR_UNITS:
        whens.append(AroundDayZero(-amount if before else amount, unit))
    steps = [StepTiming(f"s{number}", Channel.SMS, when, None, schedule) for number, when in enumerate(whens)]
    plans = plan(steps, RunFacts(datetime(2027, 3, 3, tzinfo=UTC), zero))
    assert len(plans) == len(steps)
