"""The follow-up ``send``: a message that answers a reaction, by the rules of steps, and at most once in a run."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from adapters.postgres import queries
from adapters.templates.source import TemplateSource
from sequences import ids
from sequences.channels import from_owner
from sequences.definition.compile import frequency_limits, schedule_of
from sequences.definition.steps import Step
from sequences.errors import NotFoundError, PermanentError
from sequences.planning.planner import postpone
from sequences.planning.values import StepTiming
from sequences.reactions.verdict import recipient_gone
from sequences.sending.addresses import address_problem
from sequences.sending.deliveries import NET, Delivered
from sequences.sending.send_obstacles import PUNCTUAL, SEND_PROBLEM, NotNow, span_of, tried_again
from sequences.sending.wording import answer_id
from services.intake.topics import topic_problem
from services.mailboxes.choose_mailbox import ChooseMailbox
from services.notifications import NewNotification, notify
from services.runs.planning import RunContext, facts_of_run
from services.runs.whole_run import WholeRun
from services.sending.attempt import Attempt
from services.sending.compose_email import store, store_again
from services.sending.form_links import require_forms
from services.sending.free_words import free_words_problem
from services.sending.stored import stored
from services.uncancelled import to_the_end

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection, Database
    from services.organisation import Organisation
    from services.runs.planning import Planning
    from services.sending.attempt import Claimer, HandedOver, Unclaimed
    from services.sending.compose_email import Composer
    from services.sending.hand_over import Sending
    from services.sending.settle_send import SettleSend

_log = logging.getLogger("relance.sends")
_TOO_LATE: Final = timedelta(days=7)
"""An answer that comes later answers nothing any more."""


@dataclass(frozen=True)
class Trying:
    """One try.

    Attributes:
        now: the workflow's time.
        number: how often the message was given back before.
    """

    claimer: Claimer
    now: datetime
    number: int = 0


@dataclass(frozen=True)
class _Ready:
    row: queries.FollowUpRow
    attempt: Attempt


@dataclass(frozen=True, kw_only=True)
class SendMessage:
    """Sends the messages of reactions."""

    database: Database
    planning: Planning
    composer: Composer
    organisation: Organisation
    sending: Sending
    settling: SettleSend
    choosing: ChooseMailbox = field(default_factory=ChooseMailbox)

    async def deliver(self, follow_up: str, trying: Trying) -> Delivered:
        """One try; what comes of it is in the row. Safe to repeat."""
        async with self.database.transaction() as connection:
            ready = await self._ready(connection, follow_up, trying)
        if isinstance(ready, Delivered):
            return ready
        at_slot = await self.sending.take_turn(ready.attempt)
        if isinstance(at_slot, NotNow):
            return await self._settle(ready, ready.attempt, at_slot)
        tried = await self.sending.hand_over(at_slot)
        delivered = await to_the_end(stored(lambda: self._settle(ready, at_slot, tried), at_slot.send))
        await self.sending.report(ready.attempt, tried)
        return delivered

    # --- before it is handed over: one transaction ---------------------------------------------------------------

    async def _ready(self, connection: Connection, follow_up: str, trying: Trying) -> _Ready | Delivered:
        row = await queries.follow_up_row(connection, id=follow_up)
        if row is None or row.state != "pending":
            return Delivered(row.state if row is not None else "")
        whole = await WholeRun.lock(connection, row.enrollment_id)
        try:
            context = await self.planning.context(connection, whole.run)
        except NotFoundError:
            return await self._end(connection, row, None, "the record is gone", trying.now)
        step = message_step(context, row.arguments["send"])
        send = ids.send_id(whole.run.id, step.id) if step is not None else ""
        stored = await queries.send_row(connection, id=send)
        ends = _only_ends(stored, row, trying)
        if step is not None and not ends and from_owner(step.channel):
            decided = await self.choosing.decide(connection, context, whole.sends, trying.now, trying.number)
            if isinstance(decided, NotNow):
                return await self._put_off(connection, row, decided, trying.now)
            context = decided
        why = None if ends else await self._never(connection, row, context, step, trying.now)
        if why is not None or step is None:
            return await self._end(connection, row, context, why or "its version has no such template", trying.now)
        if stored is not None and stored.follow_up_id not in (None, row.id):
            await queries.delivered(connection, id=row.id, result="sent before in this run", at=trying.now)
            return Delivered("done")
        timing = StepTiming(step.id, step.channel, schedule=schedule_of(context.version.definition, step))
        planned = postpone(timing, facts_of_run(context, whole.steps, whole.pauses), trying.now)
        begun = stored is not None and stored.state != "planned"
        if not begun and planned.due_at is not None and planned.due_at > trying.now + PUNCTUAL:
            why = ", ".join(planned.moved_by) or "window"
            return await self._put_off(connection, row, NotNow(planned.due_at, why, trying.number), trying.now)
        sender = None if stored is None else str(stored.sender)
        if stored is None or (stored.state == "planned" and stored.handed_at is None):
            try:
                message = await self.composer.compose(connection, context, step, trying.now, whole.sends)
                await require_forms(connection, message.forms)
            except PermanentError as error:
                return await self._end(connection, row, context, f"it cannot be written: {error}", trying.now)
            await (store if stored is None else store_again)(connection, message)
            await queries.send_follows_up(connection, id=send, follow_up_id=row.id)
            sender = message.sender
        assert sender is not None
        limit = frequency_limits(context.version.definition).get(step.channel)
        span = span_of(limit, planned.timezone, trying.now)
        asked = trying.claimer, trying.now, trying.number
        return _Ready(row, Attempt(context, step, sender, span, *asked, timezone=planned.timezone))

    async def _never(
        self,
        connection: Connection,
        row: queries.FollowUpRow,
        context: RunContext,
        step: Step | None,
        now: datetime,
    ) -> str | None:
        """Why the message does not go at all."""
        if now > row.at + _TOO_LATE:
            return "it could not be sent within 7 days"
        gone = recipient_gone(context.view)
        if gone is not None or step is None:
            return gone
        reaction = await queries.reaction_row(connection, id=row.cause)
        if context.run.closed and (reaction is None or reaction.decision != "stop"):
            # It is the end of something else: only the reaction that ended the run is answered all the same.
            return f"the run is over: {context.run.reason or context.run.state}"
        problem = await topic_problem(connection, context)
        problem = problem or address_problem(context.view, step.channel, self.organisation.phone_region)
        region = self.organisation.phone_region
        problem = problem or await free_words_problem(connection, context, step, region, now)
        if problem is None and from_owner(step.channel):
            problem = self.composer.sender_problem(context)
        return problem

    # --- after it: one transaction -------------------------------------------------------------------------------

    async def _settle(self, ready: _Ready, attempt: Attempt, tried: HandedOver | Unclaimed | NotNow) -> Delivered:
        async with self.database.transaction() as connection:
            came = tried if isinstance(tried, NotNow) else await self.settling.settle(connection, attempt, tried)
            if isinstance(came, NotNow):
                return await self._put_off(connection, ready.row, came, attempt.now)
            ids = {"send": attempt.send, "run": attempt.context.run.id}
            _log.info("%s of %s: %s (%s)", ids["send"], ids["run"], came.state, came.reason, extra={"ids": ids})
            if came.state not in ("sent", "unknown"):
                return await self._end(connection, ready.row, attempt.context, came.reason, attempt.now)
            result = came.state if came.state == "sent" else f"{came.state}: {came.reason}"
            await queries.delivered(connection, id=ready.row.id, result=result, at=attempt.now)
            if came.tell:
                await self._tell(connection, ready.row, attempt.context, came.reason, attempt.now)
            return Delivered("done")

    async def _put_off(
        self, connection: Connection, row: queries.FollowUpRow, came: NotNow, now: datetime
    ) -> Delivered:
        until = came.until or tried_again(came, now)
        await queries.put_off_delivery(
            connection, id=row.id, round=row.round, result=came.why, next_try_at=until, hand_at=until + NET
        )
        return Delivered("pending", until, attempt=came.attempt)

    async def _end(
        self,
        connection: Connection,
        row: queries.FollowUpRow,
        context: RunContext | None,
        why: str,
        now: datetime,
    ) -> Delivered:
        """It is not sent, and somebody must know unless the person or the law forbids it."""
        await queries.refuse_send_of(connection, follow_up_id=row.id, at=now, reason=why)
        await queries.end_delivery(connection, id=row.id, round=row.round, state="failed", result=why, at=now)
        if context is not None and not why.startswith("suppressed"):
            await self._tell(connection, row, context, why, now)
        return Delivered("failed")

    async def _tell(
        self, connection: Connection, row: queries.FollowUpRow, context: RunContext, why: str, now: datetime
    ) -> None:
        title = f"the message {row.arguments['send']}: {why}"
        await notify(connection, context, NewNotification(SEND_PROBLEM, title, now, key=f"n{row.id[1:]}-send"))


def _only_ends(stored: queries.SendRow | None, row: queries.FollowUpRow, trying: Trying) -> bool:
    """A worker that died had begun to hand it over: it may be out, and this try sends nothing and says how it ended."""
    if stored is None or stored.follow_up_id != row.id:
        return False
    # What is in doubt may be sent again by a later try.
    return stored.state not in ("planned", "unknown") or (stored.state == "unknown" and trying.number == 0)


def message_step(context: RunContext, template: str) -> Step | None:
    """A step that sends this template and has no time of its own; None: the run's version does not have it.

    Its id is no name that an author can give, and the same for every reaction: a run sends a template once.
    """
    stored = context.version.templates.get(template)
    if stored is None:
        return None
    channel = TemplateSource.from_json(stored).channel
    values: dict[str, Any] = {"id": answer_id(template), channel: template}
    return Step.model_construct(None, **values)
