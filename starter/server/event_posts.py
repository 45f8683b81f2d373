"""Posts events to subscribers as long as ``relance serve`` or ``relance dispatch`` runs."""

from __future__ import annotations

import asyncio
import logging
import secrets
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from adapters.clock import utc_now
from adapters.outage_errors import where
from adapters.postgres import queries
from services.events.post import PostEvents
from starter.composition import webhooks_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from adapters.postgres.database import Database
    from adapters.settings import Settings

_log = logging.getLogger("relance.events")

AT_ONCE: Final = 40
_SOON: Final = 1.0
_SELDOM: Final = 5.0
"""Seconds between two looks where nothing waits: one statement."""
_NOBODY: Final = 15.0
"""The same where nobody gets events."""


@asynccontextmanager
async def posting_events(settings: Settings, database: Database, every: float = _SELDOM) -> AsyncIterator[None]:
    """Posts as long as the block lasts. What is under way at its end is waited for, as long as a post may take.

    Args:
        settings: ours.
        database: where events and subscriptions are.
        every: seconds between two looks while nothing waits.
    """
    receivers = webhooks_of(settings, database)
    posting = PostEvents(database, receivers, utc_now, timedelta(hours=settings.deliver_for), settings.operator)
    poster = EventPoster(posting, every)
    task = asyncio.create_task(poster.run(), name="posting events")
    try:
        yield
    finally:
        poster.stop()
        await asyncio.wait([task])
        await receivers.aclose()


class EventPoster:
    """One a process; any number of processes."""

    def __init__(self, posting: PostEvents, every: float = _SELDOM) -> None:
        self._posting = posting
        self._every = every
        self._woken = asyncio.Event()
        self._stopped = False
        self._under_way: set[asyncio.Task[None]] = set()
        self._away = False

    def stop(self) -> None:
        """Ends ``run`` once what is under way is posted."""
        self._stopped = True
        self._woken.set()

    async def run(self) -> None:
        """Posts until stopped. Postgres that is away is waited for."""
        while not self._stopped:
            self._woken.clear()
            try:
                pause = await self.look()
                self._away = False
            except Exception as error:  # noqa: BLE001 - whatever it is, the next look tries again
                if not self._away:
                    _log.warning("cannot post events now (%s); kept, and retried", where(error))
                self._away = True
                pause = self._every
            try:
                async with asyncio.timeout(pause):
                    await self._woken.wait()
            except TimeoutError:
                continue
        if self._under_way:
            await asyncio.wait(self._under_way)

    async def look(self) -> float:
        """Reads the stream once, and begins to post what may be posted.

        Returns:
            Seconds until the next look; an end of a post wakes earlier.
        """
        async with self._posting.database.statement() as connection:
            ahead = await queries.events_ahead(connection)
        if ahead is None or not ahead.subscribed:
            return max(self._every, _NOBODY)
        if not ahead.behind and ahead.next_at is None:
            return self._every
        more = await self._posting.read_stream() if ahead.behind else False
        begun = 0
        while (room := AT_ONCE - len(self._under_way)) > 0:
            claim = secrets.token_hex(12)
            rows = await self._posting.claim(claim, room)
            for row in rows:
                task = asyncio.create_task(self._posting.post(row, claim), name=f"event {row.position}")
                self._under_way.add(task)
                task.add_done_callback(self._ended)
            begun += len(rows)
            if not rows:
                break
        return 0.0 if more and begun else _SOON

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        # The next event of its person may go.
        self._woken.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.warning("%s is left for later: %s", task.get_name(), where(error))
