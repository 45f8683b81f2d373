"""The outbox: hands stored reactions to their runs, and starts what was accepted or matched.

It tells re-enrollment windows of changes too, wakes the rule watcher when something changed, and gives each follow-up
that goes out a workflow of its own.

Rows first, signals after. Who writes such a row rings (``NOTIFY``). A look at everything is the net under it: every two
seconds while something is under way, else when the next row becomes due, and every 15 seconds at the latest. Any number
of dispatchers share the rows. Everything handed over is keyed, so handing it over twice (a crash in between) changes
nothing.
"""

from __future__ import annotations

import asyncio
import enum
import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from adapters.clock import utc_now
from adapters.outage_errors import where
from adapters.postgres import queries
from adapters.postgres.listening import LISTENER, OUTBOX, STARTER, Listening
from services.follow_ups.left_from_0_1 import LeftBehind
from services.intake.judge_clicks import HitJudging
from services.reading.run_outcomes import write_marked
from services.runs.replan import Replanning
from starter.server.lane import Lane
from starter.server.lanes import (
    AnswersToSend,
    Handing,
    Openings,
    Plans,
    Reactions,
    ReplyForwardings,
    Starts,
    Unheard,
    WindowChanges,
)
from starter.server.undoable import Attachments, SaidOfReplies
from starter.server.wake_watchers import RuleWaking

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from adapters.postgres.database import Connection, Database
    from adapters.postgres.records import Records
    from adapters.postgres.versions import Versions
    from adapters.settings import Settings
    from services.enrolling.enroll import Enrolling
    from services.enrolling.window_starter import WindowStarter
    from services.ports import Deliveries, RuleWatchers, Runs

_log = logging.getLogger("relance.dispatch")

_POLL_SECONDS = 2.0
_IDLE_SECONDS = 15.0
"""Between two looks at everything while nothing is under way: for a ring that was lost."""
_HANDED_LATELY = timedelta(minutes=1)
"""So long after a reaction was handed over its run may still close before it comes to it: nobody rings for that."""
_SECOND_LOOK = 0.1
"""Seconds. Of transactions that commit at the same moment one rings: the others are there by then."""
_GAP = 0.02
_SHORTEST_WAIT = 0.25
_LONGEST_WAIT = 5.0
_DELAYS_FORGOTTEN_AFTER = timedelta(minutes=5)
_FIRST_OUTCOMES_AFTER = timedelta(minutes=1)
_OUTCOMES_EVERY = timedelta(minutes=10)


class Parts(Protocol):
    """What the dispatcher needs of ``Services``."""

    @property
    def database(self) -> Database:
        """Where reactions and enrollments wait."""
        ...

    @property
    def records(self) -> Records:
        """What plans depend on."""
        ...

    @property
    def versions(self) -> Versions:
        """What runs follow."""
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
        """Where to listen, and how long a delivery may take."""
        ...

    @property
    def rules(self) -> RuleWatchers | None:
        """Who is woken when something changed; None where nobody matches rules."""
        ...


class Duty(enum.Enum):
    """What one process does of it."""

    ALL = "all"
    """Everything, at once."""
    BESIDE_WORKERS = "beside workers"
    """Everything, but windows and runs are started only when no worker has: by the slow poll."""
    STARTS = "starts"
    """Windows and runs that wait for their start, those by hand at once. Where a worker of theirs is, the first task of
    each comes with the answer to its start, and Temporal need not hand it to anybody."""


class _Work(Protocol):
    """A lane, or what else is looked after like one."""

    async def waits(self, connection: Connection) -> bool:
        """Whether there is anything to do; asked by the slow poll."""
        ...

    async def look(self) -> float | None:
        """Does some of it.

        Returns:
            Seconds after which to look again; None: when somebody rings.
        """
        ...


class _Desk:
    """Works that are done one after the other; those of other desks do not wait for them.

    Attributes:
        ring: of the triggers that wake it; None when the slow poll alone does.
    """

    def __init__(self, name: str, works: Sequence[_Work], ring: str | None) -> None:
        self.name = name
        self.ring = ring
        self.woken = asyncio.Event()
        self._works = works

    async def waits(self, connection: Connection) -> bool:
        for work in self._works:
            if await work.waits(connection):
                return True
        return False

    async def look(self) -> float | None:
        found = [await work.look() for work in self._works]
        return min((again for again in found if again is not None), default=None)


