"""Messages beside those of steps, one after the other: claimed, handed over, settled; what is in doubt stays so."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar

from sequences.errors import NotReadyError
from sequences.sending.outcome import MOST_TRIES, HandOver, TransportOutcome, TransportVerdict, wait_before_try
from services.sending.stored import stored
from services.uncancelled import to_the_end

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime

    from adapters.postgres.database import Connection, Database

_log = logging.getLogger("relance.mails")

_A_PAGE: Final = 100
_SECONDS_A_PASS: Final = 120.0
"""After this no further message is begun: the next pass goes on, and one message may take ten minutes more."""
LOST_AFTER: Final = timedelta(minutes=20)
"""Longer than any pass lasts, so whoever claimed a message before that is gone."""


class Claimed(Protocol):
    """A claimed row."""

    @property
    def id(self) -> str:
        """Of the row."""
        ...

    @property
    def tries(self) -> int:
        """How often it was given back for a reason of its own."""
        ...


_C = TypeVar("_C", bound=Claimed)


@dataclass(frozen=True)
class Passing:
    """One pass.

    Attributes:
        now: UTC.
        claimer: another one for each pass.
        stopping: says when to begin no further message.
    """

    now: datetime
    claimer: str
    stopping: Callable[[], bool] = lambda: False


@dataclass(frozen=True)
class GivenBack:
    """Why a row waits again.

    Attributes:
        tries: how often it was given back for a reason of its own.
        after: when it may be tried again; None: at once.
    """

    outcome: TransportOutcome
    tries: int
    after: datetime | None = None


class MailRows(Protocol[_C]):
    """The rows of one kind of message."""

    what: str
    """For logs, such as ``owner mail``."""

    async def waiting(self, connection: Connection, now: datetime, limit: int) -> list[str]:
        """Ids of those that may be tried, the oldest first."""
        ...

    async def claim(self, connection: Connection, identity: str, by: Passing) -> _C | None:
        """The row, when nobody else has it and nothing forbids it."""
        ...

    async def release(self, connection: Connection, row: _C, by: Passing, back: GivenBack) -> None:
        """It is known not to have gone out, and waits again."""
        ...

    async def settle(self, connection: Connection, row: _C, by: Passing, outcome: TransportOutcome) -> None:
        """It was sent, it failed, or nobody knows."""
        ...

    def ready(
        self, identity: str
    ) -> AbstractAsyncContextManager[Callable[[_C, HandOver], Awaitable[TransportOutcome]]]:
        """What the row of this id may be handed to at once, as long as the block lasts.

        Raises:
            NotReadyError: on entering: there is no connection.
        """
        ...


class SendWaiting(Generic[_C]):
    """Sends what waits. The connection comes before the claim: what waits for a server is in nobody's hands."""

    def __init__(self, database: Database, rows: MailRows[_C]) -> None:
        self._database = database
        self._rows = rows

    async def send(self, by: Passing) -> tuple[Counter[str], bool]:
        """How many came to which state (``planned``: they wait again), and whether the server is away."""
        done: Counter[str] = Counter()
        clock = asyncio.get_running_loop().time
        until = clock() + _SECONDS_A_PASS
        while True:
            async with self._database.transaction() as connection:
                waiting = await self._rows.waiting(connection, by.now, _A_PAGE)
            for row in waiting:
                if by.stopping() or clock() >= until:
                    return done, False
                state, away = await self._send(row, by)
                done[state] += 1
                if away:
                    return done, True
            # Each was claimed, by us or by somebody else, so the next page holds others.
            if len(waiting) < _A_PAGE:
                return done, False

    async def _send(self, identity: str, by: Passing) -> tuple[str, bool]:
        """The state of the message now (empty: somebody else has it), and whether the server is away."""
        try:
            async with self._rows.ready(identity) as hand_over:
                async with self._database.transaction() as connection:
                    row = await self._rows.claim(connection, identity, by)
                if row is None:
                    return "", False
                outcome = await self._handed_over(hand_over, row, by)
        except NotReadyError as error:
            _log.warning("the server does not accept an %s (%s)", self._rows.what, error)
            return "planned", True
        return await to_the_end(stored(lambda: self._settled(row, outcome, by), row.id))

    async def _handed_over(
        self, hand_over: Callable[[_C, HandOver], Awaitable[TransportOutcome]], row: _C, by: Passing
    ) -> TransportOutcome:
        handover = HandOver()
        try:
            return await hand_over(row, handover)
        except asyncio.CancelledError:
            if not handover.may_be_out:
                cut = TransportOutcome(TransportVerdict.RETRY, "cancelled", None, "ended before it was handed over")
                back = GivenBack(cut, row.tries)
                await to_the_end(stored(lambda: self._release(row, by, back), row.id))
            else:
                cut = TransportOutcome(TransportVerdict.UNKNOWN, "data", None, "ended before the server had answered")
                await to_the_end(stored(lambda: self._settle(row, cut, by), row.id))
            raise

    async def _settled(self, row: _C, outcome: TransportOutcome, by: Passing) -> tuple[str, bool]:
        if outcome.away:
            await self._release(row, by, GivenBack(outcome, row.tries))
            _log.warning("the server does not accept an %s (%s)", self._rows.what, outcome.reason)
            return "planned", True
        if _again(outcome) and row.tries + 1 < MOST_TRIES:
            tries = row.tries + 1
            wait = outcome.retry_after or wait_before_try(tries)
            await self._release(row, by, GivenBack(outcome, tries, by.now + timedelta(seconds=wait)))
            return "planned", False
        return await self._settle(row, outcome, by), False

    async def _release(self, row: _C, by: Passing, back: GivenBack) -> None:
        async with self._database.transaction() as connection:
            await self._rows.release(connection, row, by, back)

    async def _settle(self, row: _C, outcome: TransportOutcome, by: Passing) -> str:
        async with self._database.transaction() as connection:
            await self._rows.settle(connection, row, by, outcome)
        if outcome.state != "sent":
            _log.warning(
                "%s %s is %s (%s %s)", self._rows.what, row.id, outcome.state, outcome.stage, outcome.code or ""
            )
        return outcome.state


def _again(outcome: TransportOutcome) -> bool:
    """A refused sender (MAIL FROM) is our mistake and may be corrected; it must not cost every waiting message."""
    return outcome.verdict is TransportVerdict.RETRY or (
        outcome.verdict is TransportVerdict.FAILED and outcome.stage == "mail"
    )
