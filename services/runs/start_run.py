"""Starts the workflow of an accepted run, from the plan that was stored with it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.definition.compile import reaction_period
from sequences.runs.state import Due, Reaction, RunState
from services.runs.run_row import RunRow

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from adapters.postgres.database import Database
    from adapters.postgres.versions import Versions
    from services.ports import Runs

_log = logging.getLogger("relance.runs")


class StartRun:
    """Safe to repeat, and to do twice at once: the workflow's id is the record's, and its memo says whose run it is."""

    def __init__(self, database: Database, versions: Versions, runs: Runs, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._versions = versions
        self._runs = runs
        self._clock = clock

    async def start(self, enrollment: str) -> None:
        """Starts a run that waits for it, and marks it active; one whose id another run still has goes on waiting.

        Raises:
            SettingsError: Temporal lacks something that every run needs; the message says what to do.
            UnavailableError: Temporal does not answer.
        """
        async with self._database.statement() as connection:
            row = await queries.run_to_start(connection, id=enrollment)
        if row is None:
            return
        state = RunState(
            enrollment=row.id,
            sequence=row.sequence,
            version=row.version,
            record=row.record_id,
            person=row.person_id,
            owner=row.owner_id,
        )
        first = await self._first(row) if row.planned else None
        # One without a stored plan marks itself when it has planned.
        if await self._runs.start(row.workflow_id, state, first) and first is not None:
            await self._note_begun(row)

    async def _first(self, row: queries.RunToStartRow) -> Due:
        if row.step is not None:
            return Due.of_step(row.step, row.due_at, row.moved_by, row.revision)
        # Every step was skipped when it was accepted: it only listens.
        async with self._database.statement() as connection:
            version = await self._versions.get(connection, row.sequence, row.version)
        return Due(
            at=reaction_period(version.definition).after(row.decided_at or self._clock()),
            why="reaction period",
            revision=row.revision,
        )

    async def _note_begun(self, row: queries.RunToStartRow) -> None:
        """Marks a run active whose workflow is open; one that was closed meanwhile hears of it."""
        async with self._database.statement() as connection:
            if await queries.begin_enrollment(connection, id=row.id, at=self._clock()):
                return
        async with self._database.statement() as connection:
            run = await RunRow.load(connection, row.id)
        if run.closed:
            _log.info("%s was closed while it was being started; its workflow ends", row.id)
            await self._runs.react(row.workflow_id, Reaction(f"closed:{row.id}", "closed", holds=False))
