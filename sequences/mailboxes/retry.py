"""A mailbox whose server refused the login: when it is tried again without a person, and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sequences.runs.unknown_sends import next_look

RETRIED_FOR: Final = timedelta(days=7)
"""After that only a person helps: a password that was wrong for a week is no outage of a provider."""
NOTIFIED_AGAIN_AFTER: Final = timedelta(days=1)
"""A server that lets us in and refuses again is one trouble, and people hear of it once a day at the most."""


@dataclass(frozen=True)
class RetryMailboxesCall:
    """Argument of the activity; ``now`` is the time of the workflow."""

    now: datetime


@dataclass(frozen=True)
class RetryMailboxesPass:
    """What one pass did, in mailboxes: ``connected`` send again, ``refused`` are tried later."""

    connected: int = 0
    refused: int = 0


def next_retry(since: datetime, now: datetime) -> datetime | None:
    """When the login is tried next; None: it is not tried any more.

    Soon at first, then after as long as the mailbox has been disconnected, at most six hours: few enough logins for no
    provider to lock the account.

    Args:
        since: when it was disconnected.
        now: on the same clock.

    >>> from datetime import UTC
    >>> since = datetime(2027, 5, 4, 9, 0, tzinfo=UTC)
    >>> [f"{next_retry(since, since + timedelta(minutes=age)):%H:%M}" for age in (0, 5, 60)]
    ['09:05', '09:10', '11:00']
    >>> next_retry(since, since + timedelta(days=8))
    """
    return next_look(since, now) if now - since < RETRIED_FOR else None


def notifies(notified_at: datetime | None, now: datetime) -> bool:
    """Whether people are told that a mailbox is disconnected.

    Args:
        notified_at: when they were told last; None: not since a person connected it.
        now: UTC.
    """
    return notified_at is None or now - notified_at >= NOTIFIED_AGAIN_AFTER
