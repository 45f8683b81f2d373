"""When a provider is asked again to tell of new mail."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

_AT_MOST: Final = timedelta(days=1)
_SOONEST: Final = timedelta(minutes=1)
_FIRST_WAIT: Final = timedelta(minutes=5)
_LONGEST_WAIT: Final = timedelta(hours=6)


def renew_at(now: datetime, ends_at: datetime) -> datetime:
    """Half of the time before it ends, so that a provider that is away for a while is asked again in time.

    At least once a day, as Google wants it; at most once a minute, whatever a provider says.
    """
    return now + max(_SOONEST, min(_AT_MOST, (ends_at - now) / 2))


def retry_at(now: datetime, failures: int) -> datetime:
    """After a refusal; ``failures`` so far in a row, this one left out. Mailboxes are looked at in turn meanwhile."""
    return now + min(_LONGEST_WAIT, _FIRST_WAIT * (1 << min(failures, 10)))
