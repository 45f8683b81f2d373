"""Claims, sends and settles one message: at most once, and honest about what nobody can know."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from temporalio import activity

from adapters.end_task import cut_off
from adapters.postgres import queries
from sequences import ids
from sequences.definition.compile import channel_of, frequency_limits
from sequences.definition.durations import DurationUnit
from sequences.definition.reactions import ReactionKind
from sequences.errors import NotReadyError
from sequences.planning.values import Channel
from sequences.runs.retries import MOST_TRIES, RESEND_AFTER, wait_before_try
from sequences.sending.outcome import HandOver, TransportOutcome, TransportVerdict
from sequences.sending.slots import asks_for_less, waits_on_the_spot
from services.outages import MAIL_SERVER, TWILIO, Outages
from services.reactions.write_reaction import NewReaction, reaction_key, write_reaction
from services.sending.contacts import settle_sent
from services.sending.suppress import suppress
from services.to_the_end import to_the_end

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from adapters.postgres.database import Database
    from sequences.definition.steps import Step
    from services.ports import EmailTransport, ReadyConnection, SmsTransport
    from services.runs.planning import Planning, RunContext
    from services.sending.compose_email import Composer
    from services.sending.slots import Slots

_log = logging.getLogger("relance.sends")

_WITHIN: Final = timedelta(minutes=9, seconds=30)
"""For the dialogue about one message. With the waits for a turn and a login it is less than the activity's own time, so
that it is we who say how it ended, and not Temporal that lost its patience."""
_LAST_WORDS: Final = 20.0
"""Seconds for the answer to the final dot when somebody stopped the run meanwhile, and waits for our answer."""
_AWAY_SECONDS: Final = 300.0
_STORE_AGAIN: Final = (0.5, 1.0, 2.0, 4.0)
_CANCELLED: Final = TransportOutcome(TransportVerdict.RETRY, "cancelled", None, "ended before it was handed over")
_TOO_LONG: Final = TransportOutcome(TransportVerdict.RETRY, "time", None, "the server took too long")


SAME_ADDRESS = "same_address: the same step of this sequence went to this address, for another record"
_FOR_ANOTHER = "it was written for another person than the run's"


@dataclass(frozen=True)
class NotNow:
    """The step stays to be taken. ``until`` is None when a reaction or a pause is in the way."""

    until: datetime | None
    why: str
    attempt: int = 0


@dataclass(frozen=True)
class Settled:
    """The step is behind the run. ``state`` is ``sent | refused | failed | unknown``; ``tell``: the owner must know."""

    state: str
    reason: str = ""
    tell: bool = False


@dataclass(frozen=True)
class _Span:
    start: datetime | None
    cap: int | None
    ends: datetime | None


def _needs_telling(why: queries.Row) -> bool:
    """Of what forbids a send, the owner hears only what they can mend."""
    routine = (why["reason"] or "").startswith(("suppressed", "same_address"))
    return why["state"] == "failed" or (why["state"] == "refused" and not routine)


@dataclass(frozen=True)
class _Trial:
    """One attempt at one send. ``now`` is the run's time."""

    context: RunContext
    send: str
    claimer: str
    span: _Span
    now: datetime
    attempt: int

    @property
    def again(self) -> bool:
        """It is in doubt, has waited, and the sequence says to send it again."""
        return self.attempt > 0 and self.context.version.definition.if_unknown == "resend"


@dataclass(frozen=True)
class _Tried:
    """A message that was claimed, and what came of handing it over."""

    row: queries.Row
    outcome: TransportOutcome
    handover: HandOver


