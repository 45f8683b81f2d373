"""Tells Temporal of windows after the commit of their rows: one place for people and the dispatcher.

Whose window wins the gate is let in: their run is started behind it. A death between the two leaves the window in
``opening``, and the dispatcher does both again.
"""

from __future__ import annotations

import enum
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.auto_enroll.messages import WindowChange, WindowState
from sequences.enrolling.entry import OPEN_STATES
from sequences.errors import SettingsError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from adapters.postgres.database import Connection, Database
    from sequences.auto_enroll.messages import WindowEnd
    from services.enrolling.window_ledger import WindowLedger
    from services.ports import Windows
    from services.runs.start_run import StartRun

_log = logging.getLogger("relance.windows")


class OpeningResult(enum.Enum):
    """What became of a window that was to be opened."""

    BEGUN = "begun"
    """It is open, and its run has begun."""
    OPEN = "open"
    """It is open. Its run plans itself, waits for the run before it, or needs no start any more."""
    LATER = "later"
    """The workflow of an ended window still has the gate: try again in a moment."""
    REFUSED = "refused"
    """The gate is closed. The entry was taken back."""


@dataclass(frozen=True)
class Opening:
    """A window that waits for its start.

    Attributes:
        id: of the window.
        run: what it opens for; None when that has begun, or was closed before.
    """

    id: str
    window: queries.WindowsToStartRow
    run: queries.RunsToStartRow | None

    @property
    def key(self) -> str:
        """Windows do not wait for each other."""
        return self.id


class WindowStarter:
    """Starts the workflows of windows that opened, tells those whose row changed, ends those that are over."""

    def __init__(
        self,
        database: Database,
        ledger: WindowLedger,
        windows: Windows,
        starting: StartRun,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._ledger = ledger
        self._windows = windows
        self._starting = starting
        self._clock = clock

    async def waiting(self, connection: Connection, windows: Sequence[str]) -> list[Opening]:
        """Those of these windows that wait for their start, each with its run: two statements for all of them."""
        rows = await queries.windows_to_start(connection, ids=list(windows))
        runs = await queries.runs_to_start(connection, ids=[row.enrollment_id for row in rows]) if rows else []
        by_id = {run.id: run for run in runs}
        return [Opening(row.id, row, by_id.get(row.enrollment_id)) for row in rows]

    async def open(self, opening: Opening) -> OpeningResult:
        """Takes the gate for a window and starts its run behind it. Repeated it changes nothing.

        Raises:
            UnavailableError: Temporal does not answer.
        """
        row, run = opening.window, opening.run
        # One entry ever needs no gate but the ledger's key.
        blocker = await self._windows.start(_state_of(row)) if row.until is not None else None
        if blocker is not None:
            return await self._stopped_by(row, blocker)
        if run is None:
            # It has begun already, or was closed before it began.
            return OpeningResult.OPEN
        try:
            begun = await self._starting.hand_over(run)
        except SettingsError as error:
            # As with Temporal away: nobody's run can start.
            raise UnavailableError(str(error)) from error
        return OpeningResult.BEGUN if begun else OpeningResult.OPEN

    async def mark_begun(self, opened: Sequence[Opening]) -> None:
        """Marks the runs of windows, in a transaction of its own: nobody waits for it and holds a window.

        Raises:
            UnavailableError: Temporal does not answer.
        """
        await self._starting.mark_begun([each.run for each in opened if each.run is not None])

    async def mark_open(self, connection: Connection, opened: Sequence[Opening]) -> None:
        """Marks windows whose gates are taken, and whose runs are begun if they can be.

        A row that changed since it was read differs from what its workflow was told, and the dispatcher tells it.
        """
        if opened:
            await self._ledger.mark_open(connection, {each.id: each.window.revision for each in opened})

    async def tell(self, window: str) -> None:
        """Tells the workflow of a window what its row says; nothing when it knows.

        Raises:
            UnavailableError: Temporal does not answer.
        """
        async with self._database.transaction() as connection:
            rows = await queries.windows_to_signal(connection, ids=[window])
        for row in rows:
            await self._tell(row)

    async def tell_if_possible(self, window: str) -> None:
        """As ``tell``; with Temporal away the dispatcher repeats it."""
        try:
            await self.tell(window)
        except UnavailableError:
            _log.warning("Temporal does not answer; the window will be changed later", extra={"window": window})

    async def end(self, window: str, now: datetime, gate: str) -> WindowEnd:
        """Ends a window whose time is over, or says until when it lasts; the same call again gets the same answer.

        Args:
            window: its id.
            now: the time of the window's workflow.
            gate: id of that workflow.
        """
        async with self._database.transaction() as connection:
            return await self._ledger.end(connection, window, now, gate)

    async def _stopped_by(self, row: queries.WindowsToStartRow, blocker: str) -> OpeningResult:
        """The gate is closed: by a window that has ended and is about to go, or by one that the ledger forgot."""
        async with self._database.transaction() as connection:
            other = await queries.window_row(connection, id=blocker)
            if not blocker or (other is not None and other.state not in OPEN_STATES):
                if other is not None:
                    await self._ledger.tell_again(connection, other.id)
                return OpeningResult.LATER
            if other is not None and other.person_id != row.person_id:
                # A merge, or one that was taken back, gave that window to somebody else: its gate here is for nobody.
                change = WindowChange(other.id, self._clock(), other.revision)
                await self._windows.tell(row.sequence, row.person_id, change)
                return OpeningResult.LATER
            detail = "a window of this sequence still runs in Temporal" + ("" if other else "; its row is gone")
            await self._ledger.mark_refused(connection, row.id, detail, self._clock())
        _log.warning("the gate refused an entry that the ledger allowed", extra={"window": row.id})
        return OpeningResult.REFUSED

    async def _tell(self, row: queries.WindowsToSignalRow) -> None:
        if row.state in OPEN_STATES and row.scope == "person":
            change = WindowChange(row.id, row.until, row.revision)
            await self._windows.change(_state_of(row), change)
        else:
            # It has ended, or lasts for ever: no workflow is needed, and one that still sleeps need not.
            until = row.until if row.state in OPEN_STATES else row.ended_at
            change = WindowChange(row.id, until, row.revision)
            await self._windows.tell(row.sequence, row.person_id, change)
        async with self._database.transaction() as connection:
            await self._ledger.mark_told(connection, row.id, row.revision)


def _state_of(row: queries.WindowsToStartRow | queries.WindowsToSignalRow) -> WindowState:
    return WindowState(
        window=row.id,
        sequence=row.sequence,
        person=row.person_id,
        # The run keeps the workflow id with which it was accepted, also when a merge gave it another record.
        record=row.run_record if isinstance(row, queries.WindowsToStartRow) else row.record_id,
        enrollment=row.enrollment_id,
        version=row.version,
        owner=row.owner_id or "",
        start_child=False,
        until=row.until,
        revision=row.revision,
    )
