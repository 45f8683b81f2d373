"""What Temporal is told of: reactions, runs to start, windows that open or changed, follow-ups that go out."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from adapters.postgres import queries
from sequences.definition.reactions import ReactionKind
from sequences.errors import SettingsError
from sequences.runs.state import Due
from sequences.sending.deliveries import NET
from services.enrolling.window_starter import Opening, OpeningResult
from services.reactions.write_reaction import signal_of
from starter.server.lane import LaneResult, LaneRow, OneByOne

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

    from adapters.postgres.database import Connection
    from services.enrolling.window_starter import WindowStarter
    from services.ports import Deliveries, Runs
    from services.runs.replan import Replanning
    from services.runs.start_run import StartRun

_log = logging.getLogger("relance.dispatch")

_W = TypeVar("_W", bound=LaneRow)

# A younger one is most likely being started by the request that made it, or by a worker.
_LEFT_BEHIND = timedelta(seconds=2)
# The clock of who enrolled may be ahead of ours.
_CLOCKS_DIFFER = timedelta(minutes=1)
# The run of a window that has begun is started with it, unless the run before it still had the workflow's id.
_RUN_LEFT_BEHIND = timedelta(seconds=45)
_OF_SOME_RUNS = 5
"""So many times a batch is told at once, where more than one reaction waits for a run."""


class Reactions:
    """What came back, for its runs."""

    name = "reactions"

    def __init__(self, runs: Runs, replanning: Replanning, clock: Callable[[], datetime]) -> None:
        self._runs = runs
        self._replanning = replanning
        self._clock = clock

    async def waiting(
        self, connection: Connection, now: datetime, among: Collection[str] | None, limit: int
    ) -> Sequence[queries.UndeliveredReactionsRow]:
        """The oldest, and whatever else waits for their runs; all of one run go to one dispatcher."""
        if among is not None:
            return await queries.still_undelivered(connection, ids=among, now=now, limit=_OF_SOME_RUNS * limit)
        return await queries.undelivered_reactions(connection, now=now, limit=limit)

    async def settle_many(self, rows: Sequence[queries.UndeliveredReactionsRow]) -> Collection[str]:
        """Runs whose records changed are planned again here, as far as they need nothing but a new plan."""
        by_run: dict[str, list[queries.UndeliveredReactionsRow]] = {}
        for row in rows:
            by_run.setdefault(row.key, []).append(row)
        changes = [
            row.id
            for group in by_run.values()
            if all(row.kind == ReactionKind.FIELD_CHANGED and not row.closed for row in group)
            for row in group
        ]
        return await self._replanning.replan(changes, self._clock()) if changes else ()

    async def hand_over_together(self, rows: Sequence[queries.UndeliveredReactionsRow]) -> LaneResult | None:
        """Those of a run in one signal: to Temporal it costs what one of them does."""
        if rows[0].closed or not await self._runs.react(rows[0].workflow_id, *map(signal_of, rows)):
            return None
        return LaneResult.DONE

    async def hand_over(self, row: queries.UndeliveredReactionsRow) -> LaneResult:
        """Every run of a record has the same workflow id: only the row knows whether *this* run is still open."""
        reaction = signal_of(row)
        if not row.closed and await self._runs.react(row.workflow_id, reaction):
            return LaneResult.DONE
        if row.closed and row.kind == ReactionKind.FIELD_CHANGED:
            # A field that changes after the run is over concerns nobody.
            return LaneResult.NOT_NEEDED
        await self._runs.follow_up_late(row.key, reaction)
        return LaneResult.LATE

    async def note(
        self, connection: Connection, done: Sequence[tuple[queries.UndeliveredReactionsRow, LaneResult]], now: datetime
    ) -> None:
        """All of a batch in one statement."""
        await queries.reactions_delivered(
            connection,
            ids=[row.id for row, _ in done],
            late=[end is not LaneResult.DONE for _, end in done],
            needless=[end is LaneResult.NOT_NEEDED for _, end in done],
            at=now,
        )


class Unheard(Reactions):
    """What was handed to a run that closed before it came to it."""

    async def waiting(
        self, connection: Connection, now: datetime, among: Collection[str] | None, limit: int
    ) -> Sequence[queries.UndeliveredReactionsRow]:
        """The oldest, locked as the others are."""
        return await queries.unheard_reactions(connection, now=now, among=among, limit=limit)


class Plans(OneByOne[queries.UnsignalledPlansRow]):
    """Runs that were planned again and are due earlier than their workflows know."""

    name = "plans"

    def __init__(self, runs: Runs) -> None:
        self._runs = runs

    async def waiting(
        self, connection: Connection, now: datetime, among: Collection[str] | None, limit: int
    ) -> Sequence[queries.UnsignalledPlansRow]:
        """Any of them."""
        return await queries.unsignalled_plans(connection, now=now, among=among, limit=limit)

    async def hand_over(self, row: queries.UnsignalledPlansRow) -> LaneResult:
        """Signals what is due next, with the plan's revision; the run takes the newest."""
        if row.step is not None:
            await self._runs.plan(row.workflow_id, Due.of_step(row.step, row.due_at, row.moved_by, row.revision))
        return LaneResult.DONE

    async def note(
        self, connection: Connection, done: Sequence[tuple[queries.UnsignalledPlansRow, LaneResult]], now: datetime
    ) -> None:
        """Up to the revision that was signalled."""
        await queries.plans_signalled(
            connection, ids=[row.id for row, _ in done], revisions=[row.revision for row, _ in done]
        )


