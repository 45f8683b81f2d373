"""The plan with which a run begins: what can never go is skipped at once, and what comes after counts from that. Pure.

``Planning.next_due`` says the same of a run without any planned step; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from sequences.planning.planner import coming, decided_now, plan
from sequences.planning.values import Decided, Judged, RunFacts, StepPlan, StepTiming


@dataclass(frozen=True, slots=True)
class FirstPlan:
    """All steps of a run that begins.

    Attributes:
        steps: one for each step, in listed order.
        skipped: steps that are skipped by this very plan, with the reason.
        waiting: steps that wait for day zero.
        coming: what comes next; None when all are skipped.
    """

    steps: tuple[StepPlan, ...]
    skipped: Mapping[str, str]
    waiting: tuple[str, ...]
    coming: StepPlan | None


def first_plan(timings: Sequence[StepTiming], facts: RunFacts) -> FirstPlan:
    """The plan of a run that begins at ``facts.enrolled_at``.

    Args:
        timings: of the sequence, in listed order.
        facts: of the run; nothing is decided yet.

    Raises:
        DefinitionError: as ``plan`` does.
    """
    now = facts.enrolled_at
    plans = plan(timings, facts)
    waiting = tuple(each.step for each in plans if each.waits)
    found = {each.step: each for each in plans}
    skipped: dict[str, str] = {}
    while fresh := decided_now(plans):
        skipped.update({each.step: each.skipped or "" for each in fresh})
        facts = replace(
            facts,
            decided=tuple(Decided(each.id, now, sent=False) for each in timings if each.id in skipped),
            judged=tuple(
                Judged(each.step, each.own, each.judged_at or now)
                for each in found.values()
                if each.own is not None and each.step not in skipped
            ),
        )
        plans = plan(timings, facts, replanned_at=now)
        found |= {each.step: each for each in plans}
    steps = tuple(found[each.id] for each in timings)
    return FirstPlan(steps, MappingProxyType(skipped), waiting, coming(plans))
