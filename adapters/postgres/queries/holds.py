"""The queries of ``sql/holds.sql``.

Written by ``python -m tools.queries`` from ``sql/holds.sql``: change that, not this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.postgres.queries.tables import HoldRow
from adapters.postgres.row import Row, affected

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection

_ADD_HOLD = """
INSERT INTO hold (id, scope, key, reason, since, rate) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING"""

_STANDING_HOLD = """
SELECT * FROM hold WHERE scope = $1 AND key = $2 AND ended_at IS NULL"""

_END_HOLD = """
UPDATE hold SET ended_at = $3 WHERE scope = $1 AND key = $2 AND ended_at IS NULL"""

_KNOWN_HOLD_KEY = """
SELECT CASE WHEN $1::text = 'sequence'
            THEN EXISTS (SELECT 1 FROM sequence_version WHERE sequence = $2::text)
            ELSE EXISTS (SELECT 1 FROM owner WHERE id = $2::text)
                 OR EXISTS (SELECT 1 FROM enrollment WHERE owner_id = $2::text) END"""

_RUNS_TO_PAUSE = """
SELECT e.id, e.workflow_id FROM enrollment e
WHERE run_is_open(e.state) AND e.id > $3
  AND (($1::text = 'sequence' AND e.sequence = $2) OR ($1::text = 'owner' AND e.owner_id = $2))
  AND (e.state = 'starting'
       OR EXISTS (SELECT 1 FROM enrollment_step s WHERE s.enrollment_id = e.id AND s.state = 'planned'))
  AND NOT EXISTS (SELECT 1 FROM enrollment_pause p WHERE p.enrollment_id = e.id AND p.ended_at IS NULL)
ORDER BY e.id LIMIT $4"""

_COUNT_RUNS_TO_PAUSE = """
SELECT count(*) FROM enrollment e
WHERE run_is_open(e.state) AND e.id > $3
  AND (($1::text = 'sequence' AND e.sequence = $2) OR ($1::text = 'owner' AND e.owner_id = $2))
  AND (e.state = 'starting'
       OR EXISTS (SELECT 1 FROM enrollment_step s WHERE s.enrollment_id = e.id AND s.state = 'planned'))
  AND NOT EXISTS (SELECT 1 FROM enrollment_pause p WHERE p.enrollment_id = e.id AND p.ended_at IS NULL)"""

_REMEMBER_PAUSED_RUNS = """
INSERT INTO hold_run (enrollment_id, paused_at, hold_id)
SELECT p.enrollment_id, p.started_at, h.id
FROM enrollment_pause p
JOIN enrollment_event v ON v.enrollment_id = p.enrollment_id AND v.at = p.started_at AND starts_with(v.key, $3)
JOIN enrollment e ON e.id = p.enrollment_id
  AND (($1::text = 'sequence' AND e.sequence = $2) OR ($1::text = 'owner' AND e.owner_id = $2))
