"""Receivers of the event stream that get nothing, or much too late."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sequences.number_words import number_of
from services.doctor.findings import HealthFinding, HealthSeverity

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from services.events.subscriptions import SubscriptionLine

FAILED: Final = "subscription failed"
_FAILING: Final = timedelta(hours=1)
_WORDS: Final = {
    "gone": "it says that it is gone (HTTP 410)",
    "took_nothing": "it took nothing for too long",
}


def subscriptions_of(lines: Iterable[SubscriptionLine], now: datetime) -> list[HealthFinding]:
    """Those that failed, rest, or have taken nothing for an hour.

    Args:
        lines: all of them.
        now: UTC.
    """
    found = []
    for line in lines:
        behind = f"{number_of(line.behind, 'event')} behind"
        resume = f"relance webhook resume {line.endpoint}"
        if line.state == "failed":
            why = _WORDS.get(line.reason or "", line.reason or "it failed")
            words = f"{line.endpoint} gets no events any more: {why}; {behind}"
            found.append(HealthFinding(FAILED, words, resume, line.behind))
        elif line.state == "paused":
            words = f"{line.endpoint} gets no events until it is resumed; {behind}"
            hint = HealthSeverity.HINT
            found.append(HealthFinding("subscription paused", words, resume, line.behind, hint))
        elif line.failing_since is not None and now - line.failing_since > _FAILING:
            words = f"{line.endpoint} has taken nothing since {line.failing_since:%Y-%m-%d %H:%M} UTC; {behind}"
            log = f"relance webhook log {line.endpoint}"
            found.append(HealthFinding("subscription behind", words, log, line.behind, HealthSeverity.WARNING))
    return found
