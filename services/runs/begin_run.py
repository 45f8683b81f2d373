"""The beginning of a run that was not planned when it was accepted: its stop rules are asked, and it is planned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.reactions.verdict import recipient_gone, stop_reason
from services.enrolling.plan_entries import guess_event
from services.runs.end_run import close
from services.runs.run_row import RunRow

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Database
    from sequences.runs.state import Due
    from services.runs.planning import Planning


class BeginRun:
    """Begins runs."""

    def __init__(self, database: Database, planning: Planning) -> None:
        self._database = database
        self._planning = planning

    async def begin(self, enrollment: str, now: datetime) -> Due:
        """Marks the run active and plans it; a record that already meets a stop rule stops before anything is sent."""
        async with self._database.transaction() as connection:
            await queries.begin_enrollments(connection, ids=[enrollment], at=now)
            run = await RunRow.lock(connection, enrollment)
            if run.closed:
                return run.over
            context = await self._planning.context(connection, run)
            reason = recipient_gone(context.view) or stop_reason(context.version.definition.stop_when, context.view)
            if reason is not None:
                return await close(connection, run, "stopped", reason, now)
            guess = guess_event(context.version, context.view, now)
            if guess is not None:
                await queries.add_run_event(connection, enrollment_id=run.id, at=now, **guess)
            return await self._planning.next_due(connection, context, now)
