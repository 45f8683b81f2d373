"""The outbox: hands stored reactions to their runs, and starts what was accepted while Temporal was away.

It is the net under re-enrollment windows too, wakes the rule watchers when something changed, and gives each follow-up
that goes out a workflow of its own.

Rows first, signals after. Whoever stores something calls ``wake``; a poll every second is the net under it. Everything
handed over is keyed, so handing it over twice (a crash in between, two processes) changes nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar

from adapters.clock import utc_now
from adapters.outage_errors import is_outage, where
from adapters.postgres import queries
from sequences.definition.reactions import ReactionKind
from sequences.errors import SettingsError, UnavailableError
from sequences.runs.state import Reaction
from sequences.sending.deliveries import NET
from services.follow_ups.left_from_0_1 import LeftBehind
from services.intake.judge_clicks import HitJudging
from starter.server.postponed_rows import Postponed
from starter.server.wake_watchers import RuleWaking

if TYPE_CHECKING:
    from adapters.postgres.database import Connection, Database
    from adapters.settings import Settings
    from services.enrolling.enroll import Enrolling
    from services.enrolling.window_starter import WindowStarter
    from services.ports import Deliveries, RuleWatchers, Runs

_log = logging.getLogger("relance.dispatch")

_POLL_SECONDS = 1.0
_SHORTEST_WAIT = 0.25
_LONGEST_WAIT = 5.0
_BATCH = 100
_AT_ONCE = 10
# A younger one is most likely being started by the request that made it.
_LEFT_BEHIND = timedelta(seconds=2)
# A watcher starts a thousand of them after its commit; this is for those of one that died over it.
_WINDOW_LEFT_BEHIND = timedelta(seconds=15)
# A window that has begun starts its run at once, unless the run before it still had the workflow's id.
_RUN_LEFT_BEHIND = timedelta(seconds=45)


class Parts(Protocol):
    """What the dispatcher needs of ``Services``."""

    @property
    def database(self) -> Database:
        """Where reactions and enrollments wait."""
        ...

    @property
    def runs(self) -> Runs:
        """Where reactions go."""
        ...

    @property
    def enrolling(self) -> Enrolling:
        """Starts an accepted enrollment."""
        ...

    @property
    def windows(self) -> WindowStarter:
        """Starts and tells re-enrollment windows."""
        ...

    @property
    def deliveries(self) -> Deliveries:
        """Who delivers follow-ups."""
        ...

    @property
    def settings(self) -> Settings:
        """How long a delivery may take."""
        ...

    @property
    def rules(self) -> RuleWatchers | None:
        """Who is woken when something changed; None where nobody matches rules."""
        ...


class _Waits(Protocol):
    @property
    def id(self) -> str: ...

    @property
    def enrollment_id(self) -> str: ...


_W = TypeVar("_W", bound=_Waits)
_W_co = TypeVar("_W_co", bound=_Waits, covariant=True)


class _Waiting(Protocol[_W_co]):
    """A query for what waits to be delivered."""

    def __call__(self, connection: Connection, *, skip: Collection[str], limit: int) -> Awaitable[Sequence[_W_co]]: ...


class Dispatcher:
    """One a process; any number of processes."""

    def __init__(self, parts: Parts, clock: Callable[[], datetime] = utc_now) -> None:
        self._database = parts.database
        self._runs = parts.runs
        self._enrolling = parts.enrolling
        self._windows = parts.windows
        self._waking = RuleWaking(parts.database, parts.rules)
        self._hits = HitJudging(parts.database)
        self._deliveries = parts.deliveries
        self._left_behind = LeftBehind(parts.database, timedelta(hours=parts.settings.deliver_for))
        self._clock = clock
        self._woken = asyncio.Event()
        self._stopped = asyncio.Event()
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._postponed = Postponed()
        self._wanting = ""

    def wake(self) -> None:
        """Something new is in Postgres; look at once instead of at the next poll. Returns at once."""
        self._woken.set()

    def stop(self) -> None:
        """Ends ``run`` once what is under way is done."""
        self._stopped.set()
        self._woken.set()

    async def run(self) -> None:
        """Delivers until stopped or cancelled. A server that is away is waited for; what it missed stays stored."""
        wait = 0.0
        while not self._stopped.is_set():
            self._woken.clear()
            try:
                again = await self.deliver()
            except Exception as error:  # noqa: BLE001 - the net under everything must not tear
                if not wait:
                    _log.warning("cannot deliver now (%s); kept, and retried", where(error))
                wait = min(_LONGEST_WAIT, max(_SHORTEST_WAIT, 2 * wait))
                # No wake-up shortens the wait for a server that is away.
                await _until(self._stopped, wait)
            else:
                if wait:
                    _log.info("delivering again")
                wait = 0.0
                await _until(self._woken, _POLL_SECONDS if again is None else min(_POLL_SECONDS, again))

    async def deliver(self) -> float | None:
        """Delivers everything that waits now.

        Returns:
            Seconds after which to do it again, when that is known; None otherwise.

        Raises:
            UnavailableError: Temporal does not answer; Postgres' own errors when that does not. What was delivered
                stays delivered.
        """
        now = self._clock()
        starting = partial(queries.starting_enrollments, before=now - _LEFT_BEHIND, left_behind=now - _RUN_LEFT_BEHIND)
        await self._all(starting, self._begin)
        # A blast's scanners leave hits by the thousand: replies do not wait for their verdicts.
        judging = await self._hits.judge_due(self._clock())
        await self._all(queries.undelivered_reactions, self._react)
        again = await self._waking.look()
        # An edited sequence may have changed windows by the thousand: between two batches, replies go first.
        more = await self._left_behind.close(self._clock())
        more = await self._batch(partial(queries.deliveries_to_hand, now=self._clock()), self._hand_over) or more
        opening = partial(queries.opening_windows, before=now - _WINDOW_LEFT_BEHIND)
        more = await self._batch(opening, self._open) or more
        more = await self._batch(queries.unsignalled_windows, self._tell) or more
        return 0.0 if more or judging else again

    async def _all(self, query: _Waiting[_W], deliver: Callable[[_W], Awaitable[None]]) -> None:
        while await self._batch(query, deliver) and not self._stopped.is_set():
            pass

    async def _batch(self, query: _Waiting[_W], deliver: Callable[[_W], Awaitable[None]]) -> bool:
        """Delivers the oldest that wait; True when there may be more."""
        async with self._database.transaction() as connection:
            rows = await query(connection, skip=self._postponed.ids(), limit=_BATCH)
        # Reactions of one run keep their order; runs do not wait for each other.
        by_run: dict[str, list[_W]] = {}
        for row in rows:
            by_run.setdefault(row.enrollment_id, []).append(row)
        outcomes = await asyncio.gather(
            *(self._in_order(group, deliver) for group in by_run.values()), return_exceptions=True
        )
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        return len(rows) == _BATCH

    async def _in_order(self, rows: list[_W], deliver: Callable[[_W], Awaitable[None]]) -> None:
        """An outage ends the pass; what is wrong with a single run only postpones that one, and nobody behind it."""
        async with self._turns:
            for row in rows:
                try:
                    await deliver(row)
                except Exception as error:
                    if is_outage(error):
                        raise
                    _log.error("%s cannot be delivered now: %s", row.id, where(error))
                    for each in rows[rows.index(row) :]:
                        self._postponed.add(each.id)
                    return

    async def _begin(self, row: queries.StartingEnrollmentsRow) -> None:
        try:
            started = await self._enrolling.start(row.id)
        except SettingsError as error:
            # Nothing but starts is held up by this, and one line is enough for all of them.
            if str(error) != self._wanting:
                _log.error("runs cannot start: %s", error)
            self._wanting = str(error)
        else:
            self._wanting = ""
            if not started:
                raise UnavailableError("Temporal does not answer")
        # Until a worker takes it up the row says "starting": asking Temporal every second would tell nothing new.
        self._postponed.add(row.id)

    async def _open(self, row: queries.OpeningWindowsRow) -> None:
        if not await self._windows.start(row.id):
            # The workflow of an ended window is about to go.
            self._postponed.add(row.id)

    async def _tell(self, row: queries.UntoldWindowsRow) -> None:
        await self._windows.tell(row.id)

    async def _hand_over(self, row: queries.DeliveriesToHandRow) -> None:
        await self._deliveries.hand_over(row.id, row.kind, row.sequence)
        async with self._database.transaction() as connection:
            await queries.delivery_handed(connection, id=row.id, round=row.round, again_at=self._clock() + NET)

    async def _react(self, row: queries.UndeliveredReactionsRow) -> None:
        kind = row.kind
        reaction = Reaction(row.id, kind, row.holds, scored=kind == ReactionKind.REPLIED)
        # Every run of a record has the same workflow id: only the row knows whether *this* run is still open.
        if not row.closed and await self._runs.react(row.workflow_id, reaction):
            await self._note(row.id, late=False)
        elif row.closed and kind == ReactionKind.FIELD_CHANGED:
            await self._pass_over(row.id)
        else:
            await self._runs.follow_up_late(row.enrollment_id, reaction)
            await self._note(row.id, late=True)

    async def _note(self, reaction: str, *, late: bool) -> None:
        async with self._database.transaction() as connection:
            await queries.reaction_delivered(connection, id=reaction, at=self._clock(), late=late)

    async def _pass_over(self, reaction: str) -> None:
        """A field that changes after the run is over concerns nobody."""
        now = self._clock()
        async with self._database.transaction() as connection:
            await queries.reaction_delivered(connection, id=reaction, at=now, late=True)
            await queries.handle_reaction(
                connection, id=reaction, at=now, decision="none", reason="the run had already ended"
            )


async def _until(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
