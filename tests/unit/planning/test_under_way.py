"""A step that waits for a person: nothing moves the end of its wait, and what comes after it counts from there."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sequences.planning.planner import coming, decided_now, plan
from sequences.planning.values import (
    AfterEnrollment,
    AfterStep,
    AroundDayZero,
    Decided,
    Immediately,
    Pause,
    RunFacts,
    Schedule,
    StepTiming,
    UnderWay,
    Unit,
)
from sequences.planning.wallclock import ClockRange
from sequences.planning.whole_plan import replan

START = datetime(2027, 6, 1, 9, tzinfo=UTC)
HOURS = Schedule(windows=(ClockRange(9 * 60, 17 * 60),), weekdays_only=True)
STEPS = (
    StepTiming("one", "email", Immediately(), schedule=HOURS),
    StepTiming("call", "action", AfterStep(1, Unit.DAYS, "one"), schedule=HOURS),
    StepTiming("two", "email", AfterStep(1, Unit.DAYS, "call"), schedule=HOURS),
)
DECIDED = (Decided("one", START, sent=True),)


def test_the_end_of_the_wait_is_kept_on_a_weekend_and_at_night() -> None:
    saturday_night = datetime(2027, 6, 5, 2, tzinfo=UTC)
    facts = RunFacts(START, decided=DECIDED, under_way=(UnderWay("call", saturday_night),))
    call, two = plan(STEPS, facts)
    assert (call.due_at, call.moved_by, call.skipped) == (saturday_night, ("task",), None)
    # A day after it is a Sunday: the next step keeps the hours of its schedule.
    assert two.due_at == datetime(2027, 6, 7, 9, tzinfo=UTC)


@given(st.integers(0, 400), st.integers(0, 400), st.integers(1, 100), st.booleans())
def test_no_replan_and_no_pause_moves_it_and_it_is_what_comes(hours: int, later: int, pause: int, shifts: bool) -> None:
    until = START + timedelta(hours=24 + hours)
    ended = START + timedelta(hours=30 + pause)
    facts = RunFacts(
        START,
        decided=DECIDED,
        pauses=(Pause(START + timedelta(hours=30), ended, shifts),),
        under_way=(UnderWay("call", until),),
    )
    plans = plan(STEPS, facts, replanned_at=START + timedelta(hours=later))
    following = coming(plans)
    assert following is not None
    assert (following.step, following.due_at) == ("call", until)
    assert decided_now(plans) == ()
    assert replan(STEPS, facts, START + timedelta(hours=later)).due_at == until


def test_steps_around_day_zero_wait_for_their_turn() -> None:
    """Rule 6: a step is never due before the one listed above it."""
    steps = (*STEPS, StepTiming("zero", "email", AroundDayZero(0, Unit.DAYS), at=9 * 60))
    until = datetime(2027, 6, 4, 9, tzinfo=UTC)
    facts = RunFacts(START, day_zero=date(2027, 6, 3), decided=DECIDED, under_way=(UnderWay("call", until),))
    by_id = {each.step: each for each in plan(steps, facts)}
    assert by_id["zero"].due_at == by_id["two"].due_at
    assert by_id["zero"].moved_by == ("order",)


def test_what_is_decided_waits_no_more() -> None:
    facts = RunFacts(
        START,
        decided=(*DECIDED, Decided("call", START + timedelta(days=2), sent=True)),
        under_way=(UnderWay("call", START + timedelta(days=9)),),
    )
    (two,) = plan((STEPS[0], STEPS[1], StepTiming("two", "email", AfterEnrollment(0, Unit.DAYS))), facts)
    assert two.due_at == START + timedelta(days=2)
