"""Lanes of what users can take back for some seconds: Temporal is not asked, only Postgres."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, TypeVar

from adapters.postgres import queries
from services.operations.waiting_attachments import make_attachment
from services.operations.waiting_reviews import make_review
from starter.server.lane import LaneResult, LaneRow, OneByOne

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

    from adapters.postgres.database import Connection, Database


_Row = TypeVar("_Row", bound=LaneRow)


class _Undoable(OneByOne[_Row], ABC):
    """Rows that are done when their seconds are up, each in a transaction that takes it away."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    @abstractmethod
    async def make(self, connection: Connection, identity: str, now: datetime) -> bool:
        """Does what the row says; False: it was taken back, or another dispatcher did it."""

    async def hand_over(self, row: _Row) -> LaneResult:
        """Does it; the run hears of it by the lane of reactions."""
        async with self._database.transaction() as connection:
            made = await self.make(connection, row.id, self._clock())
        return LaneResult.DONE if made else LaneResult.NOT_NEEDED

    async def note(self, connection: Connection, done: Sequence[tuple[_Row, LaneResult]], now: datetime) -> None:
        """The rows are gone already."""


class SaidOfReplies(_Undoable[queries.WaitingReviewsDueRow]):
    """What users said of replies and did not take back."""

    name = "said"

    async def waiting(
        self, connection: Connection, now: datetime, among: Collection[str] | None, limit: int
    ) -> Sequence[queries.WaitingReviewsDueRow]:
        """Those whose seconds are up."""
        return await queries.waiting_reviews_due(connection, now=now, among=among, limit=limit)

    async def make(self, connection: Connection, identity: str, now: datetime) -> bool:
        """Makes the review."""
        return await make_review(connection, identity, now)


class Attachments(_Undoable[queries.WaitingAttachmentsDueRow]):
    """Messages that users attached to runs and did not take back."""

    name = "attached"

    async def waiting(
        self, connection: Connection, now: datetime, among: Collection[str] | None, limit: int
    ) -> Sequence[queries.WaitingAttachmentsDueRow]:
        """Those whose seconds are up."""
        return await queries.waiting_attachments_due(connection, now=now, among=among, limit=limit)

    async def make(self, connection: Connection, identity: str, now: datetime) -> bool:
        """Attaches it."""
        return await make_attachment(connection, identity, now)
