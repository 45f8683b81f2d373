"""What is planned to be sent in all open runs, one by one: the list that ``relance calendar --each`` shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from adapters.postgres import queries
from services.reading.going_later import Limit
from services.reading.run_story import person_names
from services.reading.step_conditions import conditions_of

if TYPE_CHECKING:
    from datetime import date

    from adapters.postgres.database import Connection

    _Row = queries.CalendarRow | queries.CalendarRecipientsRow

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
        limit: most rows: entries, groups or days.
    """

    start: datetime | None
    stop: datetime | None
    sequence: str | None
    owner: str | None
    limit: int


@dataclass(frozen=True)
class CalendarEntry:
    """One planned step. Its fields in this order are the JSON of ``relance calendar --each``.

    Attributes:
        due_at: UTC; None: its date is unknown.
        timezone: of the recipient, as the step was planned; None: UTC.
        moved_by: what moved it away from its own time.
        reason: why it has no time, or waits.
        state: of the run.
        local: ``due_at`` on the recipient's clock, ISO 8601.
        waits: None: for the clock alone.
        person_name: None: it is not known.
        conditions: of the step (``if:``), in words. They are asked when it is due, and it is skipped if they do not
            hold.
        later_from: a limit puts it off: when it goes at the earliest, UTC. None: none does, or nobody knows.
        later_limit: whose limit: of messages to the ``person``, or of the ``mailbox``.
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
    person_name: str | None = None
    conditions: tuple[str, ...] = ()
    later_from: datetime | None = None
    later_limit: Limit | None = None

    @property
    def day(self) -> date | None:
        """Of the step, on its recipient's clock."""
        return datetime.fromisoformat(self.local).date() if self.local else None

    @property
    def only_if(self) -> str:
        """What must hold when it is due, or it is skipped; empty: nothing."""
        return "; ".join(self.conditions)


@dataclass(frozen=True)
class CalendarEntries:
    """The earliest steps; ``more``: there are others after them."""

    items: list[CalendarEntry]
    more: bool


async def calendar_entries(connection: Connection, asked: CalendarRequest) -> CalendarEntries:
    """Planned steps of open runs, the earliest first; those without an instant come last."""
    start, stop, owner, limit = asked.start, asked.stop, asked.owner, asked.limit + 1
    if asked.sequence is None:
        rows = await queries.calendar_steps(connection, start=start, stop=stop, owner=owner, limit=limit)
    else:
        rows = await queries.calendar_steps_of_sequence(
            connection, start=start, stop=stop, sequence=asked.sequence, owner=owner, limit=limit
        )
    return CalendarEntries(await entries_of(connection, rows[: asked.limit]), len(rows) > asked.limit)


async def entries_of(connection: Connection, rows: Sequence[_Row]) -> list[CalendarEntry]:
    """The entries of rows, with the names of people and the conditions of steps."""
    names = await person_names(connection, (row.person_id for row in rows))
    conditions = await conditions_of(connection, ((row.sequence, row.version) for row in rows))
    return [
        CalendarEntry(
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
            local=local_time(row.due_at, row.timezone),
            waits=_waits(row),
            person_name=names.get(row.person_id),
            conditions=conditions.get((row.sequence, row.version, row.step), ()),
        )
        for row in rows
    ]


def local_time(at: datetime | None, timezone: str | None) -> str | None:
    """An instant on the clock of a zone, ISO 8601; without a zone it is UTC."""
    return at.astimezone(ZoneInfo(timezone) if timezone else UTC).isoformat() if at else None


def _waits(row: _Row) -> Waits | None:
    if row.held:
        return "held"
    if row.state == "paused":
        return "resume"
    return None if row.due_at else "day_zero"
