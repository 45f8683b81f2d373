"""Who may go to the mail server: some at a time, and one alone while the server is away.

A server that hangs costs whoever meets it a minute. If everybody had to find out alone, a hundred mails would wait for
an hour for nothing; so what one met is told to all, and one at a time looks whether the server is back.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import replace

from sequences.errors import NotReadyError
from sequences.sending.outcome import TransportOutcome, TransportVerdict

_SHORTEST_WAIT = 60.0
_LONGEST_WAIT = 600.0


class Turns:
    """Belongs to the event loop that it is first used in. Every ``take`` that returns is followed by one ``give_back``.

    Args:
        most: how many may go at the same time.
        busy: what to say when no turn came in time.
    """

    def __init__(self, most: int, busy: str) -> None:
        self._free = most
        self._busy = busy
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._away: TransportOutcome | None = None
        self._since = 0.0
        self._looking = False

    async def take(self, within: float) -> bool:
        """Waits for a turn. True when the server is away and this one looks whether it is back.

        Args:
            within: seconds.

        Raises:
            NotReadyError: no turn came in time, or the server is away and somebody looks already.
        """
        if self._away is not None:
            if self._looking or self._free == 0:
                raise NotReadyError(self._away)
            self._looking = True
            self._free -= 1
            return True
        if self._free > 0:
            self._free -= 1
            return False
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(within):
                await turn
        except TimeoutError:
            self._leave(turn)
            raise NotReadyError(
                TransportOutcome(TransportVerdict.RETRY, "connect", None, self._busy, retry_after=_SHORTEST_WAIT)
            ) from None
        except BaseException:
            self._leave(turn)
            raise
        return False

    def give_back(self, *, looked: bool) -> None:
        """Ends a turn; ``looked`` is what its ``take`` returned. The longest waiting is next."""
        if looked:
            self._looking = False
        self._free += 1
        self._next()

    def failed(self, outcome: TransportOutcome) -> TransportOutcome:
        """The server cannot be used: nobody waits for it any more. Returns the outcome with the time to wait."""
        now = asyncio.get_running_loop().time()
        if self._away is None:
            self._since = now
        # As long again as it has been away: soon at first, and never so late that a server that is back is not noticed.
        wait = min(max(now - self._since, _SHORTEST_WAIT), _LONGEST_WAIT)
        self._away = replace(outcome, retry_after=max(wait, outcome.retry_after or 0.0))
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_exception(NotReadyError(self._away))
        return self._away

    def worked(self) -> None:
        """The server can be used."""
        self._away = None

    def _leave(self, turn: asyncio.Future[None]) -> None:
        if turn in self._waiting:
            self._waiting.remove(turn)
        elif turn.done() and not turn.cancelled() and turn.exception() is None:
            # It was given the turn in the moment in which it gave up.
            self._free += 1
            self._next()

    def _next(self) -> None:
        while self._free > 0 and self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                self._free -= 1
                turn.set_result(None)
