"""What is known of our mailboxes now: since when they send, which slots are taken, and which of them wait."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.sending.slots import BackOff, Mailbox, MailboxDay, day_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime
    from zoneinfo import ZoneInfo

    from adapters.postgres.database import Connection

MailboxKey = tuple[str, str]
"""Channel and address, in small letters."""


@dataclass(frozen=True)
class Mailboxes:
    """All of them, read at once.

    Attributes:
        zone: the organisation's; its calendar days are what daily limits count.
        today: in that zone.
        started: their first days; of those that sent nothing yet, today.
        limits: of their own, as they are written; one without has those of the settings.
        days: what is taken, from today on.
        back_offs: of those that wait, the longest.
    """

    zone: ZoneInfo
    today: date
    started: Mapping[MailboxKey, date]
    limits: Mapping[MailboxKey, str | None]
    days: Mapping[MailboxKey, Mapping[date, MailboxDay]]
    back_offs: Mapping[MailboxKey, queries.MailboxBackOffRow]

    @classmethod
    async def read(
        cls, connection: Connection, zone: ZoneInfo, now: datetime, *, last: date | None = None
    ) -> Mailboxes:
        """As they are now. In a transaction.

        Args:
            connection: reads only.
            zone: the organisation's.
            now: UTC.
            last: days after it are not read; None: all are.
        """
        today = day_of(now, zone)
        rows = await queries.console_mailboxes(connection)
        started = {(row.channel, row.address): row.started_on or today for row in rows}
        limits = {(row.channel, row.address): row.limits for row in rows}
        days: dict[MailboxKey, dict[date, MailboxDay]] = defaultdict(dict)
        for row in await queries.console_mailbox_days(connection, first=today, last=last):
            days[row.channel, row.address][row.day] = MailboxDay(row.used, row.next_at)
        back_offs = {(row.channel, row.address): row for row in await queries.console_back_offs(connection, now=now)}
        return cls(zone, today, started, limits, dict(days), back_offs)

    def held(self, key: MailboxKey) -> tuple[BackOff, ...]:
        """The time in which one sends nothing."""
        row = self.back_offs.get(key)
        return (BackOff(row.since, row.until),) if row else ()

    def mailbox(self, key: MailboxKey) -> Mailbox:
        """One, as the search for a slot takes it; one that has never sent begins today."""
        return Mailbox(self.zone, self.started.get(key, self.today), self.days.get(key, {}), self.held(key))
