"""Wakes the rule watchers when there is something for them to do: soon, and never in a burst."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from adapters.postgres import queries

if TYPE_CHECKING:
    from adapters.postgres.database import Connection, Database
    from services.ports import RuleWatchers

_SHORTEST = 0.2
_LONGEST = 30.0
"""Seconds. A watcher without worker would gather signals for hours, and a run takes only 10,000 of them."""


class RuleWaking:
    """Asks Postgres for work, and tells the watchers of it."""

    def __init__(
        self, database: Database, watchers: RuleWatchers | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._watchers = watchers
        self._clock = clock
        self._wait = _SHORTEST
        self._woke_at = -_LONGEST
        self._seen: int | None = None
        self._queued = False

    async def waits(self, connection: Connection) -> bool:
        """Whether there is anything to wake somebody for; asked by the slow poll, of a connection that it has."""
        work = await queries.rules_have_work(connection) if self._watchers is not None else None
        if work is not None and (work.oldest is not None or work.waiting):
            return True
        self._seen, self._queued = None, False
        return False

    async def look(self) -> float | None:
        """Wakes the watchers if a change waits that none has seen, or somebody waits in the queue.

        Returns:
            Seconds after which to look again because this was too soon after the last time; None otherwise.

        Raises:
            UnavailableError: Temporal does not answer.
        """
        if self._watchers is None:
            return None
        async with self._database.statement() as connection:
            work = await queries.rules_have_work(connection)
        oldest, queued = (work.oldest, work.waiting) if work is not None else (None, False)
        news = (oldest is not None and oldest != self._seen) or (queued and not self._queued)
        wait = _SHORTEST if news else self._wait
        if oldest is None and not news:
            # The queue may wait for tomorrow's share: the watchers look at it by themselves as well.
            wait = _LONGEST
        if not news and oldest is None and not queued:
            self._seen, self._queued = None, False
            return None
        now = self._clock()
        if now < self._woke_at + wait:
            return self._woke_at + wait - now
        self._wait = _SHORTEST if news else min(_LONGEST, 2 * self._wait)
        self._seen, self._queued, self._woke_at = oldest, queued, now
        await self._watchers.wake()
        return None