class Sending:
    """The outbox of one worker.

    Args:
        database: where sends are claimed and settled.
        planning: of runs.
        composer: signs the addresses that come back to us.
        email: way out of e-mails.
        sms: way out of texts.
        slots: limits of mailboxes.
        outages: told of servers that cannot be used; None: nobody wants to know.
        within: how long the dialogue about one message may take.
    """

    def __init__(
        self,
        database: Database,
        planning: Planning,
        composer: Composer,
        email: EmailTransport,
        sms: SmsTransport,
        slots: Slots,
        outages: Outages | None = None,
        within: timedelta = _WITHIN,
    ) -> None:
        self._database = database
        self._planning = planning
        self._composer = composer
        self._email = email
        self._sms = sms
        self._slots = slots
        self._outages = outages or Outages()
        self._within = within
        self._in_doubt = 0
        """Texts in a row of which nobody knows whether Twilio took them."""

    @staticmethod
    def id_of(context: RunContext, step: Step) -> str:
        """Id of the one send of a step."""
        return ids.send_id(context.run.id, step.id)

    async def send(self, context: RunContext, step: Step, now: datetime, attempt: int) -> NotNow | Settled:
        """Sends the message of a step, unless something forbids it.

        Cancelled before the message can be out, it gives its claim back; after that it says what nobody knows.
        """
        came = await self._send(context, step, now, attempt)
        _tell(context, step, self.id_of(context, step), came)
        return came

    async def _send(self, context: RunContext, step: Step, now: datetime, attempt: int) -> NotNow | Settled:
        send = self.id_of(context, step)
        claimer = f"{activity.info().workflow_run_id}:{activity.info().activity_id}:{activity.info().attempt}:{attempt}"
        span = await self._span(context, step, now)
        if self._slots.limited(channel_of(step)):
            slot = await self._slot(context, send, span, now, attempt)
            if not waits_on_the_spot(now, slot):
                return NotNow(slot, "slot", attempt)
            if slot > now:
                await asyncio.sleep((slot - now).total_seconds())
                now = slot
        trial = _Trial(context, send, claimer, span, now, attempt)
        if channel_of(step) is not Channel.EMAIL:
            return await self._end(trial, await self._try(trial, self._hand_text_over))
        try:
            # First the connection, then the claim: what waits for a server that hangs is in nobody's hands.
            async with self._email.connection() as ready:
                await self._outages.works(MAIL_SERVER)
                tried = await self._try(trial, partial(self._hand_mail_over, ready))
        except NotReadyError as error:
            return await self._not_ready(trial, error.outcome)
        # The next mail has the connection already while this one's end is stored.
        return await self._end(trial, tried)

    async def _not_ready(self, trial: _Trial, outcome: TransportOutcome) -> NotNow | Settled:
        """There is no connection: nothing was claimed, and the try does not count."""
        if outcome.away:
            await self._outages.fails(MAIL_SERVER, outcome)
        wait = timedelta(seconds=outcome.retry_after or wait_before_try(1))
        async with self._database.transaction() as connection:
            found = await self._forbids(connection, trial)
            if found is not None:
                return found
            mailbox = await self._note_waits(connection, trial, outcome)
        await self._report(mailbox, outcome)
        return NotNow(trial.now + wait, _words(outcome), trial.attempt)

    async def _report(self, mailbox: str | None, outcome: TransportOutcome) -> None:
        """Tells of a mailbox that its server wants less from, and of one that sends again. Outside of transactions."""
        if mailbox is None:
            return
        if outcome.verdict is TransportVerdict.ACCEPTED:
            await self._outages.works(mailbox)
        elif asks_for_less(outcome.code):
            await self._outages.fails(mailbox, outcome)

    async def _note_waits(self, connection: Any, trial: _Trial, outcome: TransportOutcome) -> str | None:
        """Returns what its mailbox is called when it is to be left alone for a while."""
        row = await queries.row(
            connection, "note_waits", id=trial.send, now=trial.now, code=outcome.code, reason=outcome.reason
        )
        if row is None or row["channel"] != Channel.EMAIL:
            return None
        await self._slots.back_off(connection, row["sender"], Channel.EMAIL, outcome, trial.now)
        return _mailbox(trial.context, row["sender"])

    async def _try(
        self, trial: _Trial, hand_over: Callable[[queries.Row, HandOver], Awaitable[TransportOutcome]]
    ) -> _Tried | None:
        """Claims and hands over; None: it was not claimed. However it ends, the claim is ended by it or by ``_end``."""
        try:
            row = await self._claim(trial)
        except asyncio.CancelledError:
            # It may have been claimed at the very moment; nothing was handed over.
            await to_the_end(self._release(trial, _CANCELLED))
            raise
        if row is None:
            return None
        handover = HandOver()
        return _Tried(row, await self._handed_over(trial, row, hand_over, handover), handover)

    async def _end(self, trial: _Trial, tried: _Tried | None) -> NotNow | Settled:
        """Stores how it ended."""
        if tried is None:
            async with self._database.transaction() as connection:
                found = await self._forbids(connection, trial)
            # What stood in the way is gone since the claim was tried: try again at once.
            return found or NotNow(trial.now, "retry", trial.attempt)
        # What the server said must be stored, whoever wants this to end: a claim without an end is a doubt.
        settled = await to_the_end(self._settled(trial, tried.row, tried.outcome, tried.handover))
        if tried.row["channel"] == Channel.EMAIL:
            await self._report(_mailbox(trial.context, tried.row["sender"]), tried.outcome)
        return settled

    async def _handed_over(
        self,
        trial: _Trial,
        row: queries.Row,
        hand_over: Callable[[queries.Row, HandOver], Awaitable[TransportOutcome]],
        handover: HandOver,
    ) -> TransportOutcome:
        """What became of it; raises the cancellation when the message cannot be out, and its claim is given back."""
        work = asyncio.ensure_future(hand_over(row, handover))
        try:
            async with asyncio.timeout(self._within.total_seconds()):
                return await asyncio.shield(work)
        except TimeoutError:
            return await _cut(work, handover, _TOO_LONG)
        except asyncio.CancelledError:
            if handover.may_be_out and not activity.is_worker_shutdown():
                # Somebody stopped the run. The server has the mail, most likely, and is about to say so.
                await _done_within(work, _LAST_WORDS)
            outcome = await _cut(work, handover, _CANCELLED)
            if outcome is _CANCELLED:
                await to_the_end(self._release(trial, outcome))
                raise
            return outcome
        except Exception as error:  # noqa: BLE001 - logged whole, and the run goes on by its outcome
            # A fault of ours. The claim must not be left for somebody to call its worker dead.
            _log.exception("sending %s broke off", trial.send)
            verdict = TransportVerdict.UNKNOWN if handover.may_be_out else TransportVerdict.RETRY
            return TransportOutcome(verdict, "transport", None, f"sending broke off ({type(error).__name__})")

    async def _slot(self, context: RunContext, send: str, span: _Span, now: datetime, attempt: int) -> datetime:
        """When the mailbox may send it; ``now`` when something else forbids it: no slot is spent on what cannot go."""
        again = attempt > 0 and context.version.definition.if_unknown == "resend"
        async with self._database.transaction() as connection:
            why = await queries.row(
                connection, "why_not_claimed", id=send, now=now, span_start=span.start, cap=span.cap
            )
            if why is None or why["state"] not in ("planned", "unknown") or (why["state"] == "unknown" and not again):
                return now
            if any((why["run_state"] != "active", why["held"], why["suppressed"], why["taken"], why["capped"])):
                return now
            return await self._slots.of_send(connection, send, now)

    async def _claim(self, trial: _Trial) -> queries.Row | None:
        span = trial.span
        # One statement takes its turn, asks everything and claims, and so needs no transaction around it.
        async with self._database.transaction() if trial.again else self._database.statement() as connection:
            if trial.again:
                await queries.run(connection, "unknown_to_planned", id=trial.send)
            return await queries.row(
                connection,
                "claim_send",
                id=trial.send,
                claimer=trial.claimer,
                now=trial.now,
                span_start=span.start,
                cap=span.cap,
            )

    async def _release(self, trial: _Trial, outcome: TransportOutcome) -> None:
        async with self._database.transaction() as connection:
            await queries.run(
                connection,
                "release_send",
                id=trial.send,
                claimer=trial.claimer,
                code=outcome.code,
                reason=outcome.reason,
                handed=False,
            )

    async def _forbids(self, connection: Any, trial: _Trial) -> NotNow | Settled | None:
        """What stands in the way of a send, or what became of it already; None: nothing does."""
        context, send, span, now, attempt = trial.context, trial.send, trial.span, trial.now, trial.attempt
        why = await queries.row(connection, "why_not_claimed", id=send, now=now, span_start=span.start, cap=span.cap)
        if why is None:
            raise RuntimeError(f"send {send} was not stored before it was claimed")
        if why["state"] == "claimed":
            # We are the only activity for this step, so the one that claimed it before us is gone.
            await queries.value(connection, "orphan_to_unknown", id=send, at=now)
            return await self._unknown(connection, context, send, "the worker died while sending", now, attempt)
        if why["state"] == "unknown":
            if trial.again:
                return None
            reason = why["reason"] or "nobody can say whether it went out"
            return await self._unknown(connection, context, send, reason, now, attempt)
        if why["state"] != "planned":
            # Settled by a worker that died before it could say so: its reason still counts, and the owner must know.
            words = ": ".join(part for part in (why["code"], why["reason"]) if part)
            return Settled(why["state"], words if why["state"] != "sent" else "", tell=_needs_telling(why))
        if why["run_state"] != "active" or why["held"]:
            return NotNow(None, "held" if why["held"] else why["run_state"], attempt)
        if why["suppressed"]:
            reason = f"suppressed: {why['suppressed']}"
            await queries.run(connection, "refuse_send", id=send, at=now, reason=reason)
            return Settled("refused", reason)
        if why["taken"]:
            await queries.run(connection, "refuse_send", id=send, at=now, reason=SAME_ADDRESS)
            return Settled("refused", SAME_ADDRESS)
        if why["for_another"]:
            await queries.run(connection, "refuse_send", id=send, at=now, reason=_FOR_ANOTHER)
            return Settled("refused", _FOR_ANOTHER, tell=True)
        if why["capped"] and span.ends is not None:
            await queries.run(connection, "waits_no_more", id=send)
            return NotNow(span.ends, "frequency_cap", attempt)
        if why["backed_off_until"] is not None:
            return NotNow(why["backed_off_until"], "mailbox_backed_off", attempt)
        if why["slot_at"] is not None and why["slot_at"] > now:
            return NotNow(why["slot_at"], "slot", attempt)
        return None

    async def _hand_mail_over(self, ready: ReadyConnection, row: queries.Row, handover: HandOver) -> TransportOutcome:
        outcome = await ready.send(
            envelope_from=self._composer.bounce_address(row["id"]),
            recipient=row["recipient"],
            content=row["content"],
            handover=handover,
        )
        if outcome.away:
            await self._outages.fails(MAIL_SERVER, outcome)
        return outcome

    async def _hand_text_over(self, row: queries.Row, handover: HandOver) -> TransportOutcome:
        outcome = await self._sms.send(
            recipient=row["recipient"],
            body=row["text"],
            sender=row["sender"],
            status_callback=self._composer.status_url(row["id"]),
            handover=handover,
        )
        # One text in doubt is a connection that broke; a Twilio that answers 503, or not at all, leaves all in doubt.
        self._in_doubt = self._in_doubt + 1 if outcome.verdict is TransportVerdict.UNKNOWN else 0
        if outcome.away or outcome.verdict is TransportVerdict.RETRY or self._in_doubt > 1:
            await self._outages.fails(TWILIO, outcome)
        elif not self._in_doubt:
            await self._outages.works(TWILIO)
        return outcome

    async def _settled(
        self, trial: _Trial, row: queries.Row, outcome: TransportOutcome, handover: HandOver
    ) -> NotNow | Settled:
        """Stores it, also when Postgres is away for a moment: what is known must not become a doubt."""
        for wait in _STORE_AGAIN:
            try:
                return await self._settle(trial, row, outcome, handover)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is tried again, and raised at last
                _log.warning("the end of %s cannot be stored now (%s)", trial.send, type(error).__name__)
                await asyncio.sleep(wait)
        return await self._settle(trial, row, outcome, handover)

    async def _settle(
        self, trial: _Trial, row: queries.Row, outcome: TransportOutcome, handover: HandOver
    ) -> NotNow | Settled:
        if outcome.verdict is TransportVerdict.ACCEPTED:
            # The way of nearly all: one statement, and no transaction around it.
            async with self._database.statement() as connection:
                await settle_sent(connection, trial.context.run, row["id"], trial.claimer, outcome, trial.now)
            return Settled("sent")
        async with self._database.transaction() as connection:
            return await self._settle_not_sent(connection, trial, row, outcome, handover)

    async def _settle_not_sent(
        self, connection: Any, trial: _Trial, row: queries.Row, outcome: TransportOutcome, handover: HandOver
    ) -> NotNow | Settled:
        context, claimer, now, attempt = trial.context, trial.claimer, trial.now, trial.attempt
        if outcome.verdict is TransportVerdict.RETRY and (outcome.away or attempt + 1 < MOST_TRIES):
            await queries.run(
                connection,
                "release_send",
                id=row["id"],
                claimer=claimer,
                code=outcome.code,
                reason=outcome.reason,
                # Twilio reads the whole text before it says "later"; a mail server that says so has no mail.
                handed=row["channel"] == Channel.SMS and handover.may_be_out,
            )
            await self._note_waits(connection, trial, outcome)
            # An outage says nothing of this message: it does not bring it nearer to its end.
            tries = attempt if outcome.away else attempt + 1
            wait = outcome.retry_after or (_AWAY_SECONDS if outcome.away else wait_before_try(tries))
            return NotNow(now + timedelta(seconds=wait), _words(outcome), tries)
        gone = "refused" if outcome.refused else "failed"
        state = "unknown" if outcome.verdict is TransportVerdict.UNKNOWN else gone
        settled = await queries.value(
            connection,
            "settle_send",
            id=row["id"],
            claimer=claimer,
            state=state,
            at=now,
            provider_message_id=outcome.provider_message_id,
            code=outcome.code,
            reason=outcome.reason or None,
        )
        if state == "unknown":
            stored = await queries.row(connection, "send_row", id=row["id"])
            if settled is None and stored is not None and stored["state"] == "sent":
                # The provider's status report was quicker than its answer, which got lost: it has the message.
                return Settled("sent")
            return await self._unknown(connection, context, row["id"], outcome.reason, now, attempt)
        if outcome.opted_out:
            # With the number: START comes from it, and lifts what is on it.
            await suppress(connection, row["person_id"], row["recipient"], "sms", "stop_word", row["id"], now)
        if outcome.bad_address:
            await self._report_dead_address(connection, row, outcome, now)
        reason = f"{outcome.stage} {outcome.code or ''}: {outcome.reason}" if state == "failed" else ""
        if state == "refused":
            reason = outcome.reason
        return Settled(state, reason, tell=state in ("failed", "refused"))

    async def _unknown(
        self, connection: Any, context: RunContext, send: str, reason: str, now: datetime, attempt: int
    ) -> NotNow | Settled:
        await queries.value(
            connection,
            "add_run_event",
            enrollment_id=context.run.id,
            at=now,
            kind="send_unknown",
            detail={"send": send, "reason": reason},
            key=f"unknown:{send}:{attempt}",
        )
        if context.version.definition.if_unknown == "resend" and attempt + 1 < MOST_TRIES:
            return NotNow(now + RESEND_AFTER, "unknown, to be sent again", attempt + 1)
        return Settled("unknown", reason, tell=True)

    async def _report_dead_address(
        self, connection: Any, row: queries.Row, outcome: TransportOutcome, now: datetime
    ) -> None:
        await write_reaction(
            connection,
            NewReaction(
                key=reaction_key("refused", row["id"]),
                run=row["enrollment_id"],
                person=row["person_id"],
                kind=ReactionKind.BOUNCED,
                received_at=now,
                detail={"code": outcome.code},
                channel=row["channel"],
                send=row["id"],
            ),
        )

    async def _span(self, context: RunContext, step: Step, now: datetime) -> _Span:
        """The time over which the frequency cap counts: the recipient's calendar day, or a rolling longer period."""
        limit = frequency_limits(context.version.definition).get(channel_of(step))
        if limit is None:
            return _Span(None, None, None)
        if limit.period.unit is not DurationUnit.DAYS:
            return _Span(limit.period.before(now), limit.count, now + timedelta(days=1))
        async with self._database.transaction() as connection:
            steps = await queries.rows(connection, "steps_of", enrollment_id=context.run.id)
        zone = ZoneInfo(next((row["timezone"] for row in steps if row["step"] == step.id and row["timezone"]), "UTC"))
        midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
        return _Span(midnight, limit.count, midnight + timedelta(days=1))


