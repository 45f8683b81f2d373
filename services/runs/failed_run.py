"""Settles what an activity left behind that failed for good: the step or the run ends with a reason, and is told."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from sequences import ids
from sequences.definition.policies import SUPPRESSES
from sequences.definition.reactions import ReactionKind
from sequences.errors import PermanentError
from sequences.names import BEGIN_RUN, CARRY_OUT_COMMAND, DELIVER_FOLLOW_UPS, FINISH_RUN
from sequences.reactions.preferences import PREFERENCES
from sequences.reactions.verdict import obeyed_for_the_address
from sequences.runs.state import CommandKind, Decision, Due
from sequences.sending.send_obstacles import SEND_PROBLEM
from services.notifications import NewNotification, notify_owner
from services.runs.end_run import close, end_run
from services.runs.run_row import RunRow
from services.sending.suppress import NewSuppression, suppress

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection, Database
    from sequences.runs.failures import FailureCall
    from services.runs.planning import Planning, RunContext

TIMED_RESUME: Final = "pause-ended:"
"""How the id of a command begins that a run gives itself when a pause is over."""

_GONE: Final = "its row is gone"
_READ_WITHIN: Final = timedelta(days=1)
_log = logging.getLogger("relance.runs")


class FailedRun:
    """Ends a step, or a run, whose activity cannot succeed. It never fails for good itself, and may be repeated."""

    def __init__(self, database: Database, planning: Planning) -> None:
        self._database = database
        self._planning = planning

    async def settle(self, call: FailureCall, now: datetime) -> Decision:
        """Settles the rows, tells the owner, and says what comes next for the run."""
        _log.warning("%s: %s failed for good: %s", call.enrollment, call.activity, call.why)
        async with self._database.transaction() as connection:
            row = await queries.enrollment_row(connection, id=call.enrollment)
            if row is None:
                # Postgres was restored to a moment before this run, or somebody deleted it.
                return Decision("none", reason=_GONE, due=Due(closed=True, state="stopped", reason=_GONE))
            return await self._settle(connection, RunRow.of(row), call, now)

    async def _settle(self, connection: Connection, run: RunRow, call: FailureCall, now: datetime) -> Decision:
        if call.activity == DELIVER_FOLLOW_UPS:
            # Only histories of 0.1 ask for it, and the outbox delivers without them.
            return Decision("none")
        if call.reaction:
            return await self._hold_reaction(connection, run, call, now)
        if run.closed:
            return Decision("none", reason=run.reason or "", due=run.over)
        if call.activity == BEGIN_RUN:
            return await self._end(connection, run, f"it could not start: {call.why}", now)
        if call.activity == FINISH_RUN:
            return await self._end(connection, run, f"it could not finish: {call.why}", now)
        if call.activity == CARRY_OUT_COMMAND:
            return await self._answer(connection, run, call, now)
        return await self._fail_step(connection, run, call, now)

    async def _end(self, connection: Connection, run: RunRow, reason: str, now: datetime) -> Decision:
        await end_run(connection, run, reason, now)
        fresh = await RunRow.lock(connection, run.id)
        return Decision("none", reason=fresh.reason or "", due=fresh.over)

    async def _readable(self, connection: Connection, run: RunRow) -> RunContext | None:
        """The run with everything that is known of it; None when no later step can be taken either."""
        try:
            return await self._planning.context(connection, run)
        except PermanentError:
            return None

    async def _fail_step(self, connection: Connection, run: RunRow, call: FailureCall, now: datetime) -> Decision:
        send = ids.send_id(run.id, call.step)
        unknown = await queries.orphan_to_unknown(connection, id=send, at=now) is not None
        await queries.fail_planned_send(connection, id=send, at=now, reason=call.why)
        state = "unknown" if unknown else "failed"
        await queries.decide_step(
            connection, enrollment_id=run.id, step=call.step, state=state, at=now, reason=call.why
        )
        title = f"{call.step}: {state} ({call.why})"
        await notify_owner(connection, run.id, NewNotification(SEND_PROBLEM, title, now, key=f"{call.step}-{state}"))
        context = await self._readable(connection, run)
        if context is None:
            return await self._end(
                connection, run, f"{call.step} failed, and no other step is possible: {call.why}", now
            )
        try:
            due = await self._planning.next_due(connection, context, now)
        except PermanentError as error:
            return await self._end(connection, run, f"the steps after {call.step} cannot be planned: {error}", now)
        if due.step == call.step:
            # A step that was never planned cannot be settled: the run would take it again and again.
            return await self._end(connection, run, f"{call.step} failed: {call.why}", now)
        return Decision("none", reason=title, due=due)

    async def _answer(self, connection: Connection, run: RunRow, call: FailureCall, now: datetime) -> Decision:
        command = call.command
        await queries.add_run_event(
            connection,
            enrollment_id=run.id,
            at=now,
            kind=command.kind,
            detail={"reason": command.reason, "mode": command.mode, "step": command.step, "failed": call.why},
            key=f"command:{command.id}",
        )
        if command.kind == CommandKind.STOP:
            # A stop needs nothing but the row.
            reason = command.reason or "stopped by hand"
            return Decision("stop", reason=reason, due=await close(connection, run, "stopped", reason, now))
        refused = f"it could not be done: {call.why}"
        if await self._readable(connection, run) is None:
            over = await self._end(connection, run, f"no further step is possible: {call.why}", now)
            return Decision("none", reason=over.reason, due=over.due, refused=refused)
        if command.id.startswith(TIMED_RESUME):
            # Nobody asked, so nobody hears the answer: it stays paused, and does not try again at once and for ever.
            title = f"still paused, because it could not resume: {call.why}"
            await notify_owner(
                connection, run.id, NewNotification(SEND_PROBLEM, title, now, key=f"resume-{now:%Y%m%d%H%M%S}")
            )
            return Decision("pause", None, title, refused=refused)
        return Decision("none", refused=refused)

    async def _hold_reaction(self, connection: Connection, run: RunRow, call: FailureCall, now: datetime) -> Decision:
        """A person looks at it. What the law wants is done at once, and nothing is sent meanwhile."""
        row = await queries.reaction_row(connection, id=call.reaction)
        if row is None:
            return Decision("none", reason="no such reaction")
        reason = f"{row.kind}, needs a person: {call.why}"
        decision = await self._held(connection, run, row, reason, now)
        fresh = await queries.handle_reaction(connection, id=row.id, at=now, decision=decision.then, reason=reason)
        if fresh is not None:
            await queries.add_run_event(
                connection,
                enrollment_id=run.id,
                at=now,
                kind="reaction",
                detail={"reaction": row.id, "kind": row.kind, "then": decision.then, "reason": reason},
                key=row.id,
            )
        key = f"look-{row.id}"
        await queries.add_task_to_look(
            connection,
            id=ids.follow_up_id(run.id, key, 0),
            enrollment_id=run.id,
            reaction_id=row.id,
            title=f"Check a reaction ({row.kind}) that could not be handled",
            description=call.why,
            due_at=now + _READ_WITHIN,
            at=now,
        )
        await notify_owner(connection, run.id, NewNotification(SEND_PROBLEM, reason, now, key=key))
        return decision

    async def _held(
        self, connection: Connection, run: RunRow, row: queries.ReactionRow, reason: str, now: datetime
    ) -> Decision:
        stops = await self._suppress(connection, row, now)
        if run.closed:
            return Decision("none", reason=reason, due=run.over)
        if stops:
            return Decision("stop", reason=reason, due=await close(connection, run, "stopped", reason, now))
        if await self._readable(connection, run) is None:
            return await self._end(connection, run, reason, now)
        steps = await queries.steps_of(connection, enrollment_id=run.id)
        if not any(step.state == "planned" for step in steps):
            return Decision("continue", reason=reason)
        if row.holds or row.kind == ReactionKind.FIELD_CHANGED:
            # An answer nobody has read, or a plan that nobody has made anew: nothing is sent until somebody resumes.
            await queries.open_pause(connection, enrollment_id=run.id, started_at=now, reason=reason)
            await queries.set_run_state(connection, id=run.id, state="paused", reason=reason)
            return Decision("pause", None, reason)
        return Decision("continue", reason=reason)

    async def _suppress(self, connection: Connection, row: queries.ReactionRow, now: datetime) -> bool:
        """Whether this reaction ends every run; what it forbids is forbidden here as its handling would have done."""
        if row.opt_out:
            await suppress(connection, NewSuppression("all", "opt_out", row.id, now, person=row.person_id))
            return True
        wanted = next((how for kind, how in SUPPRESSES.items() if kind == row.kind), None)
        if wanted is None:
            return False
        channel = "all" if wanted == "all" else (row.channel or "email")
        obeyed = row.kind == ReactionKind.UNSUBSCRIBED and obeyed_for_the_address(row.channel)
        if row.kind == ReactionKind.BOUNCED:
            send = await queries.send_row(connection, id=row.send_id) if row.send_id else None
            if send is not None:
                await suppress(connection, NewSuppression(channel, row.kind, row.id, now, address=send.recipient))
        elif not obeyed and PREFERENCES not in row.detail:
            await suppress(connection, NewSuppression(channel, row.kind, row.id, now, person=row.person_id))
        return True
