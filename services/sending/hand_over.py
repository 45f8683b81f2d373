"""Takes a message its turn, claims it and hands it over: at most once, and honest about what nobody can know."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from adapters.end_task import cut_off
from adapters.postgres import queries
from sequences.errors import NotReadyError
from sequences.mailboxes.own_mailbox import MailboxState
from sequences.sending.outcome import HandOver, TransportOutcome, TransportVerdict
from sequences.sending.send_obstacles import NotNow, Obstacle
from sequences.sending.slots import waits_on_the_spot
from services.sending.attempt import ClaimedSend, HandedOver, Unclaimed, own_limits, why_not
from services.sending.claim_as_stored import claim_as_stored
from services.uncancelled import to_the_end

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from adapters.postgres.database import Connection, Database
    from services.sending.attempt import Attempt
    from services.sending.carriers import Carrier, HandsOver
    from services.sending.compose_email import Message
    from services.sending.slots import Slots

_log = logging.getLogger("relance.sends")

_WITHIN: Final = timedelta(minutes=9, seconds=30)
"""For the dialogue about one message. With the waits for a turn and a login it is less than the activity's own time, so
that it is we who say how it ended, and not Temporal that lost its patience."""
_LAST_WORDS: Final = 20.0
"""Seconds for the answer to the final dot when somebody stopped the run meanwhile, and waits for our answer."""
_CANCELLED: Final = TransportOutcome(TransportVerdict.RETRY, "cancelled", None, "ended before it was handed over")
_TOO_LONG: Final = TransportOutcome(TransportVerdict.RETRY, "time", None, "the server took too long")
_GOES_WITH_A_SLOT: Final = (None, Obstacle.BACKED_OFF, Obstacle.SLOT)
"""No obstacle, or one that a new slot goes round."""


class _HasToWaitError(Exception):
    """The mailbox has no slot now: what was claimed is taken back with its transaction."""


class Sending:
    """The way out of one worker. It writes claims and their release; how a send ends is ``SettleSend``'s.

    Args:
        database: where sends are claimed.
        carriers: by channel.
        slots: limits of mailboxes.
        within: how long the dialogue about one message may take.
    """

    def __init__(
        self,
        database: Database,
        carriers: Mapping[str, Carrier],
        slots: Slots,
        within: timedelta = _WITHIN,
    ) -> None:
        self._database = database
        self._carriers = carriers
        self._slots = slots
        self._within = within

    async def may_go_now(
        self, connection: Connection, sender: str, channel: str, now: datetime, own: str | None = None
    ) -> bool:
        """False when the slot of a limited mailbox has to be waited for, with a stored message; nothing is reserved.

        ``own``: its own limits, as they are written.
        """
        return await self._slots.seems_free(connection, sender, channel, now, own)

    async def take_turn(self, attempt: Attempt) -> Attempt | NotNow:
        """Waits for the mailbox's slot where that is a matter of seconds; returns the attempt at the slot."""
        if not self._limited(attempt):
            return attempt
        slot = await self._slot(attempt)
        if not waits_on_the_spot(attempt.now, slot):
            return NotNow(slot, "slot", attempt.number)
        if slot <= attempt.now:
            return attempt
        await asyncio.sleep((slot - attempt.now).total_seconds())
        return replace(attempt, now=slot)

    async def hand_over(self, attempt: Attempt) -> HandedOver | Unclaimed:
        """Claims the message and hands it over, unless something forbids it.

        Cancelled before the message can be out, it gives its claim back; after that it says what nobody knows.
        """
        mailbox = attempt.context.mailbox
        if mailbox is not None and mailbox.state is not MailboxState.ACTIVE:
            # Nobody knocks at a closed door for each run that waits for it.
            return Unclaimed()
        try:
            # The next message has the connection already while this one's end is stored.
            async with self._carriers[attempt.channel].ready(attempt) as hand_over:
                return await self._try(attempt, hand_over)
        except NotReadyError as error:
            return Unclaimed(error.outcome)

    async def report(self, attempt: Attempt, tried: HandedOver | Unclaimed) -> None:
        """Tells of a mailbox that its server wants less from, and of one that sends again. Outside of transactions."""
        if tried.outcome is not None:
            content = tried.row.content if isinstance(tried, HandedOver) else b""
            await self._carriers[attempt.channel].report(attempt, tried.outcome, content)

    def _limited(self, attempt: Attempt) -> bool:
        return self._slots.limited(attempt.channel, own_limits(attempt.context))

    async def _slot(self, attempt: Attempt) -> datetime:
        """When the mailbox may send it; ``now`` when something else forbids it: no slot is spent on what cannot go."""
        async with self._database.transaction() as connection:
            why = await why_not(connection, attempt)
            waits = ("planned", "unknown") if attempt.again else ("planned",)
            if why is None or why.state not in waits or why.obstacle not in _GOES_WITH_A_SLOT:
                return attempt.now
            return await self._slots.of_send(connection, attempt.send, attempt.now, own_limits(attempt.context))

    async def _try(self, attempt: Attempt, hand_over: HandsOver) -> HandedOver | Unclaimed:
        """However it ends, the claim is ended by it or by whoever stores what came of it."""
        try:
            row = await self._claim(attempt)
        except asyncio.CancelledError:
            # It may have been claimed at the very moment; nothing was handed over.
            await to_the_end(self._release(attempt, _CANCELLED))
            raise
        if row is None:
            return Unclaimed()
        handover = HandOver()
        return HandedOver(row, await self._handed_over(attempt, row, hand_over, handover), handover)

    async def _handed_over(
        self,
        attempt: Attempt,
        row: ClaimedSend,
        hand_over: HandsOver,
        handover: HandOver,
    ) -> TransportOutcome:
        """What became of it; raises the cancellation when the message cannot be out, and its claim is given back."""
        work = asyncio.ensure_future(hand_over(row, handover))
        try:
            # Who waits may be cancelled, and the dialogue goes on.
            await asyncio.wait({work}, timeout=self._within.total_seconds())
            if work.done():
                return work.result()
        except asyncio.CancelledError:
            if handover.may_be_out and not attempt.claimer.stopping():
                # Somebody stopped the run. The server has the mail, most likely, and is about to say so.
                await _done_within(work, _LAST_WORDS)
            outcome = await _cut(work, handover, _CANCELLED)
            if outcome is _CANCELLED:
                await to_the_end(self._release(attempt, outcome))
                raise
            return outcome
        except Exception as error:  # noqa: BLE001 - logged whole, and the run goes on by its outcome
            # A fault of ours. The claim must not be left for somebody to call its worker dead.
            _log.exception("sending %s was interrupted", attempt.send)
            verdict = TransportVerdict.UNKNOWN if handover.may_be_out else TransportVerdict.RETRY
            return TransportOutcome(verdict, "transport", None, f"sending was interrupted ({type(error).__name__})")
        return await _cut(work, handover, _TOO_LONG)

    async def _claim(self, attempt: Attempt) -> ClaimedSend | None:
        if attempt.message is not None:
            return await self._claim_as_stored(attempt, attempt.message)
        # One statement takes its turn, asks everything and claims, and so needs no transaction around it.
        async with self._database.transaction() if attempt.again else self._database.statement() as connection:
            if attempt.again:
                await queries.unknown_to_planned(connection, id=attempt.send)
            row = await queries.claim_send(
                connection,
                id=attempt.send,
                claimer=attempt.claimed_by,
                now=attempt.now,
                span_start=attempt.span.start,
                cap=attempt.span.cap,
                day=attempt.day,
                owner=attempt.context.view.owner_id,
            )
        return ClaimedSend.of(row) if row is not None else None

    async def _claim_as_stored(self, attempt: Attempt, message: Message) -> ClaimedSend | None:
        if not self._limited(attempt):
            async with self._database.statement() as connection:
                return await claim_as_stored(connection, attempt, message)
        try:
            async with self._database.transaction() as connection:
                claimed = await claim_as_stored(connection, attempt, message, slot=attempt.now)
                if claimed is not None:
                    # The mailbox last: nobody who has it waits for a run.
                    await self._take_slot(connection, attempt)
        except _HasToWaitError:
            return None
        return claimed

    async def _take_slot(self, connection: Connection, attempt: Attempt) -> None:
        slots = self._slots
        own = own_limits(attempt.context)
        slot = await slots.reserve(connection, attempt.sender, attempt.channel, attempt.now, slots.chance(), own)
        if slot > attempt.now:
            raise _HasToWaitError

    async def _release(self, attempt: Attempt, outcome: TransportOutcome) -> None:
        async with self._database.transaction() as connection:
            await queries.release_send(
                connection,
                id=attempt.send,
                claimer=attempt.claimed_by,
                code=outcome.code,
                reason=outcome.reason,
                handed=False,
            )


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
    reason = "interrupted before the server answered: unknown whether it was sent"
    return TransportOutcome(TransportVerdict.UNKNOWN, outcome.stage, None, reason)
