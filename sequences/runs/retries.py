"""How long a failed hand-over waits for its next try, and when we give up."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

MOST_TRIES: Final = 10
"""With the waits below that is a little over a day, the least for which RFC 5321 section 4.5.4.1 has senders try."""

RESEND_AFTER: Final = timedelta(hours=1)
"""How long an unknown send waits for a bounce, a reply or a status before ``if_unknown: resend`` sends it again."""

_FIRST_SECONDS: Final = 60.0
_LONGEST_SECONDS: Final = 6 * 3600.0


def wait_before_try(number: int) -> float:
    """Seconds before the given try (1 is the first repeat): one minute, then three times as long each, at most 6 hours.

    >>> [round(wait_before_try(number) / 60) for number in range(1, 7)]
    [1, 3, 9, 27, 81, 243]
    """
    exponent: int = max(number, 1) - 1
    return min(_FIRST_SECONDS * 3.0**exponent, _LONGEST_SECONDS)
