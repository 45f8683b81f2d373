"""When each step of a run goes, or why it does not: the rules of time, applied in their order.

Pure: everything it depends on is passed in, so that the forecast, the calendar and the running engine agree.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from sequences.channels import legal_hours
from sequences.errors import DefinitionError
from sequences.planning.allowed_instants import Mover, allowed_for
from sequences.planning.base_instant import Base, as_utc, base_of, day_zero_date
from sequences.planning.values import (
    NO_DAY_ZERO,
    AfterStep,
    AroundDayZero,
    Decided,
    IfPast,
    Immediately,
    Judged,
    OnDate,
    Pause,
    RunFacts,
    Schedule,
    StepPlan,
    StepTiming,
)
from sequences.planning.wallclock import local_clock
from sequences.planning.zones import Found, recipient_clocks, recipient_zone, step_zone

NO_ALLOWED_INSTANT = "no_allowed_instant"


def plan(steps: Sequence[StepTiming], facts: RunFacts, *, replanned_at: datetime | None = None) -> tuple[StepPlan, ...]:
    """Forecast every undecided step, in listed order; each is taken to be sent when due.

    Args:
        steps: of the sequence, in listed order.
        facts: of the run.
        replanned_at: now, in an open run that was planned before. What lies before it follows ``if_past``, as what lay
            before the enrollment does, except where ``facts.judged`` says that the same instant was judged before.

    Raises:
        DefinitionError: a step counts from one that is not above it, or its holidays do not exist.
    """
    return tuple(_undecided(steps, facts, replanned_at))


def next_step(steps: Sequence[StepTiming], facts: RunFacts, *, replanned_at: datetime | None = None) -> StepPlan | None:
    """Plan the undecided step that comes next; see ``coming``. Arguments and errors are those of ``plan``."""
    return coming(_undecided(steps, facts, replanned_at))


def planned_step(
    steps: Sequence[StepTiming], facts: RunFacts, step: str, *, replanned_at: datetime | None = None
) -> StepPlan | None:
    """Plan one undecided step as ``plan`` does, and no step after it; None when it is decided, or no step.

    Other arguments are those of ``plan``.
    """
    return next((each for each in _undecided(steps, facts, replanned_at) if each.step == step), None)


def coming(plans: Iterable[StepPlan]) -> StepPlan | None:
    """Return the step that is to be sent when due or skipped at once; None when all are decided.

    Those that wait for day zero hold up nobody but what counts from them; the first of them is the answer when there is
    nothing else.
    """
    waiting = None
    for planned in plans:
        if not planned.waits:
            return planned
        waiting = waiting or planned
    return waiting


def released(step: StepTiming) -> StepTiming:
    """Return the step freed from its ``when``, ``at``, windows, weekends and holidays: a person decided the time.

    The hours of texts stay, the narrower ones of a sequence too: they protect the recipient, and the law asks for them.
    Closed days are no part of a schedule, and stay as well.
    """
    schedule = Schedule(timezone=step.schedule.timezone, texting_hours=step.schedule.texting_hours)
    return replace(step, when=Immediately(), at=None, schedule=schedule)


def without_day_zero(steps: Sequence[StepTiming]) -> frozenset[str]:
    """Return the steps that have no instant as long as nobody knows day zero: around it, or counted from such a one."""
    waiting: set[str] = set()
    previous = None
    for step in steps:
        if _waits(step, previous, waiting):
            waiting.add(step.id)
        previous = step.id
    return frozenset(waiting)


def _waits(step: StepTiming, previous: str | None, waiting: Collection[str]) -> bool:
    match step.when:
        case AroundDayZero():
            return True
        case AfterStep(step=name):
            return name in waiting
        case Immediately():
            return previous in waiting
        case _:
            return False


def postpone(step: StepTiming, facts: RunFacts, instant: datetime) -> StepPlan:
    """Plan a due step that could not go before ``instant`` (a later slot, an outage): rule 5 from then on.

    It is skipped with ``no_allowed_instant`` when it is a step before day zero and none is left.
    """
    return _Run.of(facts, instant).held_until(step, as_utc(instant))


def decided_now(plans: Sequence[StepPlan]) -> tuple[StepPlan, ...]:
    """Return the steps that are skipped by this very plan, and are so whatever moves later.

    They are those whose own time had passed, wherever they stand, and the next one if it can never go: what people are
    shown as skipped is not sent.
    """
    following = coming(plans)
    return tuple(
        planned
        for planned in plans
        if planned.skipped is not None and not planned.waits and (planned.past or planned is following)
    )


def _undecided(steps: Sequence[StepTiming], facts: RunFacts, replanned_at: datetime | None) -> Iterator[StepPlan]:
    run = _Run.of(facts, replanned_at)
    decided = {past.step: past.sent for past in facts.decided}
    under_way = {each.step: each.until for each in facts.under_way}
    previous = None
    for step in steps:
        if step.id in decided:
            run.pass_over(step.id, sent=decided[step.id])
        else:
            until = under_way.get(step.id)
            planned = run.plan_step(step, previous) if until is None else run.wait_for_person(step, until)
            run.decide(planned)
            yield planned
        previous = step.id


@dataclass(slots=True)
class _Outcome:
    """What the rules say of one step; see ``StepPlan``."""

    due: datetime | None = None
    skipped: str | None = None
    own: datetime | None = None
    judged: datetime | None = None
    past: bool = False


@dataclass(slots=True)
class _Run:
    """One run while it is planned.

    ``instants`` are those of the steps decided or planned so far; ``floor`` is the latest of them, or None.
    ``own`` is the recipient's own zone; ``judged`` is what a day-zero step must not lie before that was not ``known``.
    ``resumed`` is the end of the last pause that shifts, ``passed`` that of the last pause of any kind.
    ``clocks`` are those that the recipient's may be, looked up for the first text.
    ``above`` is the latest instant of the steps listed so far, ``waiting`` are those of them that have none.
    """

    facts: RunFacts
    enrolled: datetime
    judged: datetime
    instants: dict[str, datetime]
    floor: datetime | None
    resumed: datetime
    passed: datetime
    own: Found
    known: dict[str, Judged]
    above: datetime | None = None
    clocks: tuple[ZoneInfo, ...] = ()
    waiting: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, facts: RunFacts, replanned_at: datetime | None) -> _Run:
        enrolled = as_utc(facts.enrolled_at)
        if facts.decided or facts.pauses or facts.enrolled_at.tzinfo is not UTC:
            facts = replace(
                facts,
                enrolled_at=enrolled,
                decided=tuple(Decided(past.step, as_utc(past.at), past.sent) for past in facts.decided),
                pauses=tuple(Pause(as_utc(pause.start), as_utc(pause.end), pause.shifts) for pause in facts.pauses),
            )
        return cls(
            facts=facts,
            enrolled=enrolled,
            judged=enrolled if replanned_at is None else max(enrolled, as_utc(replanned_at)),
            instants={past.step: past.at for past in facts.decided},
            floor=max((past.at for past in facts.decided), default=None),
            resumed=max((pause.end for pause in facts.pauses if pause.shifts), default=enrolled),
            passed=max((pause.end for pause in facts.pauses), default=enrolled),
            own=recipient_zone(facts.zones, enrolled),
            known={each.step: each for each in facts.judged},
        )

    def decide(self, planned: StepPlan) -> None:
        """Take a step to be sent when due; one that is skipped, to be so as soon as the step above it is done."""
        if planned.waits:
            self.waiting.add(planned.step)
            return
        floor = max(planned.due_at or self.enrolled, self.floor or self.enrolled)
        self.floor = self.above = self.instants[planned.step] = floor

    def pass_over(self, step: str, *, sent: bool) -> None:
        """Pass a decided step. One that was skipped before the step above it is due counts from that one's instant.

        So the forecast, which does not know yet when a step will be skipped, says the same.
        """
        at = self.instants[step]
        if not sent and self.above is not None:
            at = self.instants[step] = max(at, self.above)
        self.above = at if self.above is None else max(at, self.above)

    def plan_step(self, step: StepTiming, previous: str | None) -> StepPlan:
        """Apply all the rules to a step whose step above is ``previous``."""
        mover = self._mover(step)
        if self.facts.day_zero is None and _waits(step, previous, self.waiting):
            return self._answer(step, mover, _Outcome(skipped=NO_DAY_ZERO))
        anchor = self._anchor(step, previous)
        try:
            outcome = self._decide(step, anchor, mover)
        except OverflowError:
            outcome = _Outcome(skipped=NO_ALLOWED_INSTANT)
        return self._answer(step, mover, outcome)

    def wait_for_person(self, step: StepTiming, until: datetime) -> StepPlan:
        """The end of the wait of a step that was begun: no rule of time moves what a person was given."""
        mover = self._mover(step)
        mover.note("task")
        return self._answer(step, mover, _Outcome(as_utc(until)))

    def held_until(self, step: StepTiming, instant: datetime) -> StepPlan:
        """Apply rule 5 only, from ``instant`` (UTC) on."""
        mover = self._mover(step)
        try:
            mover.limit = self._limit(step, mover.allowed.zone)
            due = mover.settle(instant, local_clock(instant, mover.allowed.zone), instant)
        except OverflowError:
            due = None
        return self._answer(step, mover, _Outcome(due, None if due else NO_ALLOWED_INSTANT))

    def _zone(self, step: StepTiming) -> Found:
        if step.schedule.timezone is None:
            return self.own
        return step_zone(step.schedule.timezone, self.facts.zones, self.enrolled)

    def _mover(self, step: StepTiming) -> Mover:
        clocks = self.clocks
        if not clocks and legal_hours(step.channel):
            clocks = self.clocks = recipient_clocks(self.facts.zones, self.own, self.enrolled)
        allowed = allowed_for(step.schedule, step.channel, self._zone(step).zone, clocks, self.enrolled)
        return Mover(replace(allowed, closed_days=self.facts.closed) if self.facts.closed else allowed)

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

    def _decide(self, step: StepTiming, anchor: datetime, mover: Mover) -> _Outcome:
        """Apply rules 1 to 6."""
        zone = mover.allowed.zone
        mover.limit = self._limit(step, zone)
        base = base_of(step, anchor, self.facts, zone)
        if base.gap:
            mover.note("gap")
        if isinstance(step.when, AroundDayZero | OnDate):
            return self._on_its_day(step, base, mover)
        due = mover.settle(base.instant, base.clock, self.enrolled)
        return _Outcome(*((None, NO_ALLOWED_INSTANT) if due is None else self._in_order(due, mover)))

    def _on_its_day(self, step: StepTiming, base: Base, mover: Mover) -> _Outcome:
        """Apply rules 4 to 6 to a step around day zero or on a date, which no pause moves."""
        zone, instant, clock = mover.allowed.zone, base.instant, base.clock
        judged, skips = self._judged(step, instant), step.schedule.if_past is IfPast.SKIP
        outcome = _Outcome(own=instant, judged=judged, past=instant < judged)
        if outcome.past:
            if skips:
                outcome.skipped = "if_past"
                return outcome
            mover.note("if_past")
            instant, clock = judged, local_clock(judged, zone)
        due = mover.settle(instant, clock, judged)
        if due is not None and due < self.passed:
            # It was due before the run resumed. Unlike rule 4 this asks after rule 5: what a weekend had put off to
            # the day after the pause keeps that day.
            outcome.past = True
            if skips:
                outcome.skipped = "if_past"
                return outcome
            if due < self.resumed:
                mover.moved = ["if_past"]
                due = mover.settle(self.resumed, local_clock(self.resumed, zone), self.resumed)
        if due is None:
            outcome.skipped = NO_ALLOWED_INSTANT
        else:
            outcome.due, outcome.skipped = self._in_order(due, mover)
        return outcome

    def _judged(self, step: StepTiming, own: datetime) -> datetime:
        known = self.known.get(step.id) if self.known else None
        if known is None or known.own not in (None, own):
            return self.judged
        return max(self.enrolled, as_utc(known.at))

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

    def _answer(self, step: StepTiming, mover: Mover, outcome: _Outcome) -> StepPlan:
        found, due = self._zone(step), outcome.due
        unknown = found.unknown
        if legal_hours(step.channel):
            unknown = tuple(dict.fromkeys(unknown + self.own.unknown))
        return StepPlan(
            step=step.id,
            due_at=due,
            local=due.astimezone(found.zone) if due else None,
            timezone=found.name,
            timezone_source=found.source,
            moved_by=tuple(mover.moved) if due else (),
            skipped=outcome.skipped,
            unknown_zones=unknown,
            own=outcome.own,
            judged_at=outcome.judged,
            past=outcome.past,
        )
