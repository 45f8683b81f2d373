"""An open run planned again to its end: what is put into the past is decided at once, and the rest counts from that."""

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
class Replanned:
    """A new plan.

    Attributes:
        steps: every step that was open, in listed order, as it was planned last.
        skipped: those of them that this very plan skips, with the reason.
        waiting: those that wait for day zero in any turn of it, as the first turn said.
    """

    steps: tuple[StepPlan, ...]
    skipped: Mapping[str, str]
    waiting: tuple[str, ...]

    @property
    def due_at(self) -> datetime | None:
        """When the next step is due; None when no step has an instant."""
        following = coming(step for step in self.steps if step.step not in self.skipped)
        return following.due_at if following is not None else None


def replan(timings: Sequence[StepTiming], facts: RunFacts, now: datetime) -> Replanned:
    """Plans what is left of an open run at ``now``, UTC.

    Args:
        timings: of the sequence, in listed order.
        facts: of the run.
        now: what lies before it was missed, except where ``facts.judged`` says otherwise.
    """
    found: dict[str, StepPlan] = {}
    skipped: dict[str, str] = {}
    waiting: tuple[str, ...] | None = None
    while True:
        plans = plan(timings, facts, replanned_at=now)
        found |= {each.step: each for each in plans}
        if waiting is None:
            waiting = tuple(each.step for each in plans if each.waits)
        final = decided_now(plans)
        if not final:
            steps = tuple(found[timing.id] for timing in timings if timing.id in found)
            return Replanned(steps, skipped, waiting)
        skipped |= {each.step: each.skipped or "" for each in final}
        facts = replace(
            facts,
            decided=(*facts.decided, *(Decided(each.step, now, sent=False) for each in final)),
            judged=tuple(
                Judged(each.step, each.own, each.judged_at or now)
                for each in plans
                if each.own is not None and each.step not in skipped
            ),
        )