def _desks(parts: Parts, clock: Callable[[], datetime], duty: Duty) -> Sequence[_Desk]:
    """The rings are those of the triggers of the migrations 0101, 0108 and 0180."""
    database, windows, starting = parts.database, parts.windows, parts.enrolling.starting
    openings = Lane(database, Openings(windows), clock)
    if duty is Duty.STARTS:
        entries = Lane(database, Starts(starting, entries=True), clock)
        return (_Desk("entries", (entries,), "entries"), _Desk("starts", (openings,), "starts"))
    replanning = Replanning(database, parts.records, parts.versions)
    return (
        _Desk("reactions", (Lane(database, Reactions(parts.runs, replanning, clock), clock),), "reactions"),
        # Signals are slower than plans, so neither waits for the other.
        _Desk("plans", (Lane(database, Plans(parts.runs), clock),), "plans"),
        # What can be taken back becomes due by time alone.
        _Desk(
            "said",
            (
                Lane(database, SaidOfReplies(database, clock), clock),
                Lane(database, Attachments(database, clock), clock),
            ),
            None,
        ),
        # Nobody rings when a run closes.
        _Desk("unheard", (Lane(database, Unheard(parts.runs, replanning, clock), clock),), None),
        # What is left behind is so by time alone.
        _Desk("left", (Lane(database, Starts(starting), clock),), None),
        _Desk("starts", (openings,), "starts" if duty is Duty.ALL else None),
        _Desk("windows", (Lane(database, WindowChanges(windows), clock),), "starts"),
        _Desk(
            "deliveries",
            (
                _ClosingOld(LeftBehind(database, timedelta(hours=parts.settings.deliver_for)), clock),
                Lane(database, Handing(parts.deliveries), clock),
                Lane(database, ReplyForwardings(parts.deliveries), clock),
                Lane(database, AnswersToSend(parts.deliveries), clock),
            ),
            "deliveries",
        ),
        _Desk("changes", (RuleWaking(database, parts.rules),), "changes"),
        _Desk("hits", (_Judging(HitJudging(database), clock),), None),
        _Desk("statistics", (_WritingOutcomes(database, clock),), None),
    )


