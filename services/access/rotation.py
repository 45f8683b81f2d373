"""After a rotation the former secret is good for a while, so that nobody is locked out meanwhile."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sequences.errors import RefusedError, RequestRefused

GRACE: Final = timedelta(hours=24)
LONGEST_GRACE: Final = timedelta(days=30)


def former_until(now: datetime, grace: timedelta) -> datetime:
    """Until when the former secret is good, UTC; a grace of 0 ends it at once, as after a leak.

    Raises:
        RefusedError: the grace is too long.
    """
    if not timedelta(0) <= grace <= LONGEST_GRACE:
        raise RefusedError(RequestRefused.INVALID, f"a former secret is good for at most {LONGEST_GRACE.days} days")
    return now + grace
