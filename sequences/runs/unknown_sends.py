"""A send of which nobody knows whether it went out: when to look for it, and what to believe at last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

Resolution = Literal["proved", "assumed_sent", "given_up"]
"""``proved``: it went out; ``assumed_sent``: the sequence says to believe it; ``given_up``: it was to be sent again,
and its run or its tries are at their end."""

LOST_AFTER: Final = timedelta(minutes=20)
"""Longer than any send takes: a claim that stands so long has lost its claimer."""

_SOONEST: Final = timedelta(minutes=5)
_LATEST: Final = timedelta(hours=6)


@dataclass(frozen=True)
class ReconcileCall:
    """Argument of the activity; ``now`` is the time of the workflow."""

    now: datetime


@dataclass(frozen=True)
class ReconcilePass:
    """What one pass found out, in sends. ``away``: places that could not be looked into."""

    lost: int = 0
    proved: int = 0
    assumed_sent: int = 0
    given_up: int = 0
    waiting: int = 0
    away: int = 0


def next_look(first: datetime, now: datetime) -> datetime:
    """When to look again: soon at first, then after as long as it has been looked for, at most six hours.

    >>> from datetime import UTC
    >>> first = datetime(2027, 5, 4, 9, 0, tzinfo=UTC)
    >>> [f"{next_look(first, first + timedelta(minutes=age)):%H:%M}" for age in (0, 5, 10, 60)]
    ['09:05', '09:10', '09:20', '11:00']
    """
    return now + min(max(now - first, _SOONEST), _LATEST)


def resolution(
    if_unknown: str, *, first: datetime, now: datetime, after: timedelta, sends_again: bool
) -> Resolution | None:
    """What to believe without proof, or None: go on looking.

    Args:
        if_unknown: policy of the sequence, ``assume_sent`` or ``resend``.
        first: since when it is looked for.
        now: on the same clock.
        after: how long to look.
        sends_again: with ``resend``: its run is open, and has not put the step behind it.
    """
    if now - first < after or (if_unknown == "resend" and sends_again):
        return None
    return "given_up" if if_unknown == "resend" else "assumed_sent"
