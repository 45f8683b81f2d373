"""The queries of ``sql/deliveries.sql``.

Written by ``python -m tools.queries`` from ``sql/deliveries.sql``: change that, not this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from adapters.postgres.queries.tables import FollowUpRow
from adapters.postgres.row import Row, affected

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection

_BEGIN_DELIVERY = """
UPDATE follow_up SET tries = tries + 1, tried_since = coalesce(tried_since, $2), hand_at = $3
WHERE id = $1 AND state = 'pending' RETURNING *"""

_PUT_OFF_DELIVERY = """
UPDATE follow_up SET result = $3, next_try_at = $4, hand_at = $5
WHERE id = $1 AND state = 'pending' AND round = $2"""

_DELIVERED = """
UPDATE follow_up SET state = 'done', result = $2, settled_at = $3, next_try_at = NULL WHERE id = $1"""

_END_DELIVERY = """
UPDATE follow_up SET state = $3, result = $4, settled_at = $5, next_try_at = NULL
WHERE id = $1 AND state = 'pending' AND ($2::integer IS NULL OR round = $2) RETURNING id"""

_PROBLEM_NOTIFICATIONS = """
SELECT count(*) FROM notification WHERE owner_id = $1 AND kind = $2 AND created_at > $3"""

_RESTART_DELIVERY = """
UPDATE follow_up SET state = 'pending', hand_at = '-infinity', tries = 0, round = round + 1, tried_since = NULL,
                     next_try_at = NULL, settled_at = NULL, left_behind = false
WHERE id = $1"""

_LOCK_DELIVERY = """
SELECT * FROM follow_up WHERE id = $1 AND kind IN ('enroll', 'webhook') FOR UPDATE"""

_DEAD_DELIVERIES = """
SELECT id FROM follow_up WHERE state = 'dead' AND id > $1 ORDER BY id LIMIT $2 FOR UPDATE"""

_CLOSE_LEFT_BEHIND = """
WITH old AS (
    SELECT id FROM follow_up WHERE left_behind AND state = 'pending' AND at < $1
    ORDER BY at LIMIT $4 FOR UPDATE SKIP LOCKED
), closed AS (
    UPDATE follow_up f SET state = 'dead', result = $2, settled_at = $3 FROM old WHERE f.id = old.id
    RETURNING f.id, f.enrollment_id
)
SELECT c.id, coalesce(e.owner_id, v.definition -> 'auto_enroll' ->> 'assigned_by') AS owner_id
FROM closed c JOIN enrollment e ON e.id = c.enrollment_id
LEFT JOIN sequence_version v ON v.sequence = e.sequence AND v.version = e.version"""

_DELIVERY_ROW = """
SELECT f.id, f.kind, f.arguments, f.cause, f.event, f.state, f.result, f.at, f.tries, f.tried_since, f.next_try_at,
       f.settled_at, f.enrollment_id, e.sequence, e.state AS run_state, e.person_id, e.owner_id
FROM follow_up f JOIN enrollment e ON e.id = f.enrollment_id WHERE f.id = $1 AND f.kind IN ('enroll', 'webhook')"""


class CloseLeftBehindRow(Row):
    """A row of ``close_left_behind``."""

    __slots__ = ("id", "owner_id")

    def __init__(self, id: str, owner_id: str | None) -> None:
        self.id: Final = id
        self.owner_id: Final = owner_id


class DeliveryRow(Row):
    """A row of ``delivery_row``."""

    __slots__ = (
        "id",
        "kind",
        "arguments",
        "cause",
        "event",
        "state",
        "result",
        "at",
        "tries",
        "tried_since",
        "next_try_at",
        "settled_at",
        "enrollment_id",
        "sequence",
        "run_state",
        "person_id",
        "owner_id",
    )

    def __init__(
        self,
        id: str,
        kind: str,
        arguments: Any,
        cause: str,
        event: str | None,
        state: str,
        result: str | None,
        at: datetime,
        tries: int,
        tried_since: datetime | None,
        next_try_at: datetime | None,
        settled_at: datetime | None,
        enrollment_id: str,
        sequence: str,
        run_state: str,
        person_id: str,
        owner_id: str | None,
    ) -> None:
        self.id: Final = id
        self.kind: Final = kind
        self.arguments: Final = arguments
        self.cause: Final = cause
        self.event: Final = event
        self.state: Final = state
        self.result: Final = result
        self.at: Final = at
        self.tries: Final = tries
        self.tried_since: Final = tried_since
        self.next_try_at: Final = next_try_at
        self.settled_at: Final = settled_at
        self.enrollment_id: Final = enrollment_id
        self.sequence: Final = sequence
        self.run_state: Final = run_state
        self.person_id: Final = person_id
        self.owner_id: Final = owner_id


async def begin_delivery(connection: Connection, *, id: str, now: datetime, again_at: datetime) -> FollowUpRow | None:
    """The row of ``begin_delivery``."""
    found = await connection.fetchrow(_BEGIN_DELIVERY, id, now, again_at)
    return FollowUpRow(*FollowUpRow.columns(found)) if found is not None else None


async def put_off_delivery(
    connection: Connection, *, id: str, round: int, result: str | None, next_try_at: datetime | None, hand_at: datetime
) -> int:
    """Not what was overruled, or made to wait anew, while it was tried."""
    return affected(await connection.execute(_PUT_OFF_DELIVERY, id, round, result, next_try_at, hand_at))


async def delivered(connection: Connection, *, id: str, result: str | None, at: datetime | None) -> int:
    """Also what was overruled at that moment: it did leave the house."""
    return affected(await connection.execute(_DELIVERED, id, result, at))


async def end_delivery(
    connection: Connection, *, id: str, round: int | None, state: str, result: str | None, at: datetime | None
) -> str | None:
    """The value of ``end_delivery``."""
    value: str | None = await connection.fetchval(_END_DELIVERY, id, round, state, result, at)
    return value


async def problem_notifications(connection: Connection, *, owner_id: str, kind: str, since: datetime) -> int:
    """The value of ``problem_notifications``."""
    value: int = await connection.fetchval(_PROBLEM_NOTIFICATIONS, owner_id, kind, since)
    return value


async def restart_delivery(connection: Connection, *, id: str) -> int:
    """Runs ``restart_delivery``."""
    return affected(await connection.execute(_RESTART_DELIVERY, id))


async def lock_delivery(connection: Connection, *, id: str) -> FollowUpRow | None:
    """The row of ``lock_delivery``."""
    found = await connection.fetchrow(_LOCK_DELIVERY, id)
    return FollowUpRow(*FollowUpRow.columns(found)) if found is not None else None


async def dead_deliveries(connection: Connection, *, after: str, limit: int) -> list[str]:
    """The rows of ``dead_deliveries``."""
    return [found[0] for found in await connection.fetch(_DEAD_DELIVERIES, after, limit)]


async def close_left_behind(
    connection: Connection, *, before: datetime, result: str | None, at: datetime | None, limit: int
) -> list[CloseLeftBehindRow]:
    """Those of 0.1 that are too old to surprise anybody with, each with whom to tell."""
    return [
        CloseLeftBehindRow(*found) for found in await connection.fetch(_CLOSE_LEFT_BEHIND, before, result, at, limit)
    ]


async def delivery_row(connection: Connection, *, id: str) -> DeliveryRow | None:
    """The row of ``delivery_row``."""
    found = await connection.fetchrow(_DELIVERY_ROW, id)
    return DeliveryRow(*found) if found is not None else None
