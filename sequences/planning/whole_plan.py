"""A run planned to its end: what can never go is skipped at once, and what comes after it counts from that. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sequences.planning.planner import coming, decided_now, plan
from sequences.planning.values import Decided, Judged

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sequences.planning.values import RunFacts, StepPlan, StepTiming


@dataclass(frozen=True)
class WholePlan:
    """The plan of all steps that are open.

    Attributes:
        steps: in listed order, each as it was planned last.
        skipped: those of them that this very plan skips, with the reason.
        waiting: those that wait for day zero in any turn of it, as the first turn said.
    """

    steps: tuple[StepPlan, ...]
    skipped: Mapping[str, str]
    waiting: tuple[str, ...]

    @property
    def due_at(self) -> datetime | None:
        """When the next step is due, UTC; None when no step has an instant."""
        following = coming(self.left)
        return following.due_at if following is not None else None

    @property
    def left(self) -> tuple[StepPlan, ...]:
        """The steps that are still to come, or wait for day zero."""
        return tuple(step for step in self.steps if step.step not in self.skipped)


def first_plan(timings: Sequence[StepTiming], facts: RunFacts) -> WholePlan:
    """The plan of a run that begins at ``facts.enrolled_at``, with nothing decided yet.

    Args:
        timings: of the sequence, in listed order.
        facts: of the run.

    Raises:
        DefinitionError: as ``plan`` does.
    """
    return _to_the_end(timings, facts, facts.enrolled_at, replanned_at=None)


def replan(timings: Sequence[StepTiming], facts: RunFacts, now: datetime, *, planned_before: bool = True) -> WholePlan:
    """Plans what is left of an open run at ``now``, UTC.

    Args:
        timings: of the sequence, in listed order.
        facts: of the run.
        now: what lies before it was missed, except where ``facts.judged`` says otherwise.
        planned_before: False for the first plan of a run: that is one of its enrollment, however long ago that was.

    Raises:
        DefinitionError: as ``plan`` does.
    """
    return _to_the_end(timings, facts, now, replanned_at=now if planned_before else None)


def _to_the_end(
    timings: Sequence[StepTiming], facts: RunFacts, now: datetime, *, replanned_at: datetime | None
) -> WholePlan:
    plans = plan(timings, facts, replanned_at=replanned_at)
    waiting = tuple(each.step for each in plans if each.waits)
    found = {each.step: each for each in plans}
    skipped: dict[str, str] = {}
    while fresh := decided_now(plans):
        skipped |= {each.step: each.skipped or "" for each in fresh}
        facts = replace(
            facts,
            decided=(*facts.decided, *(Decided(each.step, now, sent=False) for each in fresh)),
            judged=tuple(
                Judged(each.step, each.own, each.judged_at or now)
                for each in plans
                if each.own is not None and each.step not in skipped
            ),
        )
        plans = plan(timings, facts, replanned_at=now)
        found |= {each.step: each for each in plans}
    return WholePlan(tuple(found[each.id] for each in timings if each.id in found), skipped, waiting)
