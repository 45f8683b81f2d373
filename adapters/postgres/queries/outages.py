"""The queries of ``sql/outages.sql``.

Written by ``python -m tools.queries`` from ``sql/outages.sql``: change that, not this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.postgres.row import Row

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection

_OUTAGE_SEEN = """
WITH again AS (
    UPDATE outage SET ended_at = NULL, seen_at = $2, stage = $3, code = $4, reason = $5
    WHERE id = (SELECT o.id FROM outage o WHERE o.service = $1 AND o.ended_at >= $6
                AND NOT EXISTS (SELECT 1 FROM outage s WHERE s.service = $1 AND s.ended_at IS NULL)
                ORDER BY o.ended_at DESC LIMIT 1)
    RETURNING since)
, standing AS (
    INSERT INTO outage (service, since, seen_at, stage, code, reason)
    SELECT $1, $2, $2, $3, $4, $5 WHERE NOT EXISTS (SELECT 1 FROM again)
    ON CONFLICT (service) WHERE ended_at IS NULL
    DO UPDATE SET seen_at = greatest(outage.seen_at, excluded.seen_at), stage = excluded.stage, code = excluded.code,
                  reason = excluded.reason
    RETURNING since)
SELECT since FROM again UNION ALL SELECT since FROM standing"""

_OUTAGE_OVER = """
UPDATE outage SET ended_at = $2 WHERE service = $1 AND ended_at IS NULL RETURNING since"""

_OUTAGES_NOW = """
SELECT service, since, seen_at, stage, code, reason FROM outage
WHERE ended_at IS NULL AND seen_at >= $1 ORDER BY since, service"""

_OUTBOX = """
SELECT (SELECT min(due.since) FROM (
            SELECT s.waits_since AS since FROM send s JOIN enrollment e ON e.id = s.enrollment_id
            WHERE s.waits_since IS NOT NULL AND s.state = 'planned' AND e.state = 'active'
            UNION ALL
            SELECT t.due_at FROM enrollment_step t JOIN enrollment e ON e.id = t.enrollment_id
            WHERE t.state = 'planned' AND t.due_at <= $1 AND e.state = 'active'
              AND NOT EXISTS (SELECT 1 FROM reaction r
                              WHERE r.enrollment_id = e.id AND r.holds AND r.handled_at IS NULL)
              AND NOT EXISTS (SELECT 1 FROM holds_over(e.sequence, e.owner_id))) due) AS oldest_due,
       (SELECT count(*) FROM send WHERE state = 'unknown' AND resolution IS NULL) AS unknown,
       (SELECT count(*) FROM follow_up WHERE state = 'failed') AS dead"""


class OutagesNowRow(Row):
    """A row of ``outages_now``."""

    __slots__ = ("service", "since", "seen_at", "stage", "code", "reason")

    def __init__(
        self, service: str, since: datetime, seen_at: datetime, stage: str, code: str | None, reason: str
    ) -> None:
        self.service: Final = service
        self.since: Final = since
        self.seen_at: Final = seen_at
        self.stage: Final = stage
        self.code: Final = code
        self.reason: Final = reason


class OutboxRow(Row):
    """A row of ``outbox``."""

    __slots__ = ("oldest_due", "unknown", "dead")

    def __init__(self, oldest_due: datetime | None, unknown: int, dead: int) -> None:
        self.oldest_due: Final = oldest_due
        self.unknown: Final = unknown
        self.dead: Final = dead


async def outage_seen(
    connection: Connection,
    *,
    service: str,
    at: datetime,
    stage: str,
    code: str | None,
    reason: str,
    reopened_since: datetime,
) -> datetime:
    """Since when it lasts. One that ended a moment ago goes on: a server that comes and goes is one outage."""
    value: datetime = await connection.fetchval(_OUTAGE_SEEN, service, at, stage, code, reason, reopened_since)
    return value


async def outage_over(connection: Connection, *, service: str, at: datetime | None) -> datetime | None:
    """The value of ``outage_over``."""
    value: datetime | None = await connection.fetchval(_OUTAGE_OVER, service, at)
    return value


async def outages_now(connection: Connection, *, seen_after: datetime) -> list[OutagesNowRow]:
    """What nobody has met for long is not known to last: nothing was due."""
    return [OutagesNowRow(*found) for found in await connection.fetch(_OUTAGES_NOW, seen_after)]


async def outbox(connection: Connection, *, now: datetime) -> OutboxRow:
    """``outbox``.

    What is due and not sent, though nothing but a server or a worker can be in the way; and what nobody will look
    at by itself.
    """
    found = await connection.fetchrow(_OUTBOX, now)
    assert found is not None
    return OutboxRow(*found)
