"""What is planned to be sent in all open runs: the list that ``relance calendar`` shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from adapters.postgres import queries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.postgres.database import Connection

Waits = Literal["held", "resume", "day_zero"]
"""What a step waits for apart from the clock: the end of a hold, that its paused run is resumed, or its date."""


@dataclass(frozen=True)
class CalendarRequest:
    """What is asked for; None is any.

    Attributes:
        start: UTC, included.
        stop: UTC, not included; with one, steps without an instant are left out.
        sequence: name.
        owner: id.
        limit: most entries.
    """

    start: datetime | None
    stop: datetime | None
    sequence: str | None
    owner: str | None
    limit: int


@dataclass(frozen=True)
class CalendarEntry:
    """One planned step. Its fields in this order are the JSON of ``relance calendar``.

    Attributes:
        due_at: UTC; None: its date is unknown.
        timezone: of the recipient, as the step was planned; None: UTC.
        moved_by: what moved it away from its own time.
        reason: why it has no time, or waits.
        state: of the run.
        local: ``due_at`` on the recipient's clock, ISO 8601.
        waits: None: for the clock alone.
    """

    due_at: datetime | None
    timezone: str | None
    timezone_source: str | None
    moved_by: Sequence[str]
    reason: str | None
    step: str
    enrollment: str
    sequence: str
    version: int
    state: str
    person_id: str
    record_id: str
    owner_id: str | None
    local: str | None
    waits: Waits | None

    @classmethod
    def of(cls, row: queries.CalendarRow) -> CalendarEntry:
        """The entry of a row."""
        zone = ZoneInfo(row.timezone) if row.timezone else UTC
        return cls(
            due_at=row.due_at,
            timezone=row.timezone,
            timezone_source=row.timezone_source,
            moved_by=row.moved_by,
            reason=row.reason,
            step=row.step,
            enrollment=row.enrollment,
            sequence=row.sequence,
            version=row.version,
            state=row.state,
            person_id=row.person_id,
            record_id=row.record_id,
            owner_id=row.owner_id,
            local=row.due_at.astimezone(zone).isoformat() if row.due_at else None,
            waits=_waits(row),
        )


async def calendar(connection: Connection, asked: CalendarRequest) -> list[CalendarEntry]:
    """Planned steps of open runs, the earliest first; those without an instant come last."""
    start, stop, owner, limit = asked.start, asked.stop, asked.owner, asked.limit
    if asked.sequence is None:
        rows = await queries.calendar(connection, start=start, stop=stop, owner=owner, limit=limit)
    else:
        rows = await queries.calendar_of_sequence(
            connection, start=start, stop=stop, sequence=asked.sequence, owner=owner, limit=limit
        )
    return [CalendarEntry.of(row) for row in rows]


def _waits(row: queries.CalendarRow) -> Waits | None:
    if row.held:
        return "held"
    if row.state == "paused":
        return "resume"
    return None if row.due_at else "day_zero"
