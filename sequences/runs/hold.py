"""A hold: nothing is sent of a sequence, of an owner, or at all. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from sequences.runs.bulk import HoldScope

if TYPE_CHECKING:
    from collections.abc import Sequence

EVERYTHING_KEY: Final = "all"
"""The key of the hold on everything: there is one."""

_OVERDUE: Final = timedelta(minutes=10)
_NAMED: Final = 5


@dataclass(frozen=True)
class Hold:
    """A hold that is on. Instants are UTC.

    Attributes:
        scope: ``sequence | owner | everything``.
        key: name of the sequence, id of the owner, or ``all``.
        reason: as it was given.
        asked_by: who asked for it; None: a release before this was stored.
        until: when it ends automatically; None: somebody ends it.
    """

    scope: str
    key: str
    reason: str
    since: datetime
    asked_by: str | None = None
    until: datetime | None = None


def whole_words(scope: str, key: str) -> str:
    """What a hold is about, in words."""
    return "everything" if scope == HoldScope.EVERYTHING else f"the whole {scope} {key}"


def hold_words(hold: Hold) -> str:
    """One line about a hold: what, since when, by whom, why, and until when."""
    by = f" by {hold.asked_by}" if hold.asked_by else ""
    end = f", until {_clock(hold.until)}" if hold.until else ""
    return f"{whole_words(hold.scope, hold.key)} has been paused since {_clock(hold.since)}{by}{end} ({hold.reason})"


def holds_summary(holds: Sequence[Hold], now: datetime) -> tuple[bool, str]:
    """Whether all holds are as they should be, and one line about them; a hold on everything is told first.

    Args:
        holds: that are on.
        now: UTC.
    """
    late = [hold for hold in holds if hold.until is not None and hold.until + _OVERDUE < now]
    if late:
        return False, f"{hold_words(late[0])}; it did not end automatically: resume it"
    whole = [hold_words(hold) for hold in holds if hold.scope == HoldScope.EVERYTHING]
    others = sorted(f"{hold.scope} {hold.key}" for hold in holds if hold.scope != HoldScope.EVERYTHING)
    if whole:
        whole.append("nothing is sent")
    if others:
        named = ", ".join(others[:_NAMED]) + (f" and {len(others) - _NAMED} more" if len(others) > _NAMED else "")
        whole.append(f"paused: {named}")
    return True, "; ".join(whole)


def _clock(at: datetime) -> str:
    return f"{at:%a %d %b %Y %H:%M} UTC"
