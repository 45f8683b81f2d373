"""The rows of a run that was planned to its end, as ``write_steps`` takes them: of many runs in one statement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sequences.planning.values import StepTiming
    from sequences.planning.whole_plan import WholePlan


def step_rows(
    enrollment: str, timings: Sequence[StepTiming], planned: WholePlan, now: datetime
) -> Iterator[dict[str, Any]]:
    """One row for each step of the plan.

    Args:
        enrollment: the run.
        timings: of its sequence, in listed order.
        planned: its plan.
        now: when it was planned; UTC.
    """
    positions = {timing.id: position for position, timing in enumerate(timings)}
    for step in planned.steps:
        skipped = step.step in planned.skipped
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


def _text(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant is not None else None
