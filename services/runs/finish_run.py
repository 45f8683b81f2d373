"""The end of a run whose reaction period is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.definition.policies import policy_for
from sequences.definition.reactions import ReactionKind
from sequences.reactions.verdict import recipient_gone
from services.follow_ups.carry_out import Cause
from services.notifications import NewNotification, notify
from services.runs.end_run import RUN_ENDED, close
from services.runs.run_row import RunRow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from adapters.postgres.database import Connection, Database
    from sequences.runs.state import Due
    from services.follow_ups.carry_out import FollowUps
    from services.runs.planning import Planning, RunContext

FINISHED = "finished"
NOTHING_SENT = "finished without sending anything"


class FinishRun:
    """Finishes runs."""

    def __init__(self, database: Database, planning: Planning, follow_ups: FollowUps) -> None:
        self._database = database
        self._planning = planning
        self._follow_ups = follow_ups

    async def finish(self, enrollment: str, now: datetime) -> Due:
        """The reaction period is over: without any reaction, the follow-ups of ``finished`` are done."""
        async with self._database.transaction() as connection:
            run = await RunRow.lock(connection, enrollment)
            if run.closed:
                return run.over
            context = await self._planning.context(connection, run)
            gone = recipient_gone(context.view)
            if gone is not None:
                return await close(connection, run, "stopped", gone, now)
            due = await self._planning.next_due(connection, context, now)
            if due.step is not None or (due.at is not None and due.at > now):
                return due
            steps = await queries.steps_of(connection, enrollment_id=run.id)
            reason = await self._ending(connection, context, steps)
            if reason == FINISHED:
                policy = policy_for(context.version.definition, ReactionKind.FINISHED)
                await self._follow_ups.carry_out(connection, context, Cause(FINISHED, FINISHED, now), policy.do)
            elif reason == NOTHING_SENT and any(row.state in ("refused", "failed") for row in steps):
                # Not only skipped, as the sequence says: a message could not be made, or was not taken. They are kept
                # out as if they had been written to, so somebody must know that they were not.
                await notify(
                    connection,
                    context,
                    NewNotification(
                        RUN_ENDED, f"{reason}; enroll them by hand when that is fixed", now, key=f"n{run.id}-nothing"
                    ),
                )
            return await close(connection, run, "finished", reason, now)

    async def _ending(
        self, connection: Connection, context: RunContext, steps: Sequence[queries.EnrollmentStepRow]
    ) -> str:
        """``finished`` means finished without reaction: somebody who answered, or got nothing, is no dead lead."""
        reactions = await queries.reactions_of(connection, enrollment_id=context.run.id)
        if any(row.kind in (ReactionKind.REPLIED, ReactionKind.CLICKED) for row in reactions):
            return "finished after a reaction"
        lost = {row.step for row in await queries.undelivered_of(connection, enrollment_id=context.run.id)}
        if lost and not any(row.state in ("sent", "unknown", "done") and row.step not in lost for row in steps):
            return "finished, nothing was delivered"
        if not any(row.state in ("sent", "unknown", "done") for row in steps):
            return NOTHING_SENT
        return FINISHED
