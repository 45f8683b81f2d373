"""How one attempt at a send may end for its step, and what the obstacles of a send mean for it."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from sequences.definition.durations import DurationUnit

if TYPE_CHECKING:
    from sequences.definition.compile import FrequencyLimit

SAME_ADDRESS: Final = "same_address: the same step of this sequence went to this address, for another record"
SEND_PROBLEM: Final = "send_problem"
"""Kind of the notification about a send that its owner must know of."""

FOR_ANOTHER: Final = "it was written for another person than the run's"
PUNCTUAL: Final = timedelta(seconds=1)
"""What is due within it is due."""
HELD_AGAIN: Final = timedelta(minutes=5)
"""After it, what a reaction or a pause holds is tried again."""
UNCONFIRMED: Final = "opt_out_unconfirmed"
"""What holds a send: an opt-out of the person waits for somebody's word."""
UNCONFIRMED_AGAIN: Final = timedelta(hours=1)
"""After it, what such an opt-out holds is tried again: a person decides, and that may take days."""


@dataclass(frozen=True, slots=True)
class NotNow:
    """The step stays to be taken. ``until`` is None when a reaction or a pause is in the way."""

    until: datetime | None
    why: str
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class Settled:
    """The step is behind the run.

    Attributes:
        state: ``sent | done | skipped | refused | failed | unknown``.
        reason: for people; empty when there is nothing to say.
        tell: the owner must know.
    """

    state: str
    reason: str = ""
    tell: bool = False


class Obstacle(enum.StrEnum):
    """What may forbid a send, in the words of ``why_not_claimed`` in Postgres, the gravest first."""

    HELD = "held"
    RUN = "run"
    SUPPRESSED = "suppressed"
    SAME_ADDRESS = "same_address"
    FOR_ANOTHER = "for_another"
    FREQUENCY_CAP = "frequency_cap"
    CLOSED = "closed"
    BACKED_OFF = "mailbox_backed_off"
    SLOT = "slot"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Span:
    """The time over which the frequency cap counts; without ``cap`` there is none."""

    start: datetime | None = None
    cap: int | None = None
    ends: datetime | None = None


def span_of(limit: FrequencyLimit | None, timezone: str, now: datetime) -> Span:
    """The span of a frequency limit around ``now``: the recipient's calendar day, or a rolling longer period."""
    if limit is None:
        return Span()
    if limit.period.unit is not DurationUnit.DAYS:
        return Span(limit.period.before(now), limit.count, now + timedelta(days=1))
    midnight = now.astimezone(ZoneInfo(timezone)).replace(hour=0, minute=0, second=0, microsecond=0)
    return Span(midnight, limit.count, midnight + timedelta(days=1))


def forbidden(
    obstacle: Obstacle, detail: str | None, until: datetime | None, span: Span, attempt: int
) -> NotNow | Settled | None:
    """What an obstacle means for the step; None: nothing, since the next look at the step ends its run.

    Args:
        obstacle: the gravest one.
        detail: the state of the run, the reason of the suppression, or what holds if that is no reaction.
        until: when the mailbox may send again.
        span: of the frequency cap.
        attempt: which one this is.
    """
    match obstacle:
        case Obstacle.HELD:
            return NotNow(None, detail or "held", attempt)
        case Obstacle.RUN:
            return NotNow(None, detail or "", attempt)
        case Obstacle.SUPPRESSED:
            return Settled("refused", f"suppressed: {detail}")
        case Obstacle.SAME_ADDRESS:
            return Settled("refused", SAME_ADDRESS)
        case Obstacle.FOR_ANOTHER:
            return Settled("refused", FOR_ANOTHER, tell=True)
        case Obstacle.FREQUENCY_CAP:
            return NotNow(span.ends, "frequency_cap", attempt)
        case Obstacle.CLOSED:
            # Closed since the step was made ready: the next look at it finds its time.
            return NotNow(until, "closed", attempt)
        case Obstacle.BACKED_OFF | Obstacle.SLOT:
            return NotNow(until, obstacle.value, attempt)
        case Obstacle.GONE:
            return None


def tried_again(why: str, now: datetime) -> datetime:
    """When something is tried again that a reaction, a pause or an unconfirmed opt-out is in the way of; UTC."""
    return now + (UNCONFIRMED_AGAIN if why == UNCONFIRMED else HELD_AGAIN)


def owner_must_know(state: str, reason: str) -> bool:
    """Of what forbids a send, the owner hears only what they can mend."""
    routine = reason.startswith(("suppressed", "same_address"))
    return state == "failed" or (state == "refused" and not routine)
