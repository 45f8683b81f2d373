"""When each step of a run goes, or why it does not: the rules of time, applied in their order.

Pure: everything it depends on is passed in, so that the forecast, the calendar and the running engine agree.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sequences.allowed import Mover, allowed_for
from sequences.base import as_utc, base_of, day_zero_date
from sequences.errors import DefinitionError
from sequences.timing import (
    AfterStep,
    AroundDayZero,
    Channel,
    Decided,
    IfPast,
    Immediately,
    OnDate,
    Pause,
    RunFacts,
    StepPlan,
    StepTiming,
)
from sequences.wallclock import local_clock
from sequences.zones import Found, recipient_zone, step_zone

NO_ALLOWED_INSTANT = "no_allowed_instant"


def plan(steps: Sequence[StepTiming], facts: RunFacts, *, replanned_at: datetime | None = None) -> tuple[StepPlan, ...]:
    """Forecast every undecided step, in listed order; each is taken to be sent when due.

    Args:
        steps: of the sequence, in listed order.
        facts: of the run.
        replanned_at: when day zero or the zone changed in an open run: what the change puts before it follows
            ``if_past`` as what lay before the enrollment does. None when nothing changed since.

    Raises:
        DefinitionError: a step counts from one that is not above it, or its holidays do not exist.
    """
    return tuple(_undecided(steps, facts, replanned_at))


def next_step(steps: Sequence[StepTiming], facts: RunFacts, *, replanned_at: datetime | None = None) -> StepPlan | None:
    """Plan the first undecided step, to be sent when due or skipped at once; None when all are decided.

    Arguments and errors are those of ``plan``.
    """
    return next(_undecided(steps, facts, replanned_at), None)


def postpone(step: StepTiming, facts: RunFacts, instant: datetime) -> StepPlan:
    """Plan a due step that could not go before ``instant`` (a later slot, an outage): rule 5 from then on.

    It is skipped with ``no_allowed_instant`` when it is a step before day zero and none is left.
    """
    return _Run.of(facts, instant).held_until(step, as_utc(instant))


def _undecided(steps: Sequence[StepTiming], facts: RunFacts, replanned_at: datetime | None) -> Iterator[StepPlan]:
    run = _Run.of(facts, replanned_at)
    decided = {past.step for past in facts.decided}
    previous = None
    for step in steps:
        if step.id not in decided:
            planned = run.plan_step(step, previous)
            run.decide(step.id, planned.due_at)
            yield planned
        previous = step.id


@dataclass(slots=True)
class _Run:
    """One run while it is planned.

    ``instants`` are those of the steps decided or planned so far; ``floor`` is the latest of them, or None.
    ``own`` is the recipient's own zone; ``judged`` is what a day-zero step must not lie before.
    ``resumed`` is the end of the last pause.
    """

    facts: RunFacts
    enrolled: datetime
    judged: datetime
    instants: dict[str, datetime]
    floor: datetime | None
    resumed: datetime
    own: Found

    @classmethod
    def of(cls, facts: RunFacts, replanned_at: datetime | None) -> _Run:
        enrolled = as_utc(facts.enrolled_at)
        facts = replace(
            facts,
            enrolled_at=enrolled,
            decided=tuple(Decided(past.step, as_utc(past.at), past.sent) for past in facts.decided),
            pauses=tuple(Pause(as_utc(pause.start), as_utc(pause.end)) for pause in facts.pauses),
        )
        return cls(
            facts=facts,
            enrolled=enrolled,
            judged=enrolled if replanned_at is None else max(enrolled, as_utc(replanned_at)),
            instants={past.step: past.at for past in facts.decided},
            floor=max((past.at for past in facts.decided), default=None),
            resumed=max((pause.end for pause in facts.pauses), default=enrolled),
            own=recipient_zone(facts.zones, enrolled),
        )

    def decide(self, step: str, due: datetime | None) -> None:
        """Take ``step`` to be sent when due; one without instant to be skipped as soon as the step above it is done."""
        self.floor = self.instants[step] = max(due or self.enrolled, self.floor or self.enrolled)

    def plan_step(self, step: StepTiming, previous: str | None) -> StepPlan:
        """Apply all the rules to a step whose step above is ``previous``."""
        mover, anchor = self._mover(step), self._anchor(step, previous)
        try:
            due, skipped = self._decide(step, anchor, mover)
        except OverflowError:
            due, skipped = None, NO_ALLOWED_INSTANT
        return self._answer(step, mover, due, skipped)

    def held_until(self, step: StepTiming, instant: datetime) -> StepPlan:
        """Apply rule 5 only, from ``instant`` (UTC) on."""
        mover = self._mover(step)
        try:
            mover.limit = self._limit(step, mover.allowed.zone)
            due = mover.settle(instant, local_clock(instant, mover.allowed.zone), instant)
        except OverflowError:
            due = None
        return self._answer(step, mover, due, None if due else NO_ALLOWED_INSTANT)

    def _zone(self, step: StepTiming) -> Found:
        if step.schedule.timezone is None:
            return self.own
        return step_zone(step.schedule.timezone, self.facts.zones, self.enrolled)

    def _mover(self, step: StepTiming) -> Mover:
        return Mover(allowed_for(step.schedule, step.channel, self._zone(step).zone, self.own.zone))

    def _limit(self, step: StepTiming, zone: ZoneInfo) -> date | None:
        if isinstance(step.when, AroundDayZero) and step.when.amount < 0 and self.facts.day_zero is not None:
            return day_zero_date(self.facts.day_zero, zone)
        return None

    def _anchor(self, step: StepTiming, previous: str | None) -> datetime:
        match step.when:
            case Immediately():
                return self.enrolled if previous is None else self.instants[previous]
            case AfterStep(step=name):
                if name not in self.instants:
                    raise DefinitionError(f"step {step.id!r} counts from {name!r}, which is not above it")
                return self.instants[name]
            case _:
                return self.enrolled

    def _decide(self, step: StepTiming, anchor: datetime, mover: Mover) -> tuple[datetime | None, str | None]:
        """Apply rules 1 to 6 and return the due instant, or None and why the step is skipped."""
        if isinstance(step.when, AroundDayZero) and self.facts.day_zero is None:
            return None, "no_day_zero"
        zone = mover.allowed.zone
        mover.limit = self._limit(step, zone)
        base = base_of(step, anchor, self.facts, zone)
        instant, clock = base.instant, base.clock
        if base.gap:
            mover.note("gap")
        if isinstance(step.when, AroundDayZero | OnDate) and instant < self.judged:
            if step.schedule.if_past is IfPast.SKIP:
                return None, "if_past"
            mover.note("if_past")
            instant, clock = self.judged, local_clock(self.judged, zone)
        due = mover.settle(instant, clock, self.judged)
        if due is None:
            return None, NO_ALLOWED_INSTANT
        return self._in_order(due, mover)

    def _in_order(self, due: datetime, mover: Mover) -> tuple[datetime | None, str | None]:
        behind = self.floor is not None and due < self.floor
        earliest = max(self.floor or self.enrolled, self.resumed)
        if due >= earliest:
            return due, None
        if behind:
            mover.note("order")
        # Nothing goes in a pause that is over either: what lies inside it is due when the run resumes.
        moved = mover.settle(earliest, local_clock(earliest, mover.allowed.zone), earliest)
        if moved is not None:
            return moved, None
        return None, "order" if behind and mover.limit is not None else NO_ALLOWED_INSTANT

    def _answer(self, step: StepTiming, mover: Mover, due: datetime | None, skipped: str | None) -> StepPlan:
        found = self._zone(step)
        unknown = found.unknown
        if step.channel is Channel.SMS:
            unknown = tuple(dict.fromkeys(unknown + self.own.unknown))
        return StepPlan(
            step=step.id,
            due_at=due,
            local=due.astimezone(found.zone) if due else None,
            timezone=found.name,
            timezone_source=found.source,
            moved_by=tuple(mover.moved) if due else (),
            skipped=skipped,
            unknown_zones=unknown,
        )
