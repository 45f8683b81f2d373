"""Who was matched and has not entered: awaiting approval, or waiting for their share of the day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.auto_enroll.messages import Origin

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from adapters.postgres.database import Connection
    from sequences.auto_enroll.messages import Match
    from sequences.definition.rules import AutoEnroll

HOUR = timedelta(minutes=60)
RELEASED_AT_ONCE = 500


@dataclass(frozen=True)
class _Place:
    """Where matches wait, and for what: ``held`` for a person's yes, ``waiting`` for their turn."""

    sequence: str
    state: str
    batch: str | None = None


class Queue:
    """Counts what may enter now, and keeps the rest. The caller holds the sequence's entering lock."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def day_of(self, now: datetime) -> datetime:
        """Midnight of the organisation's day, aware."""
        return datetime.combine(now.astimezone(self._zone).date(), time(), self._zone)

    async def too_many(
        self, connection: Connection, rules: AutoEnroll, sequence: str, coming: int, now: datetime
    ) -> bool:
        """Whether this batch and who entered within the last hour are more than ``hold_above``.

        Who was approved, or waited for a day, does not count: a person has seen that number, or a limit spread it.
        """
        return await self.entered_lately(connection, sequence, now) + coming > rules.hold_above

    async def entered_lately(self, connection: Connection, sequence: str, now: datetime) -> int:
        """How many entered within the last hour without anybody's yes."""
        return int(await queries.entered_unasked(connection, sequence=sequence, since=now - HOUR))

    async def share(self, connection: Connection, rules: AutoEnroll, sequence: str, now: datetime) -> int | None:
        """How many may still enter on this day; None without ``max_per_day``."""
        if rules.max_per_day is None:
            return None
        entered = await queries.entered_by_rule(connection, sequence=sequence, since=self.day_of(now))
        return max(0, rules.max_per_day - int(entered))

    async def already_in(self, connection: Connection, sequence: str, records: Sequence[str]) -> set[str]:
        """Records that are held or wait already: a second match neither doubles them nor lets them pass."""
        rows = await queries.queued_among(connection, sequence=sequence, records=list(records))
        return set(rows)

    async def standing(self, connection: Connection, sequence: str) -> str | None:
        """The batch of the sequence that awaits approval, or None."""
        row = await queries.batch_awaiting_approval(connection, sequence=sequence)
        return row.id if row is not None else None

    async def hold(
        self, connection: Connection, batch: str, origin: Origin, matches: Sequence[Match], now: datetime
    ) -> bool:
        """Adds matches to a batch, as that was decided meanwhile; False when it was discarded.

        Args:
            connection: in a transaction.
            batch: its id.
            origin: what found the matches.
            matches: of the batch's sequence.
            now: UTC.
        """
        row = await queries.rule_batch_row(connection, id=batch)
        if row is None or row.state == "discarded":
            return False
        state = "held" if row.state == "held" else "waiting"
        await self._add(connection, _Place(row.sequence, state, batch), matches, now)
        if origin is Origin.SCAN:
            await queries.rule_batch_scanned(connection, id=batch, at=now)
        return True

    async def wait(self, connection: Connection, sequence: str, matches: Sequence[Match], now: datetime) -> None:
        """Those beyond the day's share: first come, first served."""
        await self._add(connection, _Place(sequence, "waiting"), matches, now)

    async def _add(self, connection: Connection, place: _Place, matches: Sequence[Match], now: datetime) -> None:
        rows = [{"record_id": match.record_id, "person_id": match.person_id} for match in matches]
        await queries.queue_matches(
            connection, sequence=place.sequence, batch=place.batch, state=place.state, matches=rows, at=now
        )
        if place.batch is not None:
            await queries.count_rule_batch(connection, id=place.batch)