@dataclass(frozen=True)
class _Start:
    """An enrollment that waits for its start.

    Attributes:
        run: as it was read once it was locked; None before.
    """

    id: str
    run: queries.RunsToStartRow | None = None

    @property
    def key(self) -> str:
        """Runs do not wait for each other."""
        return self.id


class Starts(OneByOne[_Start]):
    """Accepted enrollments that nobody has started."""

    name = "starts"

    def __init__(self, starting: StartRun, *, entries: bool = False) -> None:
        """``entries``: also those that somebody enrolled by hand a moment ago, and waits for."""
        self._starting = starting
        self._by_hand_after = -_CLOCKS_DIFFER if entries else _LEFT_BEHIND
        self._wanting = ""

    async def waiting(
        self, connection: Connection, now: datetime, among: Collection[str] | None, limit: int
    ) -> Sequence[_Start]:
        """The oldest; a run by rule is started with its window. What is read of a run says whether it still waits."""
        if among is not None:
            return [_Start(run.id, run) for run in await queries.runs_to_start(connection, ids=list(among))]
        found = await queries.starting_enrollments(
            connection,
            now=now,
            by_hand_before=now - self._by_hand_after,
            left_before=now - _LEFT_BEHIND,
            by_rule_before=now - _RUN_LEFT_BEHIND,
            limit=limit,
        )
        return [_Start(row.id) for row in found]

    async def hand_over(self, row: _Start) -> LaneResult:
        """Starts the run. One that plans itself, or whose id another run still has, is looked at again later."""
        assert row.run is not None, "it is locked"
        try:
            begun = await self._starting.hand_over(row.run)
        except SettingsError as error:
            # Nothing but starts is held up by this, and one line is enough for all of them.
            if str(error) != self._wanting:
                _log.error("runs cannot start: %s", error)
            self._wanting = str(error)
            return LaneResult.LATER
        self._wanting = ""
        return LaneResult.DONE if begun else LaneResult.LATER

    async def note(self, connection: Connection, done: Sequence[tuple[_Start, LaneResult]], now: datetime) -> None:
        """They are active."""
        await self._starting.mark_begun([row.run for row, _ in done if row.run is not None])


_RESULT_OF = {
    OpeningResult.BEGUN: LaneResult.DONE,
    OpeningResult.OPEN: LaneResult.PARTLY,
    OpeningResult.REFUSED: LaneResult.NOT_NEEDED,
    OpeningResult.LATER: LaneResult.LATER,
}


class Openings(OneByOne[Opening]):
    """Windows whose rows were committed by a rule, and that have no workflow yet."""

    name = "openings"

    def __init__(self, windows: WindowStarter) -> None:
        self._windows = windows

    async def waiting(
        self, connection: Connection, now: datetime, among: Collection[str] | None, limit: int
    ) -> Sequence[Opening]:
        """The oldest, with their runs."""
        found = await queries.opening_windows(connection, now=now, among=among, limit=limit)
        return await self._windows.waiting(connection, [row.id for row in found]) if found else ()

    async def hand_over(self, row: Opening) -> LaneResult:
        """Starts it with its run; behind an ended one whose workflow is about to go it waits."""
        return _RESULT_OF[await self._windows.open(row)]

    async def note(self, connection: Connection, done: Sequence[tuple[Opening, LaneResult]], now: datetime) -> None:
        """All of a batch in one statement for the runs, and one for the windows."""
        begun = [row for row, result in done if result is LaneResult.DONE]
        await self._windows.mark_begun(begun)
        await self._windows.mark_open(connection, [*begun, *(row for row, end in done if end is LaneResult.PARTLY)])


