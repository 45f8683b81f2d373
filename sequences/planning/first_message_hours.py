"""A first message at night or on a weekend: nothing forbids it, but somebody should have meant it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time
from typing import Final

from sequences.planning.values import Channel, StepPlan, StepTiming

UNSOCIAL: Final = "unsocial_hour"
"""Reason in front of a warning: the first message would go at night or on a weekend."""

_MORNING, _NIGHT = time(7), time(21)
_SATURDAY = 5


def unsocial_hour(timings: Sequence[StepTiming], plans: Sequence[StepPlan]) -> str | None:
    """Says when the first message would go, if that is at night or on a weekend where the recipient is.

    Args:
        timings: of the sequence.
        plans: of a run that would begin now.

    Returns:
        Words such as ``introduce on Sat 28 Nov at 22:52 (Europe/London), on a weekend``; None at any other hour.
    """
    messages = {timing.id for timing in timings if timing.channel != Channel.ACTION}
    first = next((plan for plan in plans if plan.step in messages and plan.due_at is not None), None)
    if first is None or first.local is None:
        return None
    if first.local.weekday() >= _SATURDAY:
        when = "on a weekend"
    elif not _MORNING <= first.local.time() < _NIGHT:
        when = "at night"
    else:
        return None
    return f"{first.step} on {first.local:%a %d %b at %H:%M} ({first.timezone}), {when}"
