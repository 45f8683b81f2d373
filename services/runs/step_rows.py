"""The rows of a run that was planned to its end, as ``write_steps`` takes them: of many runs in one statement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from adapters.postgres import queries
    from sequences.planning.values import StepPlan, StepTiming
    from sequences.planning.whole_plan import WholePlan


def step_rows(
    enrollment: str,
    timings: Sequence[StepTiming],
    planned: WholePlan,
    now: datetime,
    known: Sequence[queries.EnrollmentStepRow] = (),
) -> Iterator[dict[str, Any]]:
    """One row for each step of the plan whose row has to change.

    Args:
        enrollment: the run.
        timings: of its sequence, in listed order.
        planned: its plan.
        now: when it was planned; UTC.
        known: its rows as they are.
    """
    positions = {timing.id: position for position, timing in enumerate(timings)}
    before = {row.step: row for row in known}
    for step in planned.steps:
        skipped = step.step in planned.skipped
        row = before.get(step.step)
        if row is not None and not skipped and _says_so(row, step, positions[step.step], now):
            continue
        yield {
            "enrollment_id": enrollment,
            "step": step.step,
            "position": positions[step.step],
            "state": "skipped" if skipped else "planned",
            "due_at": _text(step.due_at),
            "decided_at": _text(now) if skipped else None,
            "reason": (planned.skipped[step.step] or None) if skipped else step.skipped,
            "moved_by": list(step.moved_by),
            "timezone": step.timezone,
            "timezone_source": step.timezone_source,
            "own_at": _text(step.own),
            "judged_at": _text(step.judged_at or now),
        }


def _says_so(row: queries.EnrollmentStepRow, step: StepPlan, position: int, now: datetime) -> bool:
    """The row of a step that stays planned has this plan already."""
    planned = (row.position, row.due_at, row.reason, tuple(row.moved_by), row.timezone, row.timezone_source, row.own_at)
    same = planned == (
        position,
        step.due_at,
        step.skipped,
        step.moved_by,
        step.timezone,
        step.timezone_source,
        step.own,
    )
    # Without an own instant nothing asks when it was judged, only whether.
    judged = row.judged_at is not None and (step.own is None or row.judged_at == (step.judged_at or now))
    return row.state != "planned" or (same and judged)


def _text(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant is not None else None
