"""The end of a run whose reaction period is over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from sequences.definition.policies import policy_for
from sequences.definition.reactions import ReactionKind
from sequences.reactions.verdict import recipient_gone
from services.follow_ups.carry_out import Cause
from services.notifications import NewNotification, notify
from services.runs.end_run import RUN_ENDED, close
from services.runs.planning import remaining
from services.runs.whole_run import WholeRun

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection, Database
    from sequences.runs.state import Due
    from services.follow_ups.carry_out import FollowUps
    from services.runs.planning import Planning

FINISHED = "finished"
NOTHING_SENT = "finished without sending anything"
_ANSWERS: Final = (ReactionKind.REPLIED, ReactionKind.CLICKED)


class FinishRun:
    """Finishes runs."""

    def __init__(self, database: Database, planning: Planning, follow_ups: FollowUps) -> None:
        self._database = database
        self._planning = planning
        self._follow_ups = follow_ups

    async def finish(self, enrollment: str, now: datetime) -> Due:
        """The reaction period is over: without any reaction, the follow-ups of ``finished`` are done."""
        async with self._database.transaction() as connection:
            whole = await WholeRun.lock(connection, enrollment)
            run = whole.run
            if run.closed:
                return run.over
            context = await self._planning.context(connection, run)
            gone = recipient_gone(context.view)
            if gone is not None:
                return await close(connection, run, "stopped", gone, now)
            left = remaining(context, whole.steps, whole.pauses, now)
            await self._planning.keep(connection, context, left, now)
            if left.due.step is not None or (left.due.at is not None and left.due.at > now):
                return left.due
            reason = await self._ending(connection, whole)
            if reason == FINISHED:
                policy = policy_for(context.version.definition, ReactionKind.FINISHED)
                await self._follow_ups.carry_out(connection, context, Cause(FINISHED, FINISHED, now), policy.do)
            elif reason == NOTHING_SENT and any(row.state in ("refused", "failed") for row in whole.steps):
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

    async def _ending(self, connection: Connection, whole: WholeRun) -> str:
        """``finished`` means finished without reaction: somebody who answered, or got nothing, is no dead lead."""
        if await queries.has_reacted(connection, enrollment_id=whole.run.id, kinds=_ANSWERS):
            return "finished after a reaction"
        lost = {send.step for send in whole.sends if send.undelivered_at is not None}
        went = {row.step for row in whole.steps if row.state in ("sent", "unknown", "done")}
        if lost and not went - lost:
            return "finished, nothing was delivered"
        return FINISHED if went else NOTHING_SENT
