"""Takes one step of a run, and says what comes next."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from adapters.postgres import queries
from sequences.definition.compile import channel_of
from sequences.errors import PermanentError, TemplateError
from sequences.planning.planner import plan, postpone, released
from sequences.planning.values import Channel
from sequences.reactions.verdict import nobody_there
from sequences.runs.state import Due, StepCall
from services.follow_ups.carry_out import Cause
from services.runs.end_run import close
from services.runs.run_row import RunRow
from services.sending.claim_and_send import NotNow, Settled
from services.sending.compose_email import address_problem, store, store_anew
from services.sending.undelivered import missing_mail

if TYPE_CHECKING:
    from adapters.postgres.database import Database
    from sequences.definition.steps import Step
    from sequences.planning.values import RunFacts
    from services.follow_ups.carry_out import FollowUps
    from services.organisation import Organisation
    from services.runs.planning import Planning, RunContext
    from services.sending.claim_and_send import Sending
    from services.sending.compose_email import Composer

_log = logging.getLogger("relance.steps")
_PUNCTUAL = timedelta(seconds=1)
_HELD_AGAIN = timedelta(minutes=5)


class TakeStep:
    """Sends, or does the actions of, one step."""

    def __init__(
        self,
        database: Database,
        planning: Planning,
        composer: Composer,
        sending: Sending,
        follow_ups: FollowUps,
        organisation: Organisation,
    ) -> None:
        self._database = database
        self._planning = planning
        self._composer = composer
        self._sending = sending
        self._follow_ups = follow_ups
        self._organisation = organisation

    async def take(self, call: StepCall, now: datetime) -> Due:
        """Takes the step if it still may be taken now, and returns what comes next. Safe to repeat."""
        async with self._database.transaction() as connection:
            run = await RunRow.load(connection, call.enrollment)
            if run.closed:
                return _closed(run)
            context = await self._planning.context(connection, run)
            gone = nobody_there(context.view)
            if gone is not None:
                return await close(connection, run, "stopped", gone, now)
            steps = await queries.rows(connection, "steps_of", enrollment_id=call.enrollment)
            if any(row["step"] == call.step and row["state"] != "planned" for row in steps):
                return await self._planning.next_due(connection, context, now)
            facts = await self._planning.facts(connection, context, steps=steps)
            if not call.by_hand and not await self._is_due(connection, context, facts, call, now):
                return await self._planning.next_due(connection, context, now)
            later = await self._not_at_this_hour(connection, context, facts, call, now)
            if later is not None:
                return later
            step = context.version.step(call.step)
            if channel_of(step) is Channel.ACTION:
                return await self._do_actions(connection, context, step, now)
            missing = "" if call.by_hand else await missing_mail(connection, context, step, steps)
            if missing:
                await self._planning.decide(connection, context, step.id, "skipped", now, missing)
                return await self._planning.next_due(connection, context, now)
            refused = await self._prepare(connection, context, step, now)
            if refused is not None:
                return refused
        return await self._send(context, step, now, call)

    async def _is_due(
        self, connection: Any, context: RunContext, facts: RunFacts, call: StepCall, now: datetime
    ) -> bool:
        """What people are shown is what is done: a step whose date has moved, gone or passed since is planned anew."""
        plans = plan(context.version.timings, facts, replanned_at=now)
        planned = next((each for each in plans if each.step == call.step), None)
        if planned is not None and planned.due_at is not None and planned.due_at <= now + _PUNCTUAL:
            return True
        # What a worker had begun to hand over before it died may be out: that comes to its end first.
        send = await queries.row(
            connection, "send_row", id=self._sending.id_of(context, context.version.step(call.step))
        )
        return send is not None and send["state"] != "planned"

    async def _not_at_this_hour(
        self, connection: Any, context: RunContext, facts: RunFacts, call: StepCall, now: datetime
    ) -> Due | None:
        """A worker that was down overnight must not send at 3 a.m. what was due at 5 p.m.: the rules decide again."""
        timing = context.timing(call.step)
        planned = postpone(released(timing) if call.by_hand else timing, facts, now)
        if planned.due_at is None:
            await self._planning.decide(connection, context, call.step, "skipped", now, planned.skipped or "")
            return await self._planning.next_due(connection, context, now)
        if planned.due_at > now + _PUNCTUAL:
            why = ", ".join(planned.moved_by) or "window"
            await queries.run(
                connection,
                "postpone_step",
                enrollment_id=context.run.id,
                step=call.step,
                due_at=planned.due_at,
                reason=why,
            )
            return Due(call.step, planned.due_at, why, by_hand=call.by_hand)
        return None

    async def _do_actions(self, connection: Any, context: RunContext, step: Step, now: datetime) -> Due:
        cause = Cause(f"step:{step.id}", f"step {step.id}")
        await self._follow_ups.carry_out(connection, context, cause, step.do or (), now)
        await self._planning.decide(connection, context, step.id, "done", now, "")
        return await self._planning.next_due(connection, context, now)

    async def _prepare(self, connection: Any, context: RunContext, step: Step, now: datetime) -> Due | None:
        """Writes the message as of now; None when it is ready to be claimed, else what comes instead.

        What no provider can have is written anew at every look: in the days that a cap or a server takes, the address,
        the name and the owner may have changed.
        """
        send = self._sending.id_of(context, step)
        stored = await queries.row(connection, "send_row", id=send)
        if stored is not None and (stored["state"] != "planned" or stored["handed_at"] is not None):
            return None
        problem = address_problem(context.view.person, channel_of(step), self._organisation.phone_region)
        if problem is not None:
            return await self._refuse(connection, context, step, problem, now)
        if channel_of(step) is Channel.EMAIL and (problem := self._composer.sender_problem(context)) is not None:
            return await self._refuse(connection, context, step, problem, now, ours=True)
        try:
            message = await self._composer.compose(connection, context, step, now)
        except TemplateError as error:
            # What comes after a mail that cannot be written makes no sense without it.
            await queries.run(connection, "refuse_send", id=send, at=now, reason=str(error))
            await self._planning.decide(connection, context, step.id, "failed", now, str(error))
            await self._tell(connection, context, f"{step.id}-template", f"stopped at {step.id}: {error}", now)
            return await close(connection, context.run, "stopped", f"the template of {step.id} lacks a field", now)
        except PermanentError as error:
            # No message can be built of this, today or tomorrow: the step ends with the reason, and the run goes on.
            return await self._refuse(connection, context, step, f"it cannot be written: {error}", now, ours=True)
        await (store if stored is None else store_anew)(connection, context, step.id, message, now)
        return None

    async def _refuse(
        self, connection: Any, context: RunContext, step: Step, problem: str, now: datetime, *, ours: bool = False
    ) -> Due:
        """Ends a step of which no message can be made; ``ours``: not the recipient's address is at fault."""
        await queries.run(connection, "refuse_send", id=self._sending.id_of(context, step), at=now, reason=problem)
        await self._planning.decide(connection, context, step.id, "refused", now, problem)
        title = f"{step.id} not sent ({problem})"
        await self._tell(connection, context, f"{step.id}-{problem}", title, now)
        if ours:
            # Whose own address is wrong may not hear of it by mail.
            _log.warning("a message cannot be built", extra={"enrollment": context.run.id, "step": step.id})
            rules = context.version.definition.auto_enroll
            if rules is not None and rules.assigned_by not in (None, context.view.owner_id):
                await self._follow_ups.notify(
                    connection,
                    context,
                    "assigned_by",
                    "send_problem",
                    title,
                    now,
                    key=f"n{context.run.id}-{step.id}-assigned-{problem}",
                )
        return await self._planning.next_due(connection, context, now)

    async def _send(self, context: RunContext, step: Step, now: datetime, call: StepCall) -> Due:
        outcome = await self._sending.send(context, step, now, call.attempt)
        async with self._database.transaction() as connection:
            run = await RunRow.load(connection, context.run.id)
            if isinstance(outcome, NotNow):
                return await self._try_later(connection, context, run, step, outcome, now, call.by_hand)
            await self._settle(connection, context, step, outcome, now)
            if run.closed:
                # A stop came while the message was under way: it was sent, and nothing more will be.
                return _closed(run)
            return await self._planning.next_due(connection, context, now)

    async def _settle(self, connection: Any, context: RunContext, step: Step, outcome: Settled, now: datetime) -> None:
        await self._planning.decide(connection, context, step.id, outcome.state, now, outcome.reason)
        if outcome.tell:
            title = f"{step.id}: {outcome.state} ({outcome.reason})"
            await self._tell(connection, context, f"{step.id}-{outcome.state}", title, now)

    async def _try_later(
        self,
        connection: Any,
        context: RunContext,
        run: RunRow,
        step: Step,
        outcome: NotNow,
        now: datetime,
        by_hand: bool,
    ) -> Due:
        if run.closed:
            return _closed(run)
        if outcome.until is None:
            return Due(step.id, now + _HELD_AGAIN, outcome.why, attempt=outcome.attempt, by_hand=by_hand)
        # The cap puts it off to another day: that is no "now" any more, so the schedule decides about its hour again.
        by_hand = by_hand and outcome.why != "frequency_cap"
        facts = await self._planning.facts(connection, context)
        timing = context.timing(step.id)
        planned = postpone(released(timing) if by_hand else timing, facts, outcome.until)
        if planned.due_at is None:
            await self._planning.decide(connection, context, step.id, "skipped", now, outcome.why)
            return await self._planning.next_due(connection, context, now)
        await queries.run(
            connection, "postpone_step", enrollment_id=run.id, step=step.id, due_at=planned.due_at, reason=outcome.why
        )
        return Due(step.id, planned.due_at, outcome.why, attempt=outcome.attempt, by_hand=by_hand)

    async def _tell(self, connection: Any, context: RunContext, key: str, title: str, now: datetime) -> None:
        await self._follow_ups.notify(
            connection, context, "owner", "send_problem", title, now, key=f"n{context.run.id}-{key}"
        )


def _closed(run: RunRow) -> Due:
    return Due(closed=True, state=run.state, reason=run.reason or "")
