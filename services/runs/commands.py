"""What a person asks of a run: pause, resume, stop, skip a step, send it now, move to another version."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.errors import NotFoundError, RefusedError, RequestRefused
from sequences.planning.planner import postpone, released
from sequences.runs.command_checks import pause_end
from sequences.runs.state import Command, CommandKind, Decision, Due
from sequences.sending.send_obstacles import Settled
from services.runs.end_run import close
from services.runs.run_row import RunRow
from services.runs.version_move import move

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection, Database
    from services.runs.planning import Planning, RunContext

BY_HAND = "by hand"
"""Reason of a step that a person skipped, or wanted sent now."""


class Commands:
    """Carries out commands, one transaction each. Done again at the same time, each changes nothing more."""

    def __init__(self, database: Database, planning: Planning) -> None:
        self._database = database
        self._planning = planning

    async def carry_out(self, enrollment: str, command: Command, now: datetime) -> Decision:
        """Does what a person asked of a run; a refusal is an answer too, and changes nothing."""
        try:
            async with self._database.transaction() as connection:
                run = await RunRow.lock(connection, enrollment)
                if run.closed:
                    return Decision("none", reason="the run had already ended", due=run.over)
                context = await self._planning.context(connection, run)
                # A NUL, which a way in let through once, would be refused by Postgres on every try: the run would hang.
                clean = replace(command, reason=command.reason.replace("\x00", ""))
                return await self._carry_out(connection, context, clean, now)
        except RefusedError as refusal:
            # An answer for the caller, not a failure of ours; the transaction took back what had been written.
            return Decision("none", refused=str(refusal))

    async def _carry_out(
        self, connection: Connection, context: RunContext, command: Command, now: datetime
    ) -> Decision:
        """Does what ``command`` asks of an open run, and says what it means for the clockwork.

        Args:
            connection: inside a transaction.
            context: of the run.
            command: its ``step`` is filled in for skip and send-now.
            now: the workflow's time.

        Raises:
            RefusedError: it makes no sense, as only the rows can tell; the transaction must be rolled back.
        """
        await queries.add_run_event(
            connection,
            enrollment_id=context.run.id,
            at=now,
            kind=command.kind,
            detail={"reason": command.reason, "mode": command.mode, "step": command.step},
            key=f"command:{command.id}",
        )
        match command.kind:
            case CommandKind.STOP:
                reason = command.reason or "stopped by hand"
                return Decision("stop", reason=reason, due=await close(connection, context.run, "stopped", reason, now))
            case CommandKind.PAUSE:
                return await self._pause(connection, context.run, command, now)
            case CommandKind.SKIP:
                return await self._skip(connection, context, command.step, now)
            case CommandKind.SEND_NOW:
                return await self._send_now(connection, context, command.step, now)
            case CommandKind.MOVE:
                return await self._move(connection, context, int(command.mode), now)
            case CommandKind.RESUME:
                return await self._resume(connection, context, command.mode, now)
        raise RefusedError(RequestRefused.RUN, f"unknown command {command.kind!r}")

    async def _pause(self, connection: Connection, run: RunRow, command: Command, now: datetime) -> Decision:
        until = pause_end(command)
        if until is not None and until <= now:
            raise RefusedError(RequestRefused.INVALID, "until: this has passed")
        reason = command.reason or "paused by hand"
        if until is not None:
            reason += f", until {until:%Y-%m-%d %H:%M} UTC"
        if await queries.open_pause(connection, enrollment_id=run.id, started_at=now, reason=reason):
            await queries.set_run_state(connection, id=run.id, state="paused", reason=reason)
            return Decision("pause", until, reason)
        if until is not None:
            # Paused already, and it gets an end: a run that says why must not say what is over.
            await queries.set_run_state(connection, id=run.id, state="paused", reason=reason)
            return Decision("pause", until, reason, changed=True)
        # Paused already: the first reason stays. It no longer ends by itself, since somebody asked for a pause.
        return Decision("pause", None, run.reason or reason)

    async def _resume(self, connection: Connection, context: RunContext, mode: str, now: datetime) -> Decision:
        run = context.run
        mode = mode or context.version.definition.on_resume
        await queries.end_pause(connection, enrollment_id=run.id, ended_at=now, mode=mode)
        await queries.set_run_state(connection, id=run.id, state="active", reason=None)
        due = await self._planning.next_due(connection, context, now)
        kept_one = mode != "send_one"
        while mode != "shift" and due.step is not None and due.at is not None and due.at <= now:
            if not kept_one:
                # "send_one": the newest of the missed steps goes, the ones before it do not.
                following = await self._following(connection, context, due)
                if following is None or following > now:
                    break
            await self._pass_over(connection, context, due.step, f"pause: {mode}", now)
            due = await self._planning.next_due(connection, context, now)
        return Decision("continue", reason=f"resumed: {mode}", due=due)

    async def _following(self, connection: Connection, context: RunContext, due: Due) -> datetime | None:
        steps = await queries.steps_of(connection, enrollment_id=context.run.id)
        planned = [row.due_at for row in steps if row.state == "planned" and row.step != due.step]
        instants = [instant for instant in planned if instant is not None]
        return min(instants, default=None)

    async def _skip(self, connection: Connection, context: RunContext, step: str, now: datetime) -> Decision:
        row = await self._row(connection, context, step)
        # An attempt that died after its commit left exactly this: the command is done, and is answered as done.
        done = (row.state, row.decided_at, row.reason) == ("skipped", now, BY_HAND)
        if row.state != "planned" and not done:
            raise RefusedError(RequestRefused.RUN, f"{step} is already {row.state}")
        await self._pass_over(connection, context, step, BY_HAND, now)
        due = await self._planning.next_due(connection, context, now)
        return Decision("continue", reason=f"{step} is skipped", due=due, changed=True)

    async def _pass_over(
        self, connection: Connection, context: RunContext, step: str, reason: str, now: datetime
    ) -> None:
        """Skips a step; a task of its that somebody was given is not wanted any more."""
        await self._planning.decide(connection, context, step, Settled("skipped", reason), now)
        if any(each.id == step and each.task is not None for each in context.version.definition.steps):
            await queries.close_tasks_of_steps(
                connection, enrollment_id=context.run.id, steps=[step], reason=reason, at=now
            )

    async def _send_now(self, connection: Connection, context: RunContext, step: str, now: datetime) -> Decision:
        if context.run.state == "paused":
            # The pause came after the command had been accepted.
            raise RefusedError(RequestRefused.RUN, "the run is paused; resume it first")
        row = await self._row(connection, context, step)
        if row.state != "planned":
            raise RefusedError(RequestRefused.RUN, f"{step} is already {row.state}")
        due = await self._planning.next_due(connection, context, now)
        if due.step != step:
            raise RefusedError(RequestRefused.RUN, f"the next step is {due.step}; only the next step can be sent now")
        facts = await self._planning.facts(connection, context)
        planned = postpone(released(context.timing(step)), facts, now)
        if planned.due_at is None:
            raise RefusedError(RequestRefused.RUN, "no permitted sending time is left for this message")
        why = ", ".join((BY_HAND, *planned.moved_by))
        await queries.postpone_step(
            connection, enrollment_id=context.run.id, step=step, due_at=planned.due_at, reason=why
        )
        when = "now" if planned.due_at <= now else f"at {planned.due_at:%Y-%m-%d %H:%M} UTC ({planned.moved_by[-1]})"
        return Decision(
            "continue", reason=f"{step} is due {when}", due=Due(step, planned.due_at, why, by_hand=True), changed=True
        )

    async def _move(self, connection: Connection, context: RunContext, version: int, now: datetime) -> Decision:
        moved = context
        if context.run.version != version:
            try:
                moved = await move(self._planning, connection, context, version, now)
            except NotFoundError as error:
                raise RefusedError(RequestRefused.RUN, str(error)) from error
        due = await self._planning.next_due(connection, moved, now)
        reason = f"moved to version {version}"
        return Decision("continue", reason=reason, due=due, version=version, changed=True)

    async def _row(self, connection: Connection, context: RunContext, step: str) -> queries.EnrollmentStepRow:
        steps = await queries.steps_of(connection, enrollment_id=context.run.id)
        found = next((row for row in steps if row.step == step), None)
        if found is None:
            names = ", ".join(timing.id for timing in context.version.timings)
            raise RefusedError(RequestRefused.RUN, f"unknown step; the steps of this run are {names}")
        return found
