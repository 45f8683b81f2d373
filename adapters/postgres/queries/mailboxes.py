"""The queries of ``sql/mailboxes.sql``.

Written by ``python -m tools.queries`` from ``sql/mailboxes.sql``: change that, not this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.postgres.row import Row, affected

if TYPE_CHECKING:
    from datetime import date, datetime

    from adapters.postgres.database import Connection

_LOCK_MAILBOX = """
INSERT INTO mailbox (channel, address, started_on) VALUES ($1, $2, $3)
ON CONFLICT (channel, address) DO UPDATE SET started_on = least(mailbox.started_on, excluded.started_on)
RETURNING started_on"""

_MAILBOX_DAYS = """
SELECT day, used, next_at FROM mailbox_day
WHERE channel = $1 AND address = $2 AND day >= $3 ORDER BY day"""

_TAKE_SLOT = """
INSERT INTO mailbox_day (channel, address, day, used, next_at) VALUES ($1, $2, $3, 1, $4)
ON CONFLICT (channel, address, day) DO UPDATE SET used = mailbox_day.used + 1, next_at = excluded.next_at"""

_GIVE_SLOT_BACK = """
UPDATE mailbox_day SET used = used - 1
WHERE channel = $1 AND address = $2 AND day = $3 AND used > 0"""

_LOCK_SEND = """
SELECT channel, sender, state, slot_at FROM send WHERE id = $1 FOR UPDATE"""

_SET_SLOT = """
UPDATE send SET slot_at = $2 WHERE id = $1"""

_BACK_MAILBOX_OFF = """
INSERT INTO mailbox_back_off (channel, address, since, until, code) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (channel, address, since) DO UPDATE SET until = greatest(mailbox_back_off.until, excluded.until)"""

_BACK_OFFS = """
SELECT since, until FROM mailbox_back_off
WHERE channel = $1 AND address = $2 AND until > $3 ORDER BY since"""


class BackOffsRow(Row):
    """A row of ``back_offs``."""

    __slots__ = ("since", "until")

    def __init__(self, since: datetime, until: datetime) -> None:
        self.since: Final = since
        self.until: Final = until


class LockSendRow(Row):
    """A row of ``lock_send``."""

    __slots__ = ("channel", "sender", "state", "slot_at")

    def __init__(self, channel: str, sender: str, state: str, slot_at: datetime | None) -> None:
        self.channel: Final = channel
        self.sender: Final = sender
        self.state: Final = state
        self.slot_at: Final = slot_at


class MailboxDaysRow(Row):
    """A row of ``mailbox_days``."""

    __slots__ = ("day", "used", "next_at")

    def __init__(self, day: date, used: int, next_at: datetime) -> None:
        self.day: Final = day
        self.used: Final = used
        self.next_at: Final = next_at


async def lock_mailbox(connection: Connection, *, channel: str, address: str, day: date) -> date:
    """``lock_mailbox``.

    Creates the mailbox or locks it until the end of the transaction: reservations of one mailbox stand in a queue.
    """
    value: date = await connection.fetchval(_LOCK_MAILBOX, channel, address, day)
    return value


async def mailbox_days(connection: Connection, *, channel: str, address: str, day: date) -> list[MailboxDaysRow]:
    """The rows of ``mailbox_days``."""
    return [MailboxDaysRow(*found) for found in await connection.fetch(_MAILBOX_DAYS, channel, address, day)]


async def take_slot(connection: Connection, *, channel: str, address: str, day: date, next_at: datetime) -> int:
    """Runs ``take_slot``."""
    return affected(await connection.execute(_TAKE_SLOT, channel, address, day, next_at))


async def give_slot_back(connection: Connection, *, channel: str, address: str, day: date) -> int:
    """Its instant has passed and is lost; its place in the day's count is not."""
    return affected(await connection.execute(_GIVE_SLOT_BACK, channel, address, day))


async def lock_send(connection: Connection, *, id: str) -> LockSendRow | None:
    """The row of ``lock_send``."""
    found = await connection.fetchrow(_LOCK_SEND, id)
    return LockSendRow(*found) if found is not None else None


async def set_slot(connection: Connection, *, id: str, slot_at: datetime | None) -> int:
    """Runs ``set_slot``."""
    return affected(await connection.execute(_SET_SLOT, id, slot_at))


async def back_mailbox_off(
    connection: Connection, *, channel: str, address: str, since: datetime, until: datetime, code: str | None
) -> int:
    """Runs ``back_mailbox_off``."""
    return affected(await connection.execute(_BACK_MAILBOX_OFF, channel, address, since, until, code))


async def back_offs(connection: Connection, *, channel: str, address: str, now: datetime) -> list[BackOffsRow]:
    """The rows of ``back_offs``."""
    return [BackOffsRow(*found) for found in await connection.fetch(_BACK_OFFS, channel, address, now)]
