"""The beginning and the end of a run, and the commands of people in between."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from temporalio import activity

from activities.workflow_time import required
from adapters.postgres import queries
from sequences.definition.policies import policy_for
from sequences.definition.reactions import ReactionKind
from sequences.enrolling.warnings import NO_ZONE, guessed_zone
from sequences.errors import RefusedError
from sequences.names import BEGIN_RUN, CARRY_OUT_COMMAND, FINISH_RUN
from sequences.reactions.verdict import nobody_there, stop_reason
from sequences.runs.state import CommandCall, Decision, Due, RunCall
from services.follow_ups.carry_out import Cause
from services.runs.commands import Commands
from services.runs.end_run import RUN_ENDED, close
from services.runs.run_row import RunRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.postgres.database import Database
    from services.follow_ups.carry_out import FollowUps
    from services.runs.planning import Planning, RunContext

FINISHED = "finished"
NOTHING_SENT = "finished without sending anything"


class RunActivities:
    """Begins, commands and finishes runs."""

    def __init__(self, database: Database, planning: Planning, follow_ups: FollowUps) -> None:
        self._database = database
        self._planning = planning
        self._follow_ups = follow_ups
        self._commands = Commands(planning)

    @activity.defn(name=BEGIN_RUN)
    async def begin_run(self, call: RunCall) -> Due:
        """Marks the run active and plans it; a record that already meets a stop rule stops before anything is sent."""
        now = required(call.now)
        async with self._database.transaction() as connection:
            await queries.run(connection, "begin_enrollment", id=call.enrollment, at=now)
            run = await RunRow.load(connection, call.enrollment)
            if run.closed:
                return Due(closed=True, state=run.state, reason=run.reason or "")
            context = await self._planning.context(connection, run)
            reason = nobody_there(context.view) or stop_reason(context.version.definition.stop_when, context.view)
            if reason is not None:
                return await close(connection, run, "stopped", reason, now)
            await self._note_guess(connection, context, now)
            return await self._planning.next_due(connection, context, now)

    async def _note_guess(self, connection: Any, context: RunContext, now: datetime) -> None:
        """Leaves a line in the story of a run that is planned on the organisation's clock for want of another."""
        found = guessed_zone(context.version.timings, context.view, now)
        if found is not None:
            await queries.value(
                connection,
                "add_run_event",
                enrollment_id=context.run.id,
                at=now,
                kind=NO_ZONE,
                detail={"timezone": found.name, "unknown": list(found.unknown)},
                key=NO_ZONE,
            )

    @activity.defn(name=CARRY_OUT_COMMAND)
    async def carry_out_command(self, call: CommandCall) -> Decision:
        """Does what a person asked of the run; the same command again changes nothing."""
        now = required(call.now)
        try:
            async with self._database.transaction() as connection:
                run = await RunRow.load(connection, call.enrollment)
                if run.closed:
                    due = Due(closed=True, state=run.state, reason=run.reason or "")
                    return Decision("none", reason="the run was over", due=due)
                context = await self._planning.context(connection, run)
                # A NUL, which a way in let through once, would be refused by Postgres on every try: the run would hang.
                command = replace(call.command, reason=call.command.reason.replace("\x00", ""))
                return await self._commands.carry_out(connection, context, command, now)
        except RefusedError as refusal:
            # An answer for the caller, not a failure of ours; the transaction took back what had been written.
            return Decision("none", refused=str(refusal))

    @activity.defn(name=FINISH_RUN)
    async def finish_run(self, call: RunCall) -> Due:
        """The reaction period is over: without any reaction, the follow-ups of ``finished`` are done."""
        now = required(call.now)
        async with self._database.transaction() as connection:
            run = await RunRow.load(connection, call.enrollment)
            if run.closed:
                return Due(closed=True, state=run.state, reason=run.reason or "")
            context = await self._planning.context(connection, run)
            gone = nobody_there(context.view)
            if gone is not None:
                return await close(connection, run, "stopped", gone, now)
            due = await self._planning.next_due(connection, context, now)
            if due.step is not None or (due.at is not None and due.at > now):
                return due
            steps = await queries.rows(connection, "steps_of", enrollment_id=run.id)
            reason = await self._ending(connection, context, steps)
            if reason == FINISHED:
                policy = policy_for(context.version.definition, ReactionKind.FINISHED)
                await self._follow_ups.carry_out(connection, context, Cause(FINISHED, FINISHED), policy.do, now)
            elif reason == NOTHING_SENT and any(row["state"] in ("refused", "failed") for row in steps):
                # Not only skipped, as the sequence says: a message could not be made, or was not taken. They are kept
                # out as if they had been written to, so somebody must know that they were not.
                await self._follow_ups.notify(
                    connection,
                    context,
                    "owner",
                    RUN_ENDED,
                    f"{reason}; enroll them by hand when it is mended",
                    now,
                    key=f"n{run.id}-nothing",
                )
            return await close(connection, run, "finished", reason, now)

    async def _ending(self, connection: Any, context: RunContext, steps: Sequence[queries.Row]) -> str:
        """``finished`` means finished without reaction: somebody who answered, or got nothing, is no dead lead."""
        reactions = await queries.rows(connection, "reactions_of", enrollment_id=context.run.id)
        if any(row["kind"] in (ReactionKind.REPLIED, ReactionKind.CLICKED) for row in reactions):
            return "finished after a reaction"
        lost = {row["step"] for row in await queries.rows(connection, "undelivered_of", enrollment_id=context.run.id)}
        if lost and not any(row["state"] in ("sent", "unknown", "done") and row["step"] not in lost for row in steps):
            return "finished, nothing was delivered"
        if not any(row["state"] in ("sent", "unknown", "done") for row in steps):
            return NOTHING_SENT
        return FINISHED