class WindowChanges(OneByOne[queries.UnsignalledWindowsRow]):
    """Windows that were moved, lifted or replaced, and whose workflow does not know."""

    name = "windows"

    def __init__(self, windows: WindowStarter) -> None:
        self._windows = windows

    async def waiting(
        self, connection: Connection, now: datetime, among: Collection[str] | None, limit: int
    ) -> Sequence[queries.UnsignalledWindowsRow]:
        """Any of them."""
        return await queries.unsignalled_windows(connection, now=now, among=among, limit=limit)

    async def hand_over(self, row: queries.UnsignalledWindowsRow) -> LaneResult:
        """Tells its workflow what its row says."""
        await self._windows.tell(row.id)
        return LaneResult.DONE

    async def note(
        self, connection: Connection, done: Sequence[tuple[queries.UnsignalledWindowsRow, LaneResult]], now: datetime
    ) -> None:
        """The ledger has noted each."""


class Handing(OneByOne[queries.DeliveriesToHandRow]):
    """Follow-ups that go out: each gets a workflow of its own."""

    name = "deliveries"

    def __init__(self, deliveries: Deliveries) -> None:
        self._deliveries = deliveries

    async def waiting(
        self, connection: Connection, now: datetime, among: Collection[str] | None, limit: int
    ) -> Sequence[queries.DeliveriesToHandRow]:
        """Those that are due, the oldest first."""
        return await queries.deliveries_to_hand(connection, now=now, among=among, limit=limit)

    async def hand_over(self, row: queries.DeliveriesToHandRow) -> LaneResult:
        """Starts its workflow, or makes the one that is open try at once."""
        await self._deliveries.hand_over(row.id, row.kind, row.sequence)
        return LaneResult.DONE

    async def note(
        self, connection: Connection, done: Sequence[tuple[queries.DeliveriesToHandRow, LaneResult]], now: datetime
    ) -> None:
        """They are handed over again only when their workflows should have tried long ago."""
        await queries.deliveries_handed(
            connection,
            ids=[row.id for row, _ in done],
            rounds=[row.round for row, _ in done],
            tries=[row.tries for row, _ in done],
            again_at=now + NET,
        )


class _MailNow(OneByOne[_W]):
    """Rows for which a pass over mails is started; the pass takes everything that is due, and claims it itself."""

    def __init__(self, deliveries: Deliveries) -> None:
        self._deliveries = deliveries

    async def hand_over(self, row: _W) -> LaneResult:
        """Starts a pass."""
        await self._deliveries.mail_now(row.id)
        return LaneResult.DONE


class ReplyForwardings(_MailNow[queries.RepliesToHandRow]):
    """Replies that are judged, or have waited long enough: their owners are told."""

    name = "replies"

    async def waiting(
        self, connection: Connection, now: datetime, among: Collection[str] | None, limit: int
    ) -> Sequence[queries.RepliesToHandRow]:
        """The oldest."""
        return await queries.replies_to_hand(connection, now=now, among=among, limit=limit)

    async def note(
        self, connection: Connection, done: Sequence[tuple[queries.RepliesToHandRow, LaneResult]], now: datetime
    ) -> None:
        """The pass tells them; one that it could not take is found by the schedule's passes."""
        await queries.replies_handed(connection, ids=[row.id for row, _ in done], again_at=now + NET)


class AnswersToSend(_MailNow[queries.AnswersToHandRow]):
    """Answers of recruiters that were just written."""

    name = "answers"

    async def waiting(
        self, connection: Connection, now: datetime, among: Collection[str] | None, limit: int
    ) -> Sequence[queries.AnswersToHandRow]:
        """The oldest."""
        return await queries.answers_to_hand(connection, now=now, among=among, limit=limit)

    async def note(
        self, connection: Connection, done: Sequence[tuple[queries.AnswersToHandRow, LaneResult]], now: datetime
    ) -> None:
        """One that the pass could not send waits for the schedule's passes."""
        await queries.answers_handed(connection, ids=[row.id for row, _ in done], at=now)
