"""Claims, sends and settles one message: at most once, and honest about what nobody can know."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from temporalio import activity

from activities.contacts import note_contacted
from activities.suppressing import suppress
from adapters.postgres import queries
from sequences import ids
from sequences.compile import channel_of, frequency_limits
from sequences.durations import DurationUnit
from sequences.outbound import TransportOutcome, Verdict
from sequences.reactions import ReactionKind
from sequences.retries import MOST_TRIES, RESEND_AFTER, wait_before_try
from sequences.slots import waits_on_the_spot
from sequences.timing import Channel

if TYPE_CHECKING:
    from activities.composing import Composer
    from activities.planning import Planning, RunContext
    from activities.ports import EmailTransport, SmsTransport
    from activities.slots import Slots
    from adapters.postgres.database import Database
    from sequences.steps import Step


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


class Sending:
    """The outbox of one worker."""

    def __init__(
        self, database: Database, planning: Planning, composer: Composer, email: EmailTransport, sms: SmsTransport,
        slots: Slots,
    ) -> None:  # fmt: skip
        self._database = database
        self._planning = planning
        self._composer = composer
        self._email = email
        self._sms = sms
        self._slots = slots

    @staticmethod
    def id_of(context: RunContext, step: Step) -> str:
        """Id of the one send of a step."""
        return ids.send_id(context.run.id, step.id)

    async def send(self, context: RunContext, step: Step, now: datetime, attempt: int) -> NotNow | Settled:
        """Sends the frozen message of a step, unless something forbids it."""
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
        row = await self._claim(context, send, claimer, span, now, attempt)
        if row is None:
            async with self._database.transaction() as connection:
                return await self._why_not(connection, context, send, span, now, attempt)
        outcome = await self._hand_over(row)
        async with self._database.transaction() as connection:
            return await self._settle(connection, context, row, claimer, outcome, now, attempt)

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

    async def _claim(
        self, context: RunContext, send: str, claimer: str, span: _Span, now: datetime, attempt: int
    ) -> queries.Row | None:
        again = attempt > 0 and context.version.definition.if_unknown == "resend"
        async with self._database.transaction() as connection:
            # One statement asks everything and claims; two at once of one person or address would not see each other.
            await queries.run(connection, "take_turn", id=send)
            if again:
                await queries.run(connection, "unknown_to_planned", id=send)
            return await queries.row(
                connection, "claim_send", id=send, claimer=claimer, now=now, span_start=span.start, cap=span.cap
            )

    async def _why_not(
        self, connection: Any, context: RunContext, send: str, span: _Span, now: datetime, attempt: int
    ) -> NotNow | Settled:
        why = await queries.row(connection, "why_not_claimed", id=send, now=now, span_start=span.start, cap=span.cap)
        if why is None:
            raise RuntimeError(f"send {send} was not stored before it was claimed")
        if why["state"] == "claimed":
            # We are the only activity for this step, so the one that claimed it before us is gone.
            await queries.value(connection, "orphan_to_unknown", id=send, at=now)
            return await self._unknown(connection, context, send, "the worker died while sending", now, attempt)
        if why["state"] == "unknown":
            return await self._unknown(connection, context, send, "nobody can say whether it went out", now, attempt)
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
            return NotNow(span.ends, "frequency_cap", attempt)
        if why["backed_off_until"] is not None:
            return NotNow(why["backed_off_until"], "mailbox_backed_off", attempt)
        if why["slot_at"] is not None and why["slot_at"] > now:
            return NotNow(why["slot_at"], "slot", attempt)
        # What stood in the way is gone since the claim was tried; try again at once.
        return NotNow(now, "retry", attempt)

    async def _hand_over(self, row: queries.Row) -> TransportOutcome:
        if row["channel"] == Channel.EMAIL:
            return await self._email.send(
                envelope_from=self._composer.bounce_address(row["id"]), recipient=row["recipient"],
                content=row["content"],
            )  # fmt: skip
        return await self._sms.send(
            recipient=row["recipient"], body=row["text"], sender=row["sender"],
            status_callback=self._composer.status_url(row["id"]),
        )  # fmt: skip

    async def _settle(
        self, connection: Any, context: RunContext, row: queries.Row, claimer: str, outcome: TransportOutcome,
        now: datetime, attempt: int,
    ) -> NotNow | Settled:  # fmt: skip
        if outcome.verdict is Verdict.RETRY and attempt + 1 < MOST_TRIES:
            await queries.run(
                connection, "release_send", id=row["id"], claimer=claimer, code=outcome.code, reason=outcome.reason
            )
            await self._slots.back_off(connection, row["sender"], Channel(row["channel"]), outcome, now)
            wait = outcome.retry_after or wait_before_try(attempt + 1)
            return NotNow(
                now + timedelta(seconds=wait), f"retry after {outcome.stage} {outcome.code or ''}".strip(), attempt + 1
            )
        gone = "refused" if outcome.refused else "failed"
        state = {Verdict.ACCEPTED: "sent", Verdict.UNKNOWN: "unknown"}.get(outcome.verdict, gone)
        settled = await queries.value(
            connection, "settle_send", id=row["id"], claimer=claimer, state=state, at=now,
            provider_message_id=outcome.provider_message_id, code=outcome.code, reason=outcome.reason or None,
        )  # fmt: skip
        if state == "sent" and settled is not None:
            await note_contacted(connection, context.run, row["id"], now)
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
            connection, "add_run_event", enrollment_id=context.run.id, at=now, kind="send_unknown",
            detail={"send": send, "reason": reason}, key=f"unknown:{send}:{attempt}",
        )  # fmt: skip
        if context.version.definition.if_unknown == "resend" and attempt + 1 < MOST_TRIES:
            return NotNow(now + RESEND_AFTER, "unknown, to be sent again", attempt + 1)
        return Settled("unknown", reason, tell=True)

    async def _report_dead_address(
        self, connection: Any, row: queries.Row, outcome: TransportOutcome, now: datetime
    ) -> None:
        key = f"refused:{row['id']}"
        await queries.value(
            connection, "add_reaction", id=ids.reaction_id(key), key=key, enrollment_id=row["enrollment_id"],
            person_id=row["person_id"], kind=ReactionKind.BOUNCED.value, channel=row["channel"], send_id=row["id"],
            inbound_id=None, holds=True, detail={"code": outcome.code}, received_at=now,
        )  # fmt: skip

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
