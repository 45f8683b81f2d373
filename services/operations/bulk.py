"""Pausing and resuming everything of one sequence or one owner, or all there is, whichever way somebody asks.

A pause is a row first: from its commit on no send of these runs is claimed, whether Temporal answers or not. Adding it
waits for the claims that are being made at that moment.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from adapters.postgres import queries
from adapters.postgres.versions import not_published
from sequences import ids
from sequences.errors import NotFoundError, RefusedError, RequestRefused
from sequences.runs.bulk import BulkKind, BulkOrder, HoldScope

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from adapters.postgres.database import Connection, Database
    from sequences.runs.bulk import BulkState


class BulkOrders(Protocol):
    """Where orders go; ``adapters.temporal.bulk_control`` in production."""

    async def order(self, scope: HoldScope, key: str, order: BulkOrder) -> None:
        """Hands over an order.

        Raises:
            UnavailableError: Temporal does not answer.
        """
        ...

    async def progress(self, scope: HoldScope, key: str) -> BulkState:
        """How far the newest order is.

        Raises:
            NotFoundError: there is none.
            UnavailableError: nobody answers.
        """
        ...


NOT_COMPARED: Final = (
    "the database was restored, and its rows were not compared with Temporal yet: `relance reconcile --after-restore`"
)


@dataclass(frozen=True)
class BulkRequest:
    """What somebody asks for all runs.

    Attributes:
        nonce: the caller's idempotency key, or something random.
        rate: runs a second, at the most.
        reason: shown in the story of the runs; no personal data.
        mode: of a resume: ``shift | skip | send_one``; empty for each sequence's own.
        by: who asks.
        until: of a pause: when it ends automatically; None: somebody ends it.
    """

    nonce: str
    rate: int
    reason: str = ""
    mode: str = ""
    by: str = ""
    until: datetime | None = None


@dataclass(frozen=True)
class BulkControl:
    """The way in for orders about all runs.

    Attributes:
        database: Postgres.
        orders: Temporal.
        clock: the wall clock, for the row of a hold; nothing decides by it.
    """

    database: Database
    orders: BulkOrders
    clock: Callable[[], datetime]

    async def pause(self, scope: HoldScope, key: str, asked: BulkRequest) -> BulkOrder:
        """Holds everything of ``key`` at once, then has its runs paused one by one.

        Args:
            scope: what ``key`` names.
            key: name of a sequence, id of an owner, or ``all``.
            asked: the reason and the rate.

        Raises:
            NotFoundError: there is no such sequence or owner.
            RefusedError: it would end at once.
            UnavailableError: Temporal does not answer. The hold is on all the same; ask again.
        """
        now = self.clock()
        if asked.until is not None and asked.until <= now:
            raise RefusedError(RequestRefused.INVALID, "until: this has passed")
        reason = asked.reason or f"{_whole(scope)} is paused"
        order = BulkOrder(
            self._id(scope, key, asked.nonce),
            BulkKind.PAUSE,
            reason,
            rate=asked.rate,
            by=asked.by,
            until=asked.until,
        )
        async with self.database.transaction() as connection:
            if not await queries.known_hold_key(connection, scope=scope, key=key):
                if scope is HoldScope.SEQUENCE:
                    raise NotFoundError(await not_published(connection, key))
                raise NotFoundError(f"unknown owner {key!r}; `relance people` shows the owners of people")
            await add_hold(connection, scope, key, order, now)
        await self.orders.order(scope, key, order)
        return order

    async def resume(self, scope: HoldScope, key: str, asked: BulkRequest) -> BulkOrder:
        """Has the runs resumed that the hold paused, at the rate; what a person paused stays paused.

        Args:
            scope: what ``key`` names.
            key: name of a sequence, id of an owner, or ``all``.
            asked: the reason, the rate, and what becomes of steps whose time has passed.

        Raises:
            RefusedError: nothing is paused, or the database was restored and that is not settled yet.
            UnavailableError: Temporal does not answer; everything stays paused.
        """
        async with self.database.transaction() as connection:
            if scope is HoldScope.EVERYTHING and await queries.unsettled_restoration(connection) is not None:
                raise RefusedError(RequestRefused.RESTORED, NOT_COMPARED)
            standing = await queries.standing_hold(connection, scope=scope, key=key)
            left = await queries.count_runs_to_resume(connection, scope=scope, key=key, after="")
        if standing is None and not left:
            raise RefusedError(RequestRefused.NOT_PAUSED, _not_paused(scope, key))
        order = BulkOrder(
            self._id(scope, key, asked.nonce), BulkKind.RESUME, asked.reason, asked.mode, asked.rate, asked.by
        )
        await self.orders.order(scope, key, order)
        return order

    @staticmethod
    def _id(scope: HoldScope, key: str, nonce: str) -> str:
        return f"{ids.bulk_control_workflow_id(scope, key)}:{nonce}"


async def add_hold(connection: Connection, scope: str, key: str, order: BulkOrder, now: datetime) -> None:
    """Adds the hold of an order, unless one is on already; of two ends the later one counts.

    Args:
        connection: in a transaction that commits soon: until then no send is claimed.
        scope: what ``key`` names.
        key: of the hold.
        order: to pause.
        now: UTC.
    """
    await queries.take_turn_of_holds(connection)
    await queries.add_hold(
        connection,
        id=ids.hold_id(order.id),
        scope=scope,
        key=key,
        reason=order.reason or "paused by hand",
        since=now,
        rate=order.rate,
        asked_by=order.by or None,
        until=order.until,
    )


def _whole(scope: HoldScope) -> str:
    return "everything" if scope is HoldScope.EVERYTHING else f"the {scope}"


def _not_paused(scope: HoldScope, key: str) -> str:
    whole = "" if scope is HoldScope.EVERYTHING else f" {key!r}"
    return f"{_whole(scope)}{whole} is not paused as a whole"
