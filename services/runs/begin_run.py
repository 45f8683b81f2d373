"""The beginning of a run: its stop rules are asked once more, and it is planned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.enrolling.warnings import NO_ZONE, guessed_zone
from sequences.reactions.verdict import recipient_gone, stop_reason
from services.runs.end_run import close
from services.runs.run_row import RunRow

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection, Database
    from sequences.runs.state import Due
    from services.runs.planning import Planning, RunContext


class BeginRun:
    """Begins runs."""

    def __init__(self, database: Database, planning: Planning) -> None:
        self._database = database
        self._planning = planning

    async def begin(self, enrollment: str, now: datetime) -> Due:
        """Marks the run active and plans it; a record that already meets a stop rule stops before anything is sent."""
        async with self._database.transaction() as connection:
            await queries.begin_enrollment(connection, id=enrollment, at=now)
            run = await RunRow.lock(connection, enrollment)
            if run.closed:
                return run.over
            context = await self._planning.context(connection, run)
            reason = recipient_gone(context.view) or stop_reason(context.version.definition.stop_when, context.view)
            if reason is not None:
                return await close(connection, run, "stopped", reason, now)
            await self._note_guess(connection, context, now)
            return await self._planning.next_due(connection, context, now)

    async def _note_guess(self, connection: Connection, context: RunContext, now: datetime) -> None:
        """Leaves a line in the story of a run that is planned on the organisation's clock for want of another."""
        found = guessed_zone(context.version.timings, context.view, now)
        if found is not None:
            await queries.add_run_event(
                connection,
                enrollment_id=context.run.id,
                at=now,
                kind=NO_ZONE,
                detail={"timezone": found.name, "unknown": list(found.unknown)},
                key=NO_ZONE,
            )