JOIN (SELECT id FROM hold WHERE scope = $1 AND key = $2 ORDER BY since DESC, id LIMIT 1) h ON true
WHERE p.ended_at IS NULL
ON CONFLICT (enrollment_id) DO UPDATE SET paused_at = excluded.paused_at, hold_id = excluded.hold_id
WHERE hold_run.paused_at <> excluded.paused_at"""

_HAND_OVER_RUNS = """
UPDATE hold_run r SET hold_id = o.id
FROM hold h, enrollment e, hold o
WHERE h.id = r.hold_id AND h.scope = $1 AND h.key = $2 AND e.id = r.enrollment_id AND o.ended_at IS NULL
  AND ((o.scope = 'sequence' AND o.key = e.sequence) OR (o.scope = 'owner' AND o.key = e.owner_id))
  AND (o.scope <> $1::text OR o.key <> $2::text)"""

_RUNS_TO_RESUME = """
SELECT e.id, e.workflow_id FROM hold_run r
JOIN hold h ON h.id = r.hold_id AND h.scope = $1 AND h.key = $2
JOIN enrollment e ON e.id = r.enrollment_id AND run_is_open(e.state)
JOIN enrollment_pause p ON p.enrollment_id = r.enrollment_id AND p.started_at = r.paused_at AND p.ended_at IS NULL
WHERE r.enrollment_id > $3 ORDER BY r.enrollment_id LIMIT $4"""

_COUNT_RUNS_TO_RESUME = """
SELECT count(*) FROM hold_run r
JOIN hold h ON h.id = r.hold_id AND h.scope = $1 AND h.key = $2
JOIN enrollment e ON e.id = r.enrollment_id AND run_is_open(e.state)
JOIN enrollment_pause p ON p.enrollment_id = r.enrollment_id AND p.started_at = r.paused_at AND p.ended_at IS NULL
WHERE r.enrollment_id > $3"""

_FORGET_RUNS = """
DELETE FROM hold_run r USING hold h
WHERE h.id = r.hold_id AND h.scope = $1 AND h.key = $2
  AND (EXISTS (SELECT 1 FROM enrollment e WHERE e.id = r.enrollment_id AND NOT run_is_open(e.state))
       OR EXISTS (SELECT 1 FROM enrollment_pause p WHERE p.enrollment_id = r.enrollment_id
                  AND p.started_at = r.paused_at AND p.ended_at IS NOT NULL))"""


class RunToCommandRow(Row):
    """A row of ``runs_to_pause``."""

    __slots__ = ("id", "workflow_id")

    def __init__(self, id: str, workflow_id: str) -> None:
        self.id: Final = id
        self.workflow_id: Final = workflow_id


async def add_hold(
    connection: Connection, *, id: str, scope: str, key: str, reason: str, since: datetime, rate: int
) -> int:
    """One hold stands for a sequence or an owner; a second order finds the first one."""
    return affected(await connection.execute(_ADD_HOLD, id, scope, key, reason, since, rate))


async def standing_hold(connection: Connection, *, scope: str, key: str) -> HoldRow | None:
    """The row of ``standing_hold``."""
    found = await connection.fetchrow(_STANDING_HOLD, scope, key)
    return HoldRow(*HoldRow.columns(found)) if found is not None else None


async def end_hold(connection: Connection, *, scope: str, key: str, at: datetime | None) -> int:
    """Runs ``end_hold``."""
    return affected(await connection.execute(_END_HOLD, scope, key, at))


async def known_hold_key(connection: Connection, *, scope: str, key: str) -> bool:
    """The value of ``known_hold_key``."""
    value: bool = await connection.fetchval(_KNOWN_HOLD_KEY, scope, key)
    return value


async def runs_to_pause(
    connection: Connection, *, scope: str, key: str, after: str, limit: int
) -> list[RunToCommandRow]:
    """Runs that could still send and that nothing pauses. One paused already stays as whoever paused it left it."""
    return [RunToCommandRow(*found) for found in await connection.fetch(_RUNS_TO_PAUSE, scope, key, after, limit)]


async def count_runs_to_pause(connection: Connection, *, scope: str, key: str, after: str) -> int:
    """The value of ``count_runs_to_pause``."""
    value: int = await connection.fetchval(_COUNT_RUNS_TO_PAUSE, scope, key, after)
    return value


async def remember_paused_runs(connection: Connection, *, scope: str, key: str, prefix: str) -> int:
    """``remember_paused_runs``.

    A run belongs to the hold when its open pause began with the command of a hold: both bear the run's own instant.
    Asked of the rows and not of the command's answer, so that a worker that dies between the two forgets nobody.
    """
    return affected(await connection.execute(_REMEMBER_PAUSED_RUNS, scope, key, prefix))


async def hand_over_runs(connection: Connection, *, scope: str, key: str) -> int:
    """Another hold stands over these runs too: they stay paused and are resumed with that one."""
    return affected(await connection.execute(_HAND_OVER_RUNS, scope, key))


async def runs_to_resume(
    connection: Connection, *, scope: str, key: str, after: str, limit: int
) -> list[RunToCommandRow]:
    """The rows of ``runs_to_resume``."""
    return [RunToCommandRow(*found) for found in await connection.fetch(_RUNS_TO_RESUME, scope, key, after, limit)]


async def count_runs_to_resume(connection: Connection, *, scope: str, key: str, after: str) -> int:
    """The value of ``count_runs_to_resume``."""
    value: int = await connection.fetchval(_COUNT_RUNS_TO_RESUME, scope, key, after)
    return value


async def forget_runs(connection: Connection, *, scope: str, key: str) -> int:
    """Whoever was resumed, or is over, needs nobody to resume it."""
    return affected(await connection.execute(_FORGET_RUNS, scope, key))
