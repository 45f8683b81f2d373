"""What the outbox leaves alone for a while, so that one row that fails never holds up the rows behind it."""

from __future__ import annotations

import time
from collections.abc import Callable

_FIRST = 1.0
_LONGEST = 60.0
_FORGOTTEN_AFTER = 300.0


class Postponed:
    """Ids with the instant from which they are tried again; the wait doubles from 1 s to 60 s."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until: dict[str, tuple[float, float]] = {}

    def add(self, ident: str) -> None:
        """Postpones ``ident``, each time for longer."""
        _, last = self._until.get(ident, (0.0, 0.0))
        wait = min(_LONGEST, max(_FIRST, 2 * last))
        self._until[ident] = (self._clock() + wait, wait)

    def ids(self) -> list[str]:
        """The ids that are not to be tried now."""
        now = self._clock()
        self._until = {
            ident: (until, wait) for ident, (until, wait) in self._until.items() if until + _FORGOTTEN_AFTER > now
        }
        return [ident for ident, (until, _) in self._until.items() if until > now]
