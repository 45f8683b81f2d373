"""Leaves the start of a run to a worker, and waits a moment for it.

A worker gets the first task of a run with the answer to its start, so that Temporal need not hand it to anybody. Where
no worker listens, or none starts the run in time, whoever waits starts it itself.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from adapters.clock import utc_now
from adapters.outage_errors import where
from adapters.postgres import queries
from adapters.postgres.listening import STARTER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from adapters.postgres.database import Database

_log = logging.getLogger("relance.runs")

_PATIENCE = 1.0
_LONGER = 3
_OURS_FOR = timedelta(seconds=5)
_ASKED_AGAIN_AFTER = 10.0
_FIRST_LOOK = 0.01
_LATER_LOOKS = 1.5
"""Each look that finds nothing makes the wait before the next one so much longer."""
_LONGEST_GAP = 0.1


class StartedByWorkers:
    """All that wait in this process ask Postgres together."""

    def __init__(
        self,
        database: Database,
        *,
        patience: float = _PATIENCE,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], datetime] = utc_now,
    ) -> None:
        """``patience`` is in seconds; ``clock`` never goes back; ``wall`` is that of dispatchers."""
        self._database = database
        self._patience = patience
        self._clock = clock
        self._wall = wall
        self._waiting: dict[str, asyncio.Future[bool]] = {}
        self._looking: asyncio.Task[None] | None = None
        self._listened = False
        self._asked_until = self._seen = -math.inf

    async def started(self, enrollment: str) -> bool:
        """Whether a worker has started an accepted enrollment, or it need not start any more.

        False: none did, and it is kept from them for a moment, for whoever asks starts it now.
        """
        began = self._clock()
        if not await self._any_listens(began):
            return False
        found = await self._begun(enrollment, self._patience)
        if not found and not await self._taken_back(enrollment):
            # A worker has it: Temporal is slow, or the machine is.
            found = await self._begun(enrollment, _LONGER * self._patience)
        if not found and self._seen < began:
            # They listen and start nothing, such as workers of an older release: they are not waited for, for a while.
            self._listened, self._asked_until = False, self._clock() + _ASKED_AGAIN_AFTER
        return found

    async def _begun(self, enrollment: str, seconds: float) -> bool:
        future = self._waiting.setdefault(enrollment, asyncio.get_running_loop().create_future())
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            async with asyncio.timeout(seconds):
                return await asyncio.shield(future)
        except TimeoutError:
            return False
        finally:
            self._waiting.pop(enrollment, None)

    async def _taken_back(self, enrollment: str) -> bool:
        async with self._database.statement() as connection:
            kept = await queries.take_back_start(connection, id=enrollment, until=self._wall() + _OURS_FOR)
        return kept is not None

    async def _any_listens(self, now: float) -> bool:
        if now >= self._asked_until:
            async with self._database.statement() as connection:
                self._listened = bool(await queries.process_listens(connection, listener=STARTER))
            self._asked_until = now + _ASKED_AGAIN_AFTER
        return self._listened

    async def _look(self) -> None:
        wait = _FIRST_LOOK
        while self._waiting:
            await asyncio.sleep(wait)
            # Those who had an answer are gone by now, and their process may be ending.
            if not self._waiting:
                return
            try:
                async with self._database.statement() as connection:
                    found = await queries.begun_among(connection, ids=list(self._waiting))
            except Exception as error:  # noqa: BLE001 - whoever waits starts its run itself, and meets the error there
                _log.warning("cannot see what workers start (%s)", where(error))
                self._answer(list(self._waiting), begun=False)
                return
            self._answer(found, begun=True)
            if found:
                self._seen = self._clock()
            wait = _FIRST_LOOK if found else min(_LONGEST_GAP, wait * _LATER_LOOKS)

    def _answer(self, enrollments: Iterable[str], *, begun: bool) -> None:
        for enrollment in enrollments:
            future = self._waiting.get(enrollment)
            if future is not None and not future.done():
                future.set_result(begun)
