"""Reserves the instants at which a mailbox may send, in Postgres, so that all workers together keep its limits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.channels import CHANNELS
from sequences.sending.slots import (
    LATE,
    BackOff,
    Mailbox,
    MailboxDay,
    asks_for_less,
    clear_of,
    day_of,
    limits_of,
    next_slot,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from adapters.postgres.database import Connection
    from sequences.sending.outcome import TransportOutcome
    from sequences.sending.slots import Limits

_BACK_OFF = 60.0


@dataclass(frozen=True)
class Slots:
    """The limits of all mailboxes and numbers that we send from.

    Attributes:
        limits: by channel; None: no limit. Each address is a mailbox with these limits, unless it has others.
        zone: the organisation's; its calendar days are what daily limits count.
        chance: a number in [0, 1) for the jitter.
    """

    limits: Mapping[str, Limits | None]
    zone: ZoneInfo
    chance: Callable[[], float]

    def of(self, channel: str, own: str | None = None) -> Limits | None:
        """The limits of a mailbox; None: it has none.

        Args:
            channel: of the mailbox.
            own: limits that it has of its own, as they are written.
        """
        return limits_of(own) if own is not None else self.limits.get(channel)

    def limited(self, channel: str, own: str | None = None) -> bool:
        """True when slots have to be reserved; arguments as of ``of``."""
        return self.of(channel, own) is not None

    async def reserve(
        self,
        connection: Connection,
        mailbox: str,
        channel: str,
        now: datetime,
        jitter: float,
        own: str | None = None,
        *,
        ahead: bool = False,
    ) -> datetime:
        """Takes the mailbox's next free slot from ``now`` on and returns it (aware UTC). In a transaction.

        The mailbox stays locked until the transaction ends; do nothing slow in it.

        Args:
            connection: in a transaction.
            mailbox: the From address, or the sender of texts.
            channel: of the message.
            now: the run's time, aware.
            jitter: in [0, 1), how much of the jitter comes after this slot.
            own: limits of its own.
            ahead: before all who queue; ``sequences.sending.slots.next_slot`` says what that means.
        """
        key = _key(channel, mailbox)
        limits = self.of(channel, own)
        if limits is None:
            return clear_of(await _back_offs(connection, key, now), now)
        today = day_of(now, self.zone)
        started_on = await queries.lock_mailbox(connection, **key, day=today)
        taken = await queries.mailbox_days(connection, **key, day=today)
        days = {row.day: MailboxDay(row.used, row.next_at) for row in taken}
        known = Mailbox(self.zone, started_on, days, await _back_offs(connection, key, now))
        slot = next_slot(limits, known, now, jitter, ahead=ahead)
        await queries.take_slot(connection, **key, day=slot.day, next_at=slot.next_at)
        return slot.at

    async def seems_free(
        self, connection: Connection, mailbox: str, channel: str, now: datetime, own: str | None = None
    ) -> bool:
        """Whether the mailbox may send at once, as far as can be told without its lock; nothing is reserved."""
        if self.of(channel, own) is None:
            return True
        today = day_of(now, self.zone)
        days = await queries.mailbox_days(connection, **_key(channel, mailbox), day=today)
        return all(row.day != today or row.next_at <= now for row in days)

    async def of_send(self, connection: Connection, send: str, now: datetime, own: str | None = None) -> datetime:
        """The slot of a send: the one that it has, or a new one when it has none or lost it. In a transaction.

        It is lost when it was missed by more than a minute, or lies in a back-off that was asked for since. A repeated
        activity, a restart or the wake-up at the slot finds the slot that was reserved before.
        """
        row = await queries.lock_send(connection, id=send)
        if row is None:
            raise RuntimeError(f"send {send} was not stored before its slot was reserved")
        channel: str = row.channel
        slot: datetime | None = row.slot_at
        if slot is not None and now <= slot + LATE:
            back_offs = await _back_offs(connection, _key(channel, row.sender), now)
            if clear_of(back_offs, max(slot, now)) == max(slot, now):
                return slot
        if slot is not None and row.state == "planned":
            # Only what surely did not go out leaves room for another message on that day.
            day = day_of(slot, self.zone)
            await queries.give_slot_back(connection, **_key(channel, row.sender), day=day)
        slot = await self.reserve(connection, row.sender, channel, now, self.chance(), own)
        await queries.set_slot(connection, id=send, slot_at=slot)
        return slot

    async def back_off(
        self, connection: Connection, mailbox: str, channel: str, outcome: TransportOutcome, now: datetime
    ) -> None:
        """Holds every message of the mailbox when its server asked for less (421, 450, 451, 452), limits or not."""
        if not CHANNELS[channel].backs_off or not asks_for_less(outcome.code):
            return
        # Not the message's own wait, which grows with its tries: one unlucky mail must not hold all others for hours.
        until = now + timedelta(seconds=outcome.retry_after or _BACK_OFF)
        await queries.back_mailbox_off(connection, **_key(channel, mailbox), since=now, until=until, code=outcome.code)


async def _back_offs(connection: Connection, key: dict[str, str], now: datetime) -> tuple[BackOff, ...]:
    rows = await queries.back_offs(connection, **key, now=now)
    return tuple(BackOff(row.since, row.until) for row in rows)


def _key(channel: str, mailbox: str) -> dict[str, str]:
    return {"channel": str(channel), "address": mailbox.lower()}
