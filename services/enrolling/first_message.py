"""When the first message to a record that enters now would go: asked before anything is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sequences.planning.first_message_hours import unsocial_hour
from sequences.planning.planner import plan
from sequences.planning.values import RunFacts

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.versions import Version
    from sequences.planning.values import StepPlan
    from sequences.records.record_view import RecordView


def plan_of_entry(version: Version, view: RecordView, now: datetime) -> tuple[StepPlan, ...]:
    """The plan of a run that would begin now (UTC)."""
    day_zero = view.day_zero(version.definition.day_zero)
    return tuple(plan(version.timings, RunFacts(now, day_zero, view.zones, closed=view.closed_days)))


def first_hour(version: Version, view: RecordView, now: datetime) -> str | None:
    """When the first message would go, if that is at night or on a weekend; see ``unsocial_hour``."""
    return unsocial_hour(version.timings, plan_of_entry(version, view, now))
