"""How long the pure planner takes for one step: ``python -m benchmarks.planner [--rounds N] [--json]``.

The same steps are planned by bare ``zoneinfo`` arithmetic (one addition and one wall clock, no rule at all) in the same
rounds, turn by turn, so that a busy machine slows both.
"""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from benchmarks.report import Report, at_least_one, median, options, percentile, ratio
from sequences.planning.planner import next_step, plan
from sequences.planning.values import (
    AfterEnrollment,
    AroundDayZero,
    Channel,
    IfPast,
    Immediately,
    OnDate,
    RunFacts,
    Schedule,
    StepTiming,
    Unit,
    When,
    ZoneFacts,
)
from sequences.planning.wallclock import ClockRange

_ZONES = ("Europe/London", "America/New_York", "Asia/Tokyo", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC")
# A Friday evening, the night before summer time, the end of a year.
_ENROLLED = (
    datetime(2026, 3, 6, 18, 30, tzinfo=UTC),
    datetime(2026, 3, 28, 23, 15, tzinfo=UTC),
    datetime(2026, 12, 31, 9, 0, tzinfo=UTC),
)
_OFFICE = (ClockRange(8 * 60, 12 * 60), ClockRange(13 * 60, 18 * 60))
_SCHEDULES = (
    Schedule(),
    Schedule(windows=_OFFICE, weekdays_only=True),
    Schedule(windows=_OFFICE, weekdays_only=True, holidays="GB-ENG", if_past=IfPast.SEND),
)
_WHENS: tuple[tuple[When, int | None], ...] = (
    (Immediately(), None),
    (AfterEnrollment(45, Unit.MINUTES), None),
    (AfterEnrollment(2, Unit.DAYS), 9 * 60),
    (AfterEnrollment(5, Unit.BUSINESS_DAYS), None),
    (AfterEnrollment(1, Unit.MONTHS), 9 * 60),
    (AroundDayZero(-7, Unit.DAYS), 9 * 60),
    (AroundDayZero(3, Unit.BUSINESS_DAYS), None),
    (OnDate(date(2027, 5, 4)), 8 * 60),
)
_DAYS = {Unit.MINUTES: 0, Unit.DAYS: 1, Unit.BUSINESS_DAYS: 1, Unit.MONTHS: 30}


@dataclass(frozen=True)
class Case:
    """One step of one run, ready for both contestants."""

    step: StepTiming
    facts: RunFacts
    zone: str
    days: int

    def ours(self) -> object:
        """By the rules."""
        return next_step((self.step,), self.facts)

    def naive(self) -> object:
        """By hand, without a rule."""
        local = self.facts.enrolled_at.astimezone(ZoneInfo(self.zone)) + timedelta(days=self.days)
        if self.step.at is not None:
            local = local.replace(hour=self.step.at // 60, minute=self.step.at % 60)
        return local.astimezone(UTC)


def cases() -> list[Case]:
    """Every ``when`` with every schedule, zone, channel and enrollment instant."""
    channels = (Channel.EMAIL, Channel.SMS)
    return [
        Case(
            StepTiming("step", channel, when, at, schedule),
            RunFacts(enrolled, enrolled.date() + timedelta(days=20), ZoneFacts(person=zone)),
            zone,
            _DAYS[when.unit] * when.amount if isinstance(when, AfterEnrollment) else 13,
        )
        for (when, at), schedule, zone, enrolled, channel in itertools.product(
            _WHENS, _SCHEDULES, _ZONES, _ENROLLED, channels
        )
    ]


def _microseconds(work: Callable[[], object]) -> float:
    began = time.perf_counter_ns()
    work()
    return (time.perf_counter_ns() - began) / 1_000


def _whole_run(rounds: int) -> list[float]:
    """Four steps with all rules in one plan, as each re-planning of a run does."""
    around = ((-7, 9 * 60), (-1, None), (0, 8 * 60), (3, None))
    steps = [
        StepTiming(f"step-{number}", Channel.EMAIL, AroundDayZero(amount, Unit.DAYS), at, _SCHEDULES[2])
        for number, (amount, at) in enumerate(around)
    ]
    facts = RunFacts(_ENROLLED[0], date(2026, 4, 7), ZoneFacts(person="Europe/London"))
    return [_microseconds(lambda: plan(steps, facts)) for _ in range(100 * rounds)]


def measure(rounds: int) -> Report:
    """Plans every case ``rounds`` times, after one round that fills the tables of zones and holidays."""
    report = Report("planning one step")
    every = cases()
    first = [_microseconds(case.ours) for case in every]
    ours: list[float] = []
    naive: list[float] = []
    for _ in range(rounds):
        for case in every:
            ours.append(_microseconds(case.ours))
            naive.append(_microseconds(case.naive))
    report.add("cases", len(every), "steps", f"{rounds} rounds")
    report.add("one step, median", median(ours), "us", "aim: under 200")
    report.add("one step, 95 %", percentile(ours, 95), "us")
    report.add("bare arithmetic, median", median(naive), "us", "no rule, no zone source")
    report.add("planner / bare", ratio(median(ours), median(naive)), "ratio")
    report.add("four steps with all rules, median", median(_whole_run(rounds)), "us")
    report.add("slowest of the first round", max(first) / 1_000, "ms", "builds a table of holidays, once a process")
    return report


def main() -> int:
    """Prints the figures."""
    parser = options(__doc__)
    parser.add_argument("--rounds", type=at_least_one, default=20)
    chosen = parser.parse_args()
    measure(chosen.rounds).show(as_json=chosen.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
