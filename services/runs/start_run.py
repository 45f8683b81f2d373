"""Starts the workflows of accepted runs, from the plans that were stored with them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.definition.compile import reaction_period
from sequences.runs.state import Due, Reaction, RunState
from services.runs.run_row import RunRow

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
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
            rows = await queries.runs_to_start(connection, ids=[enrollment])
        await self.mark_begun([row for row in rows if await self.hand_over(row)])

    async def hand_over(self, row: queries.RunsToStartRow) -> bool:
        """Starts the workflow of a run; repeated it changes nothing.

        Returns:
            Whether the run is to be marked now. One without a stored plan marks itself when it has planned; one whose
            id another run still has goes on waiting.

        Raises:
            SettingsError: Temporal lacks something that every run needs; the message says what to do.
            UnavailableError: Temporal does not answer.
        """
        state = RunState(
            enrollment=row.id,
            sequence=row.sequence,
            version=row.version,
            record=row.record_id,
            person=row.person_id,
            owner=row.owner_id,
        )
        first = await self._first(row) if row.planned else None
        return await self._runs.start(row.workflow_id, state, first) and first is not None

    async def mark_begun(self, rows: Sequence[queries.RunsToStartRow]) -> None:
        """Marks runs active whose workflows are open; those that were closed meanwhile hear of it.

        Raises:
            UnavailableError: Temporal does not answer.
        """
        if not rows:
            return
        async with self._database.statement() as connection:
            begun = await queries.begin_enrollments(connection, ids=[row.id for row in rows], at=self._clock())
        for row in rows:
            if row.id not in begun:
                await self._end_if_closed(row)

    async def _first(self, row: queries.RunsToStartRow) -> Due:
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

    async def _end_if_closed(self, row: queries.RunsToStartRow) -> None:
        async with self._database.statement() as connection:
            run = await RunRow.load(connection, row.id)
        if run.closed:
            _log.info("%s was closed while it was being started; its workflow ends", row.id)
            await self._runs.react(row.workflow_id, Reaction(f"closed:{row.id}", "closed", holds=False))
