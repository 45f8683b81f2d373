"""What a run does about a step for which it woke up, by its rows and its record alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sequences.planning.planner import planned_step, postpone, released
from sequences.reactions.verdict import recipient_gone, stop_reason
from sequences.sending.send_obstacles import PUNCTUAL
from services.runs.planning import facts_of_run

if TYPE_CHECKING:
    from datetime import datetime

    from sequences.planning.values import RunFacts, StepPlan
    from sequences.runs.state import StepCall
    from services.runs.planning import RunContext
    from services.runs.whole_run import WholeRun


@dataclass(frozen=True)
class Ends:
    """The run stops, for a reason."""

    reason: str


@dataclass(frozen=True)
class PlansAgain:
    """The step is behind the run, or is not due: what comes next has to be asked."""


@dataclass(frozen=True)
class GoesOn:
    """A task was waited for until an instant that has come, or a person wants the run to go on."""

    until: datetime


@dataclass(frozen=True)
class OtherHour:
    """The schedule does not allow it at this hour; without an instant it never will."""

    planned: StepPlan


@dataclass(frozen=True)
class TakesIt:
    """Nothing that the rows say speaks against taking it now."""


WhatNow = Ends | PlansAgain | GoesOn | OtherHour | TakesIt


def what_now(context: RunContext, whole: WholeRun, call: StepCall, now: datetime) -> WhatNow:
    """What comes of a call for a step.

    Args:
        context: of a run that is not closed.
        whole: its rows.
        call: of the step.
        now: the run's time.
    """
    gone = recipient_gone(context.view)
    if gone is not None:
        return Ends(gone)
    if all(row.state == "planned" for row in whole.steps):
        # Nothing was sent yet: what changed before Temporal knew of the run may not have reached it.
        reason = stop_reason(context.version.definition.stop_when, context.view)
        if reason is not None:
            return Ends(reason)
    if any(row.step == call.step and row.state != "planned" for row in whole.steps):
        return PlansAgain()
    facts = facts_of_run(context, whole.steps, whole.pauses)
    send = next((row for row in whole.sends if row.step == call.step), None)
    # What a worker had begun to hand over before it died may be out: that comes to its end first.
    begun = send is not None and send.state != "planned"
    if not call.by_hand and not begun and not _is_due(context, facts, call.step, now):
        return PlansAgain()
    until = next((row.goes_on_at for row in whole.steps if row.step == call.step), None)
    if until is not None:
        return GoesOn(until)
    # A worker that was down overnight must not send at 3 a.m. what was due at 5 p.m.: the rules decide again.
    timing = context.timing(call.step)
    planned = postpone(released(timing) if call.by_hand else timing, facts, now)
    if planned.due_at is None or planned.due_at > now + PUNCTUAL:
        return OtherHour(planned)
    return TakesIt()


def _is_due(context: RunContext, facts: RunFacts, step: str, now: datetime) -> bool:
    """What people are shown is what is done: a step whose date has moved, gone or passed since is planned anew."""
    planned = planned_step(context.version.timings, facts, step, replanned_at=now)
    return planned is not None and planned.due_at is not None and planned.due_at <= now + PUNCTUAL
