"""One lane of the outbox: rows of a kind are claimed, handed over in order, and noted; by any number of dispatchers."""

from __future__ import annotations

import asyncio
import enum
import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from adapters.outage_errors import is_outage, where
from adapters.postgres import queries

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

    from adapters.postgres.database import Connection, Database

_log = logging.getLogger("relance.dispatch")

_BATCH = 200
_AT_ONCE = 40
_LONGEST_DELAY = timedelta(minutes=1)


class LaneResult(enum.Enum):
    """What became of a row."""

    DONE = "done"
    LATE = "late"
    """The run that it is about was over: a small workflow of its own has it."""
    NOT_NEEDED = "not needed"
    """It concerns nobody any more."""
    PARTLY = "partly"
    """It need not be handed over again, but what depends on it is not done yet."""
    LATER = "later"
    """It must be handed over again, after a while."""


class LaneRow(Protocol):
    """A row that waits. Those of one key are handed over in their order, and none of them around one that failed."""

    @property
    def id(self) -> str:
        """Of the row."""
        ...

    @property
    def key(self) -> str:
        """Of what it is about."""
        ...


_R = TypeVar("_R", bound=LaneRow)


class LaneKind(Protocol[_R]):
    """What a lane carries."""

    name: str
    """As ``outbox_delay`` and the locks know it."""

    async def waiting(
        self, connection: Connection, now: datetime, among: Collection[str] | None, limit: int
    ) -> Sequence[_R]:
        """Locks the oldest rows that wait and that no other dispatcher has; see ``sql/outbox_rows.sql``."""
        ...

    async def settle_many(self, rows: Sequence[_R]) -> Collection[str]:
        """Does without Temporal what can be done for many rows at once, in a transaction of its own; usually nothing.

        Returns:
            Ids of the rows that are settled, and need not be handed over.
        """
        ...

    async def hand_over_together(self, rows: Sequence[_R]) -> LaneResult | None:
        """Tells Temporal of several rows of one key in one call, in their order; None: they are handed over one by one.

        Raises:
            UnavailableError: Temporal does not answer.
        """
        ...

    async def hand_over(self, row: _R) -> LaneResult:
        """Tells Temporal of it. Repeated it changes nothing there.

        Raises:
            UnavailableError: Temporal does not answer.
        """
        ...

    async def note(self, connection: Connection, done: Sequence[tuple[_R, LaneResult]], now: datetime) -> None:
        """Writes down that they were handed over, in the transaction that holds them."""
        ...


class OneByOne(Generic[_R]):
    """A kind of row that is handed over one by one."""

    async def settle_many(self, rows: Sequence[_R]) -> Collection[str]:
        """See ``LaneKind``."""
        return ()

    async def hand_over_together(self, rows: Sequence[_R]) -> LaneResult | None:
        """See ``LaneKind``."""


class Lane(Generic[_R]):
    """Rows of one kind.

    The claim is an advisory lock of a transaction that stays open while Temporal is asked: a dispatcher that dies gives
    everything back at once, and nobody who writes the rows themselves waits for it.
    """

    def __init__(self, database: Database, kind: LaneKind[_R], clock: Callable[[], datetime]) -> None:
        self._database = database
        self._kind = kind
        self._clock = clock

    async def waits(self, connection: Connection) -> bool:
        """Whether there is anything for us."""
        return bool(await self._kind.waiting(connection, self._clock(), None, 1))

    async def look(self) -> float | None:
        """Hands over the oldest that wait.

        Returns:
            0.0 when there may be more; None otherwise.

        Raises:
            UnavailableError: Temporal does not answer; Postgres' own errors when that does not. What was done is noted.
        """
        async with self._database.statement() as connection:
            # Most looks find nothing: one message to Postgres instead of three.
            if not await self.waits(connection):
                return None
        async with self._database.transaction() as connection:
            found = await self._kind.waiting(connection, self._clock(), None, _BATCH)
            rows = await self._still_waiting(connection, found)
            batch = _Batch(self._kind)
            settled = await self._settle_many(rows)
            await batch.hand_over([row for row in rows if row.id not in settled])
            if batch.done:
                await self._kind.note(connection, batch.done, self._clock())
            if batch.failed:
                await queries.delay_in_outbox(
                    connection,
                    lane=self._kind.name,
                    keys=sorted(batch.failed),
                    at=self._clock(),
                    longest=_LONGEST_DELAY,
                )
        if batch.outage is not None:
            raise batch.outage
        return 0.0 if len(found) == _BATCH else None

    async def _settle_many(self, rows: Sequence[_R]) -> Collection[str]:
        """What fails here is handed over one by one, where it holds up nothing but itself."""
        if not rows:
            return ()
        try:
            return await self._kind.settle_many(rows)
        except Exception as error:
            if is_outage(error):
                raise
            _log.exception("%s cannot be settled together", self._kind.name)
            return ()

    async def _still_waiting(self, connection: Connection, found: Sequence[_R]) -> Sequence[_R]:
        """Asked once they are locked: another may have handed them over between our look and our lock."""
        if not found:
            return found
        return await self._kind.waiting(connection, self._clock(), [row.id for row in found], _BATCH)


class _Batch(Generic[_R]):
    """Rows that one dispatcher hands over at the same time.

    Attributes:
        done: what was handed over, with what became of it.
        failed: keys that must wait.
        outage: why it ended early; None when it did not.
    """

    def __init__(self, kind: LaneKind[_R]) -> None:
        self._kind = kind
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self.done: list[tuple[_R, LaneResult]] = []
        self.failed: set[str] = set()
        self.outage: Exception | None = None

    async def hand_over(self, rows: Sequence[_R]) -> None:
        """Keys do not wait for each other."""
        by_key: dict[str, list[_R]] = {}
        for row in rows:
            by_key.setdefault(row.key, []).append(row)
        await asyncio.gather(*(self._in_order(group) for group in by_key.values()))

    async def _in_order(self, rows: list[_R]) -> None:
        """An outage ends the batch; what is wrong with a single row makes its key wait, and nobody else."""
        async with self._turns:
            if len(rows) > 1 and await self._together(rows):
                return
            for row in rows:
                if self.outage is not None:
                    return
                try:
                    result = await self._kind.hand_over(row)
                except Exception as error:  # noqa: BLE001 - one row must not hold up the others
                    if is_outage(error):
                        self.outage = self.outage or error
                    else:
                        _log.error("%s cannot be delivered now: %s", row.id, where(error))
                        self.failed.add(row.key)
                    return
                if result is LaneResult.LATER:
                    self.failed.add(row.key)
                    return
                self.done.append((row, result))

    async def _together(self, rows: Sequence[_R]) -> bool:
        """Whether that is all that can be done for them now. What fails together is tried one by one."""
        if self.outage is not None:
            return True
        try:
            result = await self._kind.hand_over_together(rows)
        except Exception as error:  # noqa: BLE001 - one row must not hold up the others
            if is_outage(error):
                self.outage = self.outage or error
            return self.outage is not None
        if result is None:
            return False
        self.done += [(row, result) for row in rows]
        return True
