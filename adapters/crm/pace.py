"""How fast a CRM may be asked: so many requests at once, and then so many a second."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class Pace:
    """A bucket of requests that fills up evenly.

    Args:
        a_second: requests, over time.
        at_once: how many may come together after a rest.
        clock: seconds, ever growing.
        sleep: waits so many seconds.
    """

    def __init__(
        self,
        a_second: float,
        at_once: int,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._a_second = a_second
        self._at_once = at_once
        self._clock = clock
        self._sleep = sleep
        self._full_at = clock()

    async def turn(self) -> None:
        """Waits until one more request is within the pace."""
        now = self._clock()
        # The instant at which the bucket would be full again says all about it.
        self._full_at = max(self._full_at, now) + 1 / self._a_second
        wait = self._full_at - now - self._at_once / self._a_second
        if wait > 0:
            await self._sleep(wait)
