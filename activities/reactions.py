"""Handles what came back: judges it, does the follow-ups, stops, pauses or goes on. One transaction a reaction."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from temporalio import activity

from activities.follow_up_rows import Cause
from activities.run_row import RunRow
from activities.steps import close
from activities.suppressing import suppress
from adapters.postgres import queries
from sequences.names import HANDLE_REACTION
from sequences.preferences import PREFERENCES
from sequences.reactions import ThenKind
from sequences.run import Decision, Due, ReactionCall
from sequences.verdicts import ReactionFacts, ScoredReply, Verdict, judge, moves_the_plan, pause_until

if TYPE_CHECKING:
    from datetime import datetime

    from activities.follow_up_rows import FollowUps
    from activities.planning import Planning, RunContext
    from adapters.postgres.database import Database


class ReactionActivities:
    """Decides about reactions."""

    def __init__(self, database: Database, planning: Planning, follow_ups: FollowUps) -> None:
        self._database = database
        self._planning = planning
        self._follow_ups = follow_ups

    @activity.defn(name=HANDLE_REACTION)
    async def handle_reaction(self, call: ReactionCall) -> Decision:
        """Handles one reaction once; handled again, it gives the same decision and does nothing more."""
        if call.now is None:
            raise ValueError("a reaction is handled at the workflow's time")
        async with self._database.transaction() as connection:
            run = await RunRow.load(connection, call.enrollment)
            row = await queries.row(connection, "reaction_row", id=call.reaction)
            if row is None:
                return Decision("continue", reason="no such reaction")
            context = await self._planning.context(connection, run)
            verdict = judge(context.version.definition, facts_of(row), context.view)
            cause = Cause(row["id"], verdict.kind, row["id"])
            deliver = await self._follow_ups.carry_out(connection, context, cause, verdict.do, call.now)
            await self._suppress(connection, context, row, verdict, call.now)
            decision = await self._decide(connection, context, row, verdict, call.now)
            await self._record(connection, run, row, verdict, decision, call.now)
            return Decision(decision.then, decision.until, decision.reason, decision.due, deliver)

    async def _suppress(
        self, connection: Any, context: RunContext, row: queries.Row, verdict: Verdict, now: datetime
    ) -> None:
        wanted = verdict.suppress
        if wanted is None:
            return
        if wanted.whole_person:
            await suppress(connection, context.view.person_id, None, wanted.channel, wanted.reason, row["id"], now)
            return
        send = await queries.row(connection, "send_row", id=row["send_id"]) if row["send_id"] else None
        if send is not None:
            await suppress(connection, None, send["recipient"], wanted.channel, wanted.reason, row["id"], now)

    async def _decide(
        self, connection: Any, context: RunContext, row: queries.Row, verdict: Verdict, now: datetime
    ) -> Decision:
        run = context.run
        if run.closed:
            return Decision(
                "none", reason=verdict.reason, due=Due(closed=True, state=run.state, reason=run.reason or "")
            )
        if verdict.then.kind is ThenKind.STOP:
            due = await close(connection, run, "stopped", verdict.reason, now)
            return Decision("stop", reason=verdict.reason, due=due)
        definition = context.version.definition
        replanned = now if moves_the_plan(facts_of(row).fields, definition.day_zero) else None
        if run.state == "paused":
            return Decision("continue", reason=verdict.reason)
        due = await self._planning.next_due(connection, context, now, replanned_at=replanned)
        if verdict.then.kind is ThenKind.PAUSE and due.step is not None:
            until = pause_until(verdict.then, now, facts_of(row).return_date)
            await queries.run(connection, "open_pause", enrollment_id=run.id, started_at=now, reason=verdict.reason)
            await queries.run(connection, "set_run_state", id=run.id, state="paused", reason=verdict.reason)
            return Decision("pause", until, verdict.reason, due)
        return Decision("continue", reason=verdict.reason, due=due)

    async def _record(
        self, connection: Any, run: RunRow, row: queries.Row, verdict: Verdict, decision: Decision, now: datetime
    ) -> None:
        handled = await queries.value(
            connection, "handle_reaction", id=row["id"], at=now, decision=decision.then, reason=decision.reason
        )
        if handled is None:
            return
        detail = {"reaction": row["id"], "kind": verdict.kind, "then": decision.then, "reason": decision.reason}
        if decision.until is not None:
            detail["until"] = decision.until.isoformat()
        await queries.value(
            connection, "add_run_event", enrollment_id=run.id, at=now, kind="reaction", detail=detail, key=row["id"]
        )


def facts_of(row: queries.Row) -> ReactionFacts:
    """A reaction row as the verdict needs it."""
    detail = row["detail"]
    back = detail.get("return_date")
    return ReactionFacts(
        kind=row["kind"],
        channel=row["channel"],
        score=ScoredReply(row["label"], bool(row["opt_out"]), bool(row["held_for_review"])) if row["label"] else None,
        fields=tuple(detail.get("fields", ())),
        return_date=date.fromisoformat(back) if back else None,
        suppressed_already=PREFERENCES in detail,
    )