class Dispatcher:
    """One a process; any number of processes."""

    def __init__(
        self, parts: Parts, clock: Callable[[], datetime] = utc_now, duty: Duty = Duty.ALL, *, idles: bool = True
    ) -> None:
        """``idles``: False where the clock jumps, and what is due cannot be waited for; then it never sleeps longer."""
        self._database = parts.database
        self._clock = clock
        self._idles = idles
        self._stopped = asyncio.Event()
        self._stirred = asyncio.Event()
        self._away: set[str] = set()
        self._desks = _desks(parts, clock, duty)
        name = STARTER if duty is Duty.STARTS else LISTENER
        self._listening = Listening(parts.settings.database_url, OUTBOX, self._rung, name)

    def wake(self) -> None:
        """Something new is in Postgres; look at once where its ring cannot be heard. Returns at once."""
        if not self._listening.hears:
            self._rung("")

    def stop(self) -> None:
        """Ends ``run`` once what is under way is done."""
        self._stopped.set()
        for each in self._desks:
            each.woken.set()

    async def run(self) -> None:
        """Delivers until stopped or cancelled. A server that is away is waited for; what it missed stays stored."""
        async with asyncio.TaskGroup() as group:
            beside = [group.create_task(self._listening.run()), group.create_task(self._net())]
            desks = [group.create_task(self._keep(desk)) for desk in self._desks]
            await asyncio.wait(desks)
            for task in beside:
                task.cancel()

    async def deliver(self) -> float | None:
        """Looks once at everything.

        Returns:
            Seconds after which to do it again, when that is known; None otherwise.

        Raises:
            UnavailableError: Temporal does not answer; Postgres' own errors when that does not. What was delivered
                stays delivered.
        """
        found = [await desk.look() for desk in self._desks]
        return min((again for again in found if again is not None), default=None)

    def _rung(self, ring: str) -> None:
        self._stirred.set()
        for each in self._desks:
            if each.ring is not None and ring in ("", each.ring):
                each.woken.set()

    async def _keep(self, desk: _Desk) -> None:
        """Looks whenever somebody rings, and once more a moment later."""
        wait = 0.0
        rung = True
        while not self._stopped.is_set():
            desk.woken.clear()
            try:
                again = await desk.look()
            except Exception as error:  # noqa: BLE001 - the net under everything must not tear
                self._failed(desk.name, error)
                wait = min(_LONGEST_WAIT, max(_SHORTEST_WAIT, 2 * wait))
                # No ring shortens the wait for a server that is away.
                await _until(self._stopped, wait)
                continue
            self._works_again(desk.name)
            if wait:
                # Others may have been told to wait meanwhile.
                self._stirred.set()
            wait = 0.0
            if again == 0.0:
                continue
            await asyncio.sleep(_GAP)
            rung = await _until(desk.woken, again if again is not None else _SECOND_LOOK if rung else None)

    async def _net(self) -> None:
        """Under rings that nobody heard, and for what becomes due by time alone: one transaction for each look."""
        pause = _POLL_SECONDS
        while True:
            await self._pause(pause)
            try:
                async with self._database.transaction() as connection:
                    found = [desk for desk in self._desks if await desk.waits(connection)]
                    now = self._clock()
                    await queries.forget_outbox_delays(connection, before=now - _DELAYS_FORGOTTEN_AFTER)
                    ahead = await queries.outbox_ahead(connection, now=now, lately=now - _HANDED_LATELY)
                # Not before its end: until then it has the rows that it found.
                for desk in found:
                    desk.woken.set()
                pause = _POLL_SECONDS if found else self._pause_until(ahead, now)
            except Exception as error:  # noqa: BLE001 - the net under everything must not tear
                pause = _POLL_SECONDS
                self._failed("net", error)
            else:
                self._works_again("net")

    async def _pause(self, seconds: float) -> None:
        """A ring shortens a long one: what was written may be due soon, and what rang beside it is there by then."""
        if seconds < _POLL_SECONDS:
            await asyncio.sleep(seconds)
            return
        if seconds > _POLL_SECONDS and not await _until(self._stirred, seconds):
            return
        self._stirred.clear()
        await asyncio.sleep(_POLL_SECONDS)

    def _pause_until(self, ahead: queries.OutboxAheadRow, now: datetime) -> float:
        """Seconds until the next look, when nothing waits for us now."""
        if ahead.under_way or not self._idles or not self._listening.hears:
            return _POLL_SECONDS
        if ahead.due_at is None:
            return _IDLE_SECONDS
        return min(_IDLE_SECONDS, max(_GAP, (ahead.due_at - now).total_seconds()))

    def _failed(self, name: str, error: Exception) -> None:
        if not self._away:
            _log.warning("cannot deliver now (%s); kept, and retried", where(error))
        self._away.add(name)

    def _works_again(self, name: str) -> None:
        if name in self._away:
            self._away.remove(name)
            if not self._away:
                _log.info("delivering again")


class _Judging:
    """Hits whose time has come. A blast's scanners leave them by the thousand: a page at a time."""

    def __init__(self, hits: HitJudging, clock: Callable[[], datetime]) -> None:
        self._hits = hits
        self._clock = clock

    async def waits(self, connection: Connection) -> bool:
        return bool(await queries.due_hits(connection, now=self._clock(), limit=1))

    async def look(self) -> float | None:
        return 0.0 if await self._hits.judge_due(self._clock()) else None


class _WritingOutcomes:
    """What statistics are counted from is written now and then, so that who asks first does not wait for all of it."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._next = clock() + _FIRST_OUTCOMES_AFTER

    async def waits(self, connection: Connection) -> bool:
        return self._clock() >= self._next

    async def look(self) -> float | None:
        if self._clock() < self._next:
            return None
        if await write_marked(self._database):
            return 0.0
        self._next = self._clock() + _OUTCOMES_EVERY
        return None


class _ClosingOld:
    """What 0.1 left behind is closed, as far as it is too old, before anything is handed over."""

    def __init__(self, left: LeftBehind, clock: Callable[[], datetime]) -> None:
        self._left = left
        self._clock = clock
        self._closed = False

    async def waits(self, connection: Connection) -> bool:
        return False

    async def look(self) -> float | None:
        while not self._closed:
            self._closed = not await self._left.close(self._clock())
        return None


async def _until(event: asyncio.Event, seconds: float | None) -> bool:
    """Whether it was set in that time; None waits for it."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True
