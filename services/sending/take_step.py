"""Takes one step of a run, and says what comes next.

The way of nearly all: the run is read, its message is made, stored as claimed in one message to Postgres, and handed
over. Whatever else there is to do goes in transactions: one looks at the run and makes the step ready, the message is
claimed and handed over outside of any, and one more settles the send, the step and the plan of what is left.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from adapters.temporal.metrics import Instruments
from sequences.definition.compile import frequency_limits
from sequences.definition.durations import parse_duration
from sequences.ids import send_id
from sequences.planning.planner import postpone, released
from sequences.planning.values import Channel
from sequences.runs.state import Due, StepCall
from sequences.sending.outcome import TransportVerdict
from sequences.sending.send_obstacles import SEND_PROBLEM, NotNow, Settled, span_of, tried_again
from services.follow_ups.carry_out import Cause
from services.notifications import NewNotification, notify
from services.runs.end_run import close
from services.runs.planning import remaining
from services.runs.run_row import RunRow
from services.runs.step_conditions import unmet_condition
from services.runs.whole_run import WholeRun
from services.sending.attempt import Attempt, Claimer, HandedOver, Unclaimed, own_limits
from services.sending.contacts import settle_sent_step
from services.sending.stored import stored
from services.sending.undelivered import missing_mail
from services.sending.what_now import Ends, GoesOn, OtherHour, PlansAgain, TakesIt, what_now
from services.uncancelled import to_the_end

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from adapters.postgres.database import Connection, Database
    from sequences.definition.steps import Step
    from sequences.planning.values import StepPlan
    from services.follow_ups.carry_out import FollowUps
    from services.runs.planning import Planning, RunContext
    from services.sending.hand_over import Sending
    from services.sending.prepare_message import PrepareMessage
    from services.sending.settle_send import SettleSend

_log = logging.getLogger("relance.sends")
_GO_ON: Final = "not waited for any longer"


@dataclass(frozen=True)
class _Look:
    """What was read for a step."""

    context: RunContext
    whole: WholeRun
    call: StepCall
    now: datetime

    def attempt(self, sender: str, claimer: Claimer) -> Attempt:
        """The attempt to send it, from an address or number."""
        step, call, now = self.context.version.step(self.call.step), self.call, self.now
        limit = frequency_limits(self.context.version.definition).get(step.channel)
        zone = _timezone(self.whole.steps, step.id)
        span, number = span_of(limit, zone, now), call.attempt
        return Attempt(self.context, step, sender, span, claimer, now, number, call.by_hand, self.whole, zone)


@dataclass(frozen=True, kw_only=True)
class TakeStep:
    """Sends, or does the actions of, one step."""

    database: Database
    planning: Planning
    preparing: PrepareMessage
    sending: Sending
    settling: SettleSend
    follow_ups: FollowUps
    instruments: Instruments = field(default_factory=Instruments)

    async def take(self, call: StepCall, now: datetime, claimer: Claimer) -> Due:
        """Takes the step if it still may be taken now, and returns what comes next. Safe to repeat."""
        tried = None
        attempt = await self._unstored(call, now, claimer)
        if attempt is not None:
            tried = await self.sending.hand_over(attempt)
            if isinstance(tried, HandedOver):
                return await self._ended(attempt, tried)
        # Nothing was written, and whoever looks must find what stands in the way.
        async with self.database.transaction() as connection:
            ready = await self._ready(connection, call, now, claimer)
        if isinstance(ready, Due):
            return ready
        if tried is None or tried.outcome is None:
            at_slot = await self.sending.take_turn(ready)
            if isinstance(at_slot, NotNow):
                return await self._settle(ready, at_slot)
            ready, tried = at_slot, await self.sending.hand_over(at_slot)
        return await self._ended(ready, tried)

    async def _ended(self, attempt: Attempt, tried: HandedOver | Unclaimed) -> Due:
        if isinstance(tried, HandedOver):
            # What the server said must be stored, whoever wants this to end: a claim without an end is a doubt.
            due = await to_the_end(self._stored(attempt, tried))
        else:
            due = await self._settle(attempt, tried)
        await self.sending.report(attempt, tried)
        return due

    # --- before it is handed over: without a word to be written --------------------------------------------------

    async def _unstored(self, call: StepCall, now: datetime, claimer: Claimer) -> Attempt | None:
        """A message that can be claimed as it is stored; None: there is something else to be written."""
        async with self.database.statement() as connection:
            found = await self.planning.look(connection, call.enrollment)
            if found is None:
                return None
            context, whole = found
            begun = any(row.step == call.step for row in whole.sends)
            if context.run.closed or begun or not isinstance(what_now(context, whole, call, now), TakesIt):
                return None
            step = context.version.step(call.step)
            why = "" if call.by_hand else await _why_not(connection, context, step, whole)
            if why:
                return None
            decided = await self.preparing.sender_decided(connection, context, step, whole.sends)
            if decided is None:
                return None
            context = decided
            sender, own = self.preparing.sender(context), own_limits(context)
            if not await self.sending.may_go_now(connection, sender, step.channel, now, own):
                return None
            message = await self.preparing.unstored(connection, context, step, now, whole.sends)
        if message is None:
            return None
        attempt = _Look(context, whole, call, now).attempt(message.sender, claimer)
        return replace(attempt, message=message)

    # --- before it is handed over: one transaction ---------------------------------------------------------------

    async def _ready(self, connection: Connection, call: StepCall, now: datetime, claimer: Claimer) -> Due | Attempt:
        """The message of the step, ready to be claimed; else what comes instead."""
        whole = await WholeRun.lock(connection, call.enrollment)
        run = whole.run
        if run.closed:
            return run.over
        if run.state == "starting":
            # Its workflow was quicker than the process that started it: only an active run may send.
            await queries.begin_enrollments(connection, ids=[run.id], at=now)
        context = await self.planning.context(connection, run)
        match what_now(context, whole, call, now):
            case Ends(reason):
                return await close(connection, run, "stopped", reason, now)
            case PlansAgain():
                return await self.planning.next_due(connection, context, now)
            case GoesOn(until):
                return await self._wait_no_longer(connection, context, call, until, now)
            case OtherHour(planned):
                return await self._at_another_hour(connection, context, call, planned, now)
            case TakesIt():
                pass
        step = context.version.step(call.step)
        # Whoever wants it sent now has decided.
        why = "" if call.by_hand else await _why_not(connection, context, step, whole)
        if why:
            return await self._skip(connection, context, step, why, now)
        if step.channel == Channel.ACTION:
            return await self._act(connection, context, step, now)
        decided = await self.preparing.with_sender(connection, context, step, now, whole.sends, call.attempt)
        if isinstance(decided, NotNow):
            at = tried_again(decided, now)
            revision = run.plan_revision
            return Due(step.id, at, decided.why, attempt=call.attempt, by_hand=call.by_hand, revision=revision)
        context = decided
        sender = await self.preparing.prepare(connection, context, step, now, whole.sends)
        if isinstance(sender, Due):
            return replace(sender, revision=run.plan_revision)
        return _Look(context, whole, call, now).attempt(sender, claimer)

    async def _at_another_hour(
        self, connection: Connection, context: RunContext, call: StepCall, planned: StepPlan, now: datetime
    ) -> Due:
        if planned.due_at is None:
            await self.planning.decide(connection, context, call.step, Settled("skipped", planned.skipped or ""), now)
            return await self.planning.next_due(connection, context, now)
        why = ", ".join(planned.moved_by) or "window"
        await queries.postpone_step(
            connection,
            enrollment_id=context.run.id,
            step=call.step,
            due_at=planned.due_at,
            reason=why,
        )
        return Due(call.step, planned.due_at, why, by_hand=call.by_hand, revision=context.run.plan_revision)

    async def _skip(self, connection: Connection, context: RunContext, step: Step, why: str, now: datetime) -> Due:
        await queries.refuse_send(connection, id=send_id(context.run.id, step.id), at=now, reason=why)
        await self.planning.decide(connection, context, step.id, Settled("skipped", why), now)
        return await self.planning.next_due(connection, context, now)

    async def _act(self, connection: Connection, context: RunContext, step: Step, now: datetime) -> Due:
        """What a step does that sends nothing."""
        handing_out = step.task is not None
        return await (self._hand_out if handing_out else self._do_actions)(connection, context, step, now)

    async def _hand_out(self, connection: Connection, context: RunContext, step: Step, now: datetime) -> Due:
        """Gives the task of the step to a person; the run waits for it, or goes on at once."""
        task = step.task
        assert task is not None
        await self.follow_ups.hand_out(connection, context, step, now)
        if task.waits and task.within is not None:
            until = parse_duration(task.within).after(now)
            await queries.wait_for_task(connection, enrollment_id=context.run.id, step=step.id, until=until)
        else:
            await self.planning.decide(connection, context, step.id, Settled("done", "task handed out"), now)
        return await self.planning.next_due(connection, context, now)

    async def _wait_no_longer(
        self, connection: Connection, context: RunContext, call: StepCall, until: datetime, now: datetime
    ) -> Due:
        """The time of a task is over, or a person wants the run to go on: the task itself stays open."""
        task = context.version.step(call.step).task
        within = task.within if task is not None else None
        if call.by_hand and within is not None and parse_duration(within).after(now) == until:
            # The try before this one handed it out, and its answer was lost.
            return await self.planning.next_due(connection, context, now)
        why = f"the task was not done within {within}" if within and not call.by_hand else _GO_ON
        await self.planning.decide(connection, context, call.step, Settled("skipped", why), now)
        return await self.planning.next_due(connection, context, now)

    async def _do_actions(self, connection: Connection, context: RunContext, step: Step, now: datetime) -> Due:
        cause = Cause(f"step:{step.id}", f"step {step.id}", now)
        await self.follow_ups.carry_out(connection, context, cause, step.do or ())
        await self.planning.decide(connection, context, step.id, Settled("done"), now)
        return await self.planning.next_due(connection, context, now)

    # --- after it: one transaction -------------------------------------------------------------------------------

    async def _stored(self, attempt: Attempt, tried: HandedOver) -> Due:
        try:
            return await stored(lambda: self._settle(attempt, tried), attempt.send)
        except Exception:
            # It may be the plan that fails, for a reason of its own: what the server said is stored without it.
            async with self.database.transaction() as connection:
                await self.settling.settle(connection, attempt, tried)
            raise

    async def _settle(self, attempt: Attempt, tried: HandedOver | Unclaimed | NotNow) -> Due:
        """Stores what came of an attempt: the send, the step, and the plan of what is left."""
        due = await self._settle_at_once(attempt, tried)
        if due is not None:
            self._note(attempt, Settled("sent"))
            return due
        async with self.database.transaction() as connection:
            # Anew: a stop, or another plan, may have come while the message was under way.
            run = await RunRow.lock(connection, attempt.context.run.id)
            if run.plan_revision != attempt.context.run.plan_revision:
                context = replace(await self.planning.context(connection, run), mailbox=attempt.context.mailbox)
                attempt = replace(attempt, context=context)
            came = tried if isinstance(tried, NotNow) else await self.settling.settle(connection, attempt, tried)
            due = await self._conclude(connection, run, attempt, came)
        self._note(attempt, came)
        return replace(due, revision=run.plan_revision)

    def _note(self, attempt: Attempt, came: NotNow | Settled) -> None:
        """One line and one measurement a send: ids and codes, and never whom it goes to."""
        if isinstance(came, Settled):
            words = f"{came.state}{f' ({came.reason})' if came.reason else ''}"
        elif came.until is None:
            words = f"held ({came.why})"
        else:
            words = f"waits until {came.until:%Y-%m-%d %H:%M:%S} UTC ({came.why})"
        run = attempt.context.run.id
        ids = {"send": attempt.send, "run": run, "step": attempt.step.id}
        _log.info("%s of %s, step %s: %s", attempt.send, run, attempt.step.id, words, extra={"ids": ids})
        due = _due_at(attempt)
        if isinstance(came, Settled) and came.state == "sent" and due is not None:
            self.instruments.sent(attempt.channel, (attempt.now - due).total_seconds())

    async def _settle_at_once(self, attempt: Attempt, tried: HandedOver | Unclaimed | NotNow) -> Due | None:
        """The way of nearly all, in one message to Postgres: it went out, and the run is as it was before.

        None: it did not, or something of the run has changed meanwhile. Then nothing was written.
        """
        whole = attempt.whole
        if whole is None or not (isinstance(tried, HandedOver) and tried.outcome.verdict is TransportVerdict.ACCEPTED):
            return None
        steps = tuple(_sent(row, attempt.now) if row.step == attempt.step.id else row for row in whole.steps)
        left = remaining(attempt.context, steps, whole.pauses, attempt.now)
        if left.event is not None:
            return None
        async with self.database.statement() as connection:
            settled = await settle_sent_step(connection, attempt, whole, tried.outcome, left.rows)
        return left.due if settled else None

    async def _conclude(self, connection: Connection, run: RunRow, attempt: Attempt, came: NotNow | Settled) -> Due:
        context, step, now = attempt.context, attempt.step, attempt.now
        if isinstance(came, NotNow):
            return run.over if run.closed else await self._try_later(connection, attempt, came)
        await self.planning.decide(connection, context, step.id, came, now)
        if came.tell:
            title = f"{step.id}: {came.state} ({came.reason})"
            key = f"n{run.id}-{step.id}-{came.state}"
            await notify(connection, context, NewNotification(SEND_PROBLEM, title, now, key=key))
        # Of a run that was stopped meanwhile: it was sent, and nothing more will be.
        return run.over if run.closed else await self.planning.next_due(connection, context, now)

    async def _try_later(self, connection: Connection, attempt: Attempt, came: NotNow) -> Due:
        context, step, now = attempt.context, attempt.step.id, attempt.now
        if came.until is None:
            return Due(step, tried_again(came, now), came.why, attempt=came.attempt, by_hand=attempt.by_hand)
        # The cap puts it off to another day: that is no "now" any more, so the schedule decides about its hour again.
        by_hand = attempt.by_hand and came.why != "frequency_cap"
        facts = await self.planning.facts(connection, context)
        timing = context.timing(step)
        planned = postpone(released(timing) if by_hand else timing, facts, came.until)
        if planned.due_at is None:
            await self.planning.decide(connection, context, step, Settled("skipped", came.why), now)
            return await self.planning.next_due(connection, context, now)
        await queries.postpone_step(
            connection,
            enrollment_id=context.run.id,
            step=step,
            due_at=planned.due_at,
            reason=came.why,
        )
        return Due(step, planned.due_at, came.why, attempt=came.attempt, by_hand=by_hand)


async def _why_not(
    connection: Connection,
    context: RunContext,
    step: Step,
    whole: WholeRun,
) -> str:
    """Why a step that is due is skipped; empty when nothing speaks against it."""
    # What a worker had begun to hand over may be out: it comes to its end, whatever holds by now.
    begun = any(row.step == step.id and row.state != "planned" for row in whole.sends)
    unmet = "" if begun else await unmet_condition(connection, context, step, whole.steps)
    if unmet or step.channel == Channel.ACTION:
        return unmet
    return missing_mail(context, step, whole.steps, whole.sends)


def _sent(row: queries.EnrollmentStepRow, now: datetime) -> queries.EnrollmentStepRow:
    """The row of a step as it is once its message has gone out."""
    return queries.EnrollmentStepRow(**row.as_dict() | {"state": "sent", "decided_at": now, "reason": None})


def _due_at(attempt: Attempt) -> datetime | None:
    rows = attempt.whole.steps if attempt.whole is not None else ()
    return next((row.due_at for row in rows if row.step == attempt.step.id), None)


def _timezone(steps: Sequence[queries.EnrollmentStepRow], step: str) -> str:
    return next((row.timezone for row in steps if row.step == step and row.timezone), "UTC")