def _words(outcome: TransportOutcome) -> str:
    """Why a step waits: a word or two for programs, then the words for people."""
    return ": ".join(filter(None, (f"retry after {outcome.stage} {outcome.code or ''}".strip(), outcome.reason)))


def _tell(context: RunContext, step: Step, send: str, came: NotNow | Settled) -> None:
    """One line a send: ids and codes, and never whom it goes to."""
    if isinstance(came, Settled):
        words = f"{came.state}{f' ({came.reason})' if came.reason else ''}"
    elif came.until is None:
        words = f"held ({came.why})"
    else:
        words = f"waits until {came.until:%Y-%m-%d %H:%M:%S} UTC ({came.why})"
    _log.info("%s of %s, step %s: %s", send, context.run.id, step.id, words)


def _mailbox(context: RunContext, sender: str) -> str:
    """What a mailbox is called in logs: by its owner's id, or by a hash, and never by its address."""
    for owner in (context.view.owner, context.assigned):
        if owner.get("id") and str(owner.get("email") or "").strip().lower() == sender.lower():
            return f"mailbox of {owner['id']}"
    return f"mailbox {hashlib.sha256(sender.lower().encode()).hexdigest()[:8]}"


async def _done_within(work: asyncio.Future[TransportOutcome], seconds: float) -> None:
    """Waits for it; a second cancellation ends the wait."""
    try:
        await asyncio.wait({work}, timeout=seconds)
    except asyncio.CancelledError:
        return


async def _cut(
    work: asyncio.Future[TransportOutcome], handover: HandOver, outcome: TransportOutcome
) -> TransportOutcome:
    """Ends a dialogue: what it had brought, else ``outcome``, or that nobody knows when the message may be out."""
    # Only what has ended for certain proves that nothing more is said to the server.
    ended = await cut_off(work)
    if ended and not work.cancelled() and work.exception() is None:
        return work.result()
    if ended and not handover.may_be_out:
        return outcome
    reason = "the server had not answered yet when it was cut off: nobody can say whether it went out"
    return TransportOutcome(TransportVerdict.UNKNOWN, outcome.stage, None, reason)
