"""Stores what became of a send, in the transaction of whoever asks, and says what that means for its step."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from sequences.channels import CHANNELS
from sequences.definition.reactions import ReactionKind
from sequences.sending.outcome import MOST_TRIES, RESEND_AFTER, TransportOutcome, TransportVerdict, wait_before_try
from sequences.sending.send_obstacles import NotNow, Obstacle, Settled, forbidden, owner_must_know, wait_for_reaction
from services.reactions.write_reaction import NewReaction, reaction_key, write_reaction
from services.sending.attempt import HandedOver, Unclaimed, why_not
from services.sending.contacts import settle_sent
from services.sending.suppress import NewSuppression, suppress

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection
    from services.sending.attempt import Attempt, ClaimedSend
    from services.sending.slots import Slots

_AWAY_SECONDS: Final = 300.0
_CLOSED_AGAIN: Final = timedelta(minutes=1)


class SettleSend:
    """Ends attempts. Every method writes in the caller's transaction."""

    def __init__(self, slots: Slots) -> None:
        self._slots = slots

    async def settle(self, connection: Connection, attempt: Attempt, tried: HandedOver | Unclaimed) -> NotNow | Settled:
        """Stores how an attempt ended; done again, it changes nothing more."""
        if isinstance(tried, HandedOver):
            return await self._handed_over(connection, attempt, tried)
        found = await self._forbids(connection, attempt)
        if found is not None:
            return found
        if tried.outcome is None:
            # What stood in the way is gone since the claim was tried: try again at once.
            return NotNow(attempt.now, "retry", attempt.number)
        # There is no connection: nothing was claimed, and the try does not count.
        await self._note_waits(connection, attempt, tried.outcome)
        wait = timedelta(seconds=tried.outcome.retry_after or wait_before_try(1))
        return NotNow(attempt.now + wait, _words(tried.outcome), attempt.number)

    async def _forbids(self, connection: Connection, attempt: Attempt) -> NotNow | Settled | None:
        """What stands in the way of a send, or what became of it already; None: nothing does."""
        why = await why_not(connection, attempt)
        if why is None:
            raise RuntimeError(f"send {attempt.send} was not stored before it was claimed")
        if why.state == "claimed":
            # We are the only activity for this step, so the one that claimed it before us is gone.
            await queries.orphan_to_unknown(connection, id=attempt.send, at=attempt.now)
            return await self._unknown(connection, attempt, "the worker died while sending")
        if why.state == "unknown":
            if attempt.again:
                return None
            return await self._unknown(connection, attempt, why.reason or "unknown whether it was sent")
        if why.state != "planned":
            # Its end was stored and its step's was not: by a worker of another version, or by what proved a claim whose
            # worker had died. Its reason still counts, and the owner must know.
            words = ": ".join(part for part in (why.code, why.reason) if part)
            tell = owner_must_know(why.state, why.reason or "")
            return Settled(why.state, words if why.state != "sent" else "", tell=tell)
        if why.obstacle is None:
            return None
        obstacle = Obstacle(why.obstacle)
        until = attempt.now + _CLOSED_AGAIN if obstacle is Obstacle.CLOSED else why.until
        found = forbidden(obstacle, why.detail, until, attempt.span, attempt.number)
        if isinstance(found, Settled):
            await queries.refuse_send(connection, id=attempt.send, at=attempt.now, reason=found.reason)
        elif obstacle is Obstacle.FREQUENCY_CAP:
            await queries.waits_no_more(connection, id=attempt.send)
        elif obstacle is Obstacle.HELD and found is not None:
            return replace(found, again=wait_for_reaction(why.blocked_since, attempt.now))
        return found

    async def _note_waits(self, connection: Connection, attempt: Attempt, outcome: TransportOutcome) -> None:
        row = await queries.note_waits(
            connection, id=attempt.send, now=attempt.now, code=outcome.code, reason=outcome.reason
        )
        if row is not None:
            await self._slots.back_off(connection, row.sender, row.channel, outcome, attempt.now)

    async def _handed_over(self, connection: Connection, attempt: Attempt, tried: HandedOver) -> NotNow | Settled:
        outcome, row, now = tried.outcome, tried.row, attempt.now
        if outcome.verdict is TransportVerdict.ACCEPTED:
            # The way of nearly all: one statement.
            await settle_sent(connection, attempt, outcome)
            return Settled("sent")
        if outcome.verdict is TransportVerdict.RETRY and (outcome.away or attempt.number + 1 < MOST_TRIES):
            return await self._give_back(connection, attempt, tried)
        gone = "refused" if outcome.refused else "failed"
        state = "unknown" if outcome.verdict is TransportVerdict.UNKNOWN else gone
        settled = await queries.settle_send(
            connection,
            id=row.id,
            claimer=attempt.claimed_by,
            state=state,
            at=now,
            provider_message_id=outcome.provider_message_id,
            code=outcome.code,
            reason=outcome.reason or None,
        )
        if state == "unknown":
            stored = await queries.send_row(connection, id=row.id)
            if settled is None and stored is not None and stored.state == "sent":
                # The provider's status report was quicker than its answer, which got lost: it has the message.
                return Settled("sent")
            return await self._unknown(connection, attempt, outcome.reason)
        if outcome.opted_out:
            # With the number: START comes from it, and lifts what is on it.
            await suppress(
                connection,
                NewSuppression(row.channel, "stop_word", row.id, now, person=row.person_id, address=row.recipient),
            )
        if outcome.bad_address:
            await _report_dead_address(connection, row, outcome, now)
        reason = outcome.reason if state == "refused" else f"{outcome.stage} {outcome.code or ''}: {outcome.reason}"
        return Settled(state, reason, tell=True)

    async def _give_back(self, connection: Connection, attempt: Attempt, tried: HandedOver) -> NotNow:
        """It is known not to have gone out, and may be tried again."""
        outcome = tried.outcome
        await queries.release_send(
            connection,
            id=attempt.send,
            claimer=attempt.claimed_by,
            code=outcome.code,
            reason=outcome.reason,
            # A mail server that says "later" has no mail.
            handed=CHANNELS[attempt.channel].read_before_answer and tried.handover.may_be_out,
        )
        await self._note_waits(connection, attempt, outcome)
        # An outage says nothing of this message: it does not bring it nearer to its end.
        tries = attempt.number if outcome.away else attempt.number + 1
        wait = outcome.retry_after or (_AWAY_SECONDS if outcome.away else wait_before_try(tries))
        return NotNow(attempt.now + timedelta(seconds=wait), _words(outcome), tries)

    async def _unknown(self, connection: Connection, attempt: Attempt, reason: str) -> NotNow | Settled:
        await queries.add_run_event(
            connection,
            enrollment_id=attempt.context.run.id,
            at=attempt.now,
            kind="send_unknown",
            detail={"send": attempt.send, "reason": reason},
            key=f"unknown:{attempt.send}:{attempt.number}",
        )
        if attempt.context.version.definition.if_unknown == "resend" and attempt.number + 1 < MOST_TRIES:
            return NotNow(attempt.now + RESEND_AFTER, "unknown, to be sent again", attempt.number + 1)
        return Settled("unknown", reason, tell=True)


async def _report_dead_address(
    connection: Connection, row: ClaimedSend, outcome: TransportOutcome, now: datetime
) -> None:
    await write_reaction(
        connection,
        NewReaction(
            key=reaction_key("refused", row.id),
            run=row.enrollment_id,
            person=row.person_id,
            kind=ReactionKind.BOUNCED,
            received_at=now,
            detail={"code": outcome.code},
            channel=row.channel,
            send=row.id,
        ),
    )


def _words(outcome: TransportOutcome) -> str:
    """Why a step waits: a word or two for programs, then the words for people."""
    return ": ".join(filter(None, (f"retry after {outcome.stage} {outcome.code or ''}".strip(), outcome.reason)))
