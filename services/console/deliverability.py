"""Deliverability: of each mailbox its limits, its next slot, and how much of what it sent came back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from sequences.sending.slots import Limits, clear_of, day_of, next_slot
from sequences.statistics.wilson import rate
from services.reading.mailboxes import Mailboxes, MailboxKey

if TYPE_CHECKING:
    from adapters.postgres.database import Connection
    from sequences.statistics.wilson import Rate
    from services.sending.slots import Slots

SPANS: Final = (7, 30)
"""Days over which is counted."""
MOST: Final = 500


@dataclass(frozen=True)
class MailboxHealth:
    """One address or number that we send from. Shares are of what it sent in the span.

    Attributes:
        per_minute: its limit; None: none.
        cap: how many it may send today; None: any number.
        warming_up: its limit a day still grows.
        today: how many slots of today are taken, or without a limit how many it sent today.
        next_at: when its next message may go; None: at once.
        back_off: what its server answered, until when it waits; None: it does not.
        sent: in the span.
        hard: no such mailbox; soft: anything else that did not arrive.
    """

    channel: str
    address: str
    per_minute: int | None
    cap: int | None
    warming_up: bool
    today: int
    next_at: datetime | None
    back_off: str | None
    back_off_since: datetime | None
    back_off_until: datetime | None
    sent: int
    hard: Rate | None
    soft: Rate | None
    complained: Rate | None
    opted_out: Rate | None


@dataclass(frozen=True)
class Deliverability:
    """What the page shows.

    Attributes:
        counted: False: what was sent and came back is not counted, and mailboxes without a limit are left out.
        suppressions: how many are in force, by reason.
    """

    at: datetime
    counted: bool
    mailboxes: tuple[MailboxHealth, ...]
    suppressions: tuple[tuple[str, int], ...]


async def deliverability(connection: Connection, slots: Slots, days: int | None, now: datetime) -> Deliverability:
    """All mailboxes that have a limit, sent something in the span, or wait.

    Args:
        connection: of ``looking``.
        slots: the limits.
        days: of the span; None: nothing is counted, which takes longer than all the rest.
        now: UTC.
    """
    known = await _known(connection, slots, now)
    midnight = counted_since(slots, 0, now)
    sent = await _counted(connection, midnight, days) if days is not None else {}
    lines = [
        _mailbox(key, known, slots.of(key[0], known.limits.get(key)), now, sent.get(key))
        for key in sorted({*known.started, *known.back_offs, *sent})
    ]
    counts = await queries.console_suppression_counts(connection)
    return Deliverability(now, days is not None, tuple(lines), tuple((row.reason, row.number) for row in counts))


def counted_since(slots: Slots, days: int, now: datetime) -> datetime:
    """From when on messages are counted: the midnight of the mailboxes, so many days ago."""
    return datetime.combine(day_of(now, slots.zone), time(), slots.zone) - timedelta(days=days)


async def _known(connection: Connection, slots: Slots, now: datetime) -> Mailboxes:
    """As far ahead as the next slot of each mailbox: today and tomorrow, unless one is full on both."""
    tomorrow = day_of(now, slots.zone) + timedelta(days=1)
    known = await Mailboxes.read(connection, slots.zone, now, last=tomorrow)
    for key in known.started:
        limits = slots.of(key[0], known.limits.get(key))
        if limits is not None and next_slot(limits, known.mailbox(key), now, 0.0).day > tomorrow:
            return await Mailboxes.read(connection, slots.zone, now)
    return known


async def _counted(
    connection: Connection, midnight: datetime, days: int
) -> dict[MailboxKey, queries.ConsoleMailboxCountsRow]:
    since = midnight - timedelta(days=days)
    found = await queries.console_mailbox_counts(connection, since=since, today=midnight, most=MOST)
    return {(row.channel, row.address): row for row in found}


def _mailbox(
    key: MailboxKey,
    known: Mailboxes,
    limits: Limits | None,
    now: datetime,
    sent: queries.ConsoleMailboxCountsRow | None,
) -> MailboxHealth:
    mailbox, back_off = known.mailbox(key), known.back_offs.get(key)
    age = (known.today - mailbox.started_on).days
    number = sent.sent if sent else 0
    used = mailbox.days.get(known.today)
    next_at = clear_of(mailbox.back_offs, now) if limits is None else next_slot(limits, mailbox, now, 0.0).at
    return MailboxHealth(
        channel=key[0],
        address=key[1],
        per_minute=limits.per_minute if limits else None,
        cap=limits.cap(age) if limits else None,
        warming_up=limits is not None and age < limits.warm_up_days,
        today=used.used if used else sent.today if sent else 0,
        next_at=next_at if next_at > now else None,
        back_off=back_off.code if back_off else None,
        back_off_since=back_off.since if back_off else None,
        back_off_until=back_off.until if back_off else None,
        sent=number,
        hard=rate(sent.hard if sent else 0, number),
        soft=rate(sent.soft if sent else 0, number),
        complained=rate(sent.complained if sent else 0, number),
        opted_out=rate(sent.opted_out if sent else 0, number),
    )
