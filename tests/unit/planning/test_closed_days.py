"""Closed days by hand: nothing goes on them. 24 December 2026 is a Thursday, 4 January 2027 a Monday."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequences.errors import DefinitionError
from sequences.planning.closed_days import Days, in_rows, parse_days
from sequences.planning.planner import plan, postpone, released
from sequences.planning.values import AfterEnrollment, RunFacts, Schedule, StepTiming, Unit
from sequences.planning.wallclock import ClockRange

CHRISTMAS = "enrolled 2026-12-23T10:00Z; closed 2026-12-24..2027-01-03"
OFFICE = "; window 08:00-18:00; weekdays"

CASES = [
    (
        "to the first opening after them",
        CHRISTMAS + OFFICE,
        "a email 1 days after enrollment at 09:00 -> 2027-01-04T08:00Z closed weekend",
    ),
    (
        "without window, at the same clock",
        CHRISTMAS,
        "a email 1 days after enrollment at 09:30 -> 2027-01-04T09:30Z closed",
    ),
    (
        "with a holiday after them",
        "enrolled 2026-12-23T10:00Z; closed 2026-12-24; holidays GB-ENG" + OFFICE,
        "a email 1 days after enrollment at 11:00 -> 2026-12-29T08:00Z closed holiday weekend",
    ),
    ("an action too", CHRISTMAS, "a action 1 days after enrollment at 09:00 -> 2027-01-04T09:00Z closed"),
    (
        "a text keeps its quiet hours",
        CHRISTMAS,
        "a sms 1 days after enrollment at 06:00 -> 2027-01-04T08:00Z closed quiet_hours",
    ),
    (
        "before day zero moves back",
        "enrolled 2026-12-01T10:00Z; day zero 2027-01-04; closed 2026-12-24..2027-01-03" + OFFICE,
        "a email 3 days before day zero at 09:00 -> 2026-12-23T09:00Z closed weekend",
    ),
    (
        "before day zero with nothing open left",
        "enrolled 2026-12-24T10:00Z; day zero 2027-01-03; closed 2026-12-24..2027-01-03",
        "a email 1 days before day zero at 09:00 -> skipped no_allowed_instant",
    ),
    (
        "the step's day counts: Tokyo's 24th begins on the 23rd",
        CHRISTMAS + "; person Asia/Tokyo",
        "a email 6 hours after enrollment -> 2027-01-03T16:00Z closed",
    ),
    (
        "the next step counts from where this one went",
        CHRISTMAS + OFFICE,
        "a email 1 days after enrollment at 09:00 -> 2027-01-04T08:00Z closed weekend\n"
        "b email 2 days after a at 09:00 -> 2027-01-06T09:00Z",
    ),
    (
        "business days are counted as ever",
        "enrolled 2027-01-04T10:00Z; closed 2027-01-05..2027-01-06",
        "a email 3 business days after enrollment at 11:00 -> 2027-01-07T11:00Z",
    ),
    (
        "days apart",
        "enrolled 2027-01-04T10:00Z; closed 2027-01-05; closed 2027-01-06",
        "a email 1 days after enrollment at 09:00 -> 2027-01-07T09:00Z closed",
    ),
]


@pytest.mark.parametrize(("run", "rows"), [pytest.param(*case[1:], id=case[0]) for case in CASES])
def test_closed(check_row: Callable[[str, str], None], run: str, rows: str) -> None:
    check_row(run, rows)


def test_a_person_who_says_now_waits_too_and_so_does_what_could_not_go_before() -> None:
    step = StepTiming("a", "email", AfterEnrollment(1, Unit.DAYS), None, Schedule(windows=(ClockRange(480, 1080),)))
    facts = RunFacts(datetime(2026, 12, 23, tzinfo=UTC), closed=frozenset(parse_days("2026-12-24..2026-12-26")))
    now = datetime(2026, 12, 25, 20, tzinfo=UTC)
    by_hand, late = postpone(released(step), facts, now), postpone(step, facts, now)
    assert (by_hand.due_at, by_hand.moved_by) == (datetime(2026, 12, 27, 20, tzinfo=UTC), ("closed",))
    assert (late.due_at, late.moved_by) == (datetime(2026, 12, 27, 8, tzinfo=UTC), ("closed",))


@given(
    st.datetimes(datetime(2027, 1, 1), datetime(2027, 1, 31), timezones=st.just(UTC)),  # noqa: DTZ001
    st.frozensets(st.dates(date(2027, 1, 1), date(2027, 2, 28)), max_size=40),
    st.booleans(),
)
def test_a_day_that_closes_moves_only_what_was_on_it(
    enrolled: datetime, closed: frozenset[date], weekdays: bool
) -> None:
    """What ``runs_on_days`` relies on: a plan without a step on a closed day stays as it is."""
    schedule = Schedule(timezone="Europe/London", windows=(ClockRange(540, 1020),), weekdays_only=weekdays)
    steps = [StepTiming(f"s{n}", "email", AfterEnrollment(n * 3, Unit.DAYS), None, schedule) for n in range(4)]
    before = plan(steps, RunFacts(enrolled))
    after = plan(steps, RunFacts(enrolled, closed=closed))
    assert all(each.local is not None and each.local.date() not in closed for each in after)
    if all(each.local is not None and each.local.date() not in closed for each in before):
        assert [each.due_at for each in before] == [each.due_at for each in after]
    assert plan(steps, replace(RunFacts(enrolled), closed=frozenset())) == before


def test_days_as_people_write_them() -> None:
    assert parse_days("2026-12-24") == Days(date(2026, 12, 24), date(2026, 12, 24))
    assert str(parse_days(" 2026-12-24 .. 2027-01-02 ")) == "2026-12-24..2027-01-02"
    assert len(list(parse_days("2026-01-01..2026-12-31"))) == 365
    for wrong in ("", "24/12/2026", "2026-12-24..", "2026-12-24..2026-12-23", "2026-01-01..2027-01-02"):
        with pytest.raises(DefinitionError):
            parse_days(wrong)


def test_days_that_follow_each_other_are_one_row() -> None:
    days = [date(2026, 12, 31), date(2027, 1, 1), date(2026, 12, 24), date(2027, 1, 1)]
    assert [str(row) for row in in_rows(days)] == ["2026-12-24", "2026-12-31..2027-01-01"]
