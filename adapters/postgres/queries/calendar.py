"""The queries of ``sql/calendar.sql``.

Written by ``python -m tools.queries`` from ``sql/calendar.sql``: change that, not this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.postgres.row import Row

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection

_CALENDAR = """
SELECT s.due_at, s.timezone, s.timezone_source, s.moved_by, s.reason, s.step, e.id AS enrollment, e.sequence, e.version,
       e.state, e.person_id, e.record_id, e.owner_id,
       EXISTS (SELECT 1 FROM holds_over(e.sequence, e.owner_id)) AS held
FROM enrollment_step s JOIN enrollment e ON e.id = s.enrollment_id
WHERE s.state = 'planned' AND (s.due_at IS NOT NULL OR (s.reason = 'no_day_zero' AND $2::timestamptz IS NULL)) AND run_is_open(e.state)
  AND ($1::timestamptz IS NULL OR s.due_at IS NULL OR s.due_at >= $1)
  AND ($2::timestamptz IS NULL OR s.due_at < $2)
  AND ($3::text IS NULL OR e.sequence = $3) AND ($4::text IS NULL OR e.owner_id = $4)
ORDER BY s.due_at NULLS LAST, e.id, s.position LIMIT $5"""


class CalendarRow(Row):
    """A row of ``calendar``."""

    __slots__ = (
        "due_at",
        "timezone",
        "timezone_source",
        "moved_by",
        "reason",
        "step",
        "enrollment",
        "sequence",
        "version",
        "state",
        "person_id",
        "record_id",
        "owner_id",
        "held",
    )

    def __init__(
        self,
        due_at: datetime | None,
        timezone: str | None,
        timezone_source: str | None,
        moved_by: list[str],
        reason: str | None,
        step: str,
        enrollment: str,
        sequence: str,
        version: int,
        state: str,
        person_id: str,
        record_id: str,
        owner_id: str | None,
        held: bool,
    ) -> None:
        self.due_at: Final = due_at
        self.timezone: Final = timezone
        self.timezone_source: Final = timezone_source
        self.moved_by: Final = moved_by
        self.reason: Final = reason
        self.step: Final = step
        self.enrollment: Final = enrollment
        self.sequence: Final = sequence
        self.version: Final = version
        self.state: Final = state
        self.person_id: Final = person_id
        self.record_id: Final = record_id
        self.owner_id: Final = owner_id
        self.held: Final = held


async def calendar(
    connection: Connection,
    *,
    start: datetime | None,
    stop: datetime | None,
    sequence: str | None,
    owner: str | None,
    limit: int,
) -> list[CalendarRow]:
    """Planned steps of open runs.

    A paused run plans anew when it is resumed: its instants are those of before. Steps that wait for day zero have
    no instant: they stand at the end of a calendar that has none.
    """
    return [CalendarRow(*found) for found in await connection.fetch(_CALENDAR, start, stop, sequence, owner, limit)]
