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
_SHORTLY: Final = timedelta(seconds=2)
UNCONFIRMED: Final = "opt_out_unconfirmed"
"""What holds a send: an opt-out of the person waits for somebody's word."""
MAILBOX_AGAIN: Final = timedelta(minutes=15)
"""After it, what waits for a mailbox is tried again. A mailbox that comes back wakes its runs before that."""
UNCONFIRMED_AGAIN: Final = timedelta(hours=1)
"""After it, what such an opt-out holds is tried again: a person decides, and that may take days."""


def wait_for_reaction(since: datetime | None, now: datetime) -> timedelta:
    """How long to leave what a reaction holds.

    Most reactions are handled within seconds, and by somebody else than the run that is held: a change by a new plan, a
    reply to another run of the person there. Nobody wakes the held run then. So it looks again after as long as the
    reaction has waited already.

    Args:
        since: when the oldest reaction that holds came in; None: none does, but a pause or a mail that is unmatched.
        now: UTC.

    >>> came = datetime(2027, 5, 4, 9)
    >>> [str(wait_for_reaction(came, came + timedelta(seconds=age))) for age in (0, 30, 3600)]
    ['0:00:02', '0:00:30', '0:05:00']
    """
    if since is None:
        return HELD_AGAIN
    return min(max(now - since, _SHORTLY), HELD_AGAIN)


@dataclass(frozen=True, slots=True)
class NotNow:
    """The step stays to be taken.

    Attributes:
        until: None when a reaction or a pause is in the way.
        why: one short word for people.
        attempt: which one comes next.
        again: without ``until``, how long to wait.
    """

    until: datetime | None
    why: str
    attempt: int = 0
    again: timedelta = HELD_AGAIN


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
    MAILBOX = "mailbox"
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
        detail: the state of the run or of the mailbox, the reason of the suppression, or what holds if that is no
            reaction.
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
        case Obstacle.MAILBOX:
            return NotNow(None, f"mailbox_{detail}", attempt, MAILBOX_AGAIN)
        case Obstacle.BACKED_OFF | Obstacle.SLOT:
            return NotNow(until, obstacle.value, attempt)
        case Obstacle.GONE:
            return None


def tried_again(came: NotNow, now: datetime) -> datetime:
    """When something is tried again that a reaction, a pause or an unconfirmed opt-out is in the way of; UTC."""
    return now + (UNCONFIRMED_AGAIN if came.why == UNCONFIRMED else came.again)


def owner_must_know(state: str, reason: str) -> bool:
    """Of what forbids a send, the owner hears only what they can mend."""
    routine = reason.startswith(("suppressed", "same_address"))
    return state == "failed" or (state == "refused" and not routine)
