"""How often a part of the local stack is started again after it died."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

LIMIT = 5
"""So many times within ``WITHIN``; a part that dies again is broken, and somebody must look."""
WITHIN = 300.0
"""Seconds."""
_LONGEST = 10.0


@dataclass
class Restarts:
    """Counts them by part. Times are seconds of any one clock."""

    _died: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def wait(self, part: str, now: float) -> float | None:
        """Notes that a part has died at ``now``.

        Returns:
            Seconds until it is to be started again: none at first, then 1, 2, 4; None: it died too often.
        """
        died = [at for at in self._died[part] if now - at < WITHIN]
        self._died[part] = [*died, now]
        if len(died) >= LIMIT:
            return None
        return min(_LONGEST, 2.0 ** (len(died) - 1)) if died else 0.0
