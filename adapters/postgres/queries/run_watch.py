"""The queries of ``sql/run_watch.sql``.

Written by ``python -m tools.queries`` from ``sql/run_watch.sql``: change that, not this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.postgres.queries.tables import EnrollmentRow, ReenrollmentWindowRow, RunWatchRow
from adapters.postgres.row import Row, affected

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from adapters.postgres.database import Connection

_LOCK_OPEN_RUN = """
SELECT id FROM enrollment WHERE id = $1 AND run_is_open(state) FOR UPDATE"""

_NOTIFY_OWNER_OF_RUN = """
INSERT INTO notification (id, owner_id, kind, title, enrollment_id, person_id, created_at)
SELECT $1, who.owner_id, $3,
       coalesce(v.definition ->> 'name', e.sequence) || ': ' || $4::text
           || coalesce(': ' || nullif(concat_ws(' ', nullif(p.first_name, ''), nullif(p.last_name, '')), ''), ''),
       e.id, e.person_id, $5
FROM enrollment e
LEFT JOIN person p ON p.id = e.person_id
LEFT JOIN placement l ON e.record_type = 'placement' AND l.id = e.record_id
LEFT JOIN sequence_version v ON v.sequence = e.sequence AND v.version = e.version
CROSS JOIN LATERAL (SELECT coalesce(nullif(l.owner_id, ''), nullif(p.owner_id, ''), nullif(e.owner_id, ''),
                                    v.definition #>> '{auto_enroll,assigned_by}') AS owner_id) who
WHERE e.id = $2 AND who.owner_id IS NOT NULL
ON CONFLICT DO NOTHING RETURNING id"""

_OPEN_RUNS_AMONG = """
SELECT * FROM enrollment
WHERE sequence = $1 AND record_id = ANY($2::text[]) AND run_is_open(state) AND state <> 'starting'"""

_FAIL_PLANNED_SEND = """
UPDATE send SET state = 'failed', decided_at = $2, reason = $3 WHERE id = $1 AND state = 'planned'"""

_ADD_TASK_TO_LOOK = """
INSERT INTO task (id, title, description, due_at, owner_id, person_id, enrollment_id, reaction_id, created_at)
SELECT $1, $4, $5, $6, coalesce(nullif(l.owner_id, ''), nullif(p.owner_id, ''), e.owner_id),
       e.person_id, e.id, $3, $7
FROM enrollment e LEFT JOIN person p ON p.id = e.person_id
LEFT JOIN placement l ON e.record_type = 'placement' AND l.id = e.record_id
WHERE e.id = $2 ON CONFLICT DO NOTHING"""

_RUN_WATCH_ROW = """
SELECT * FROM run_watch"""

_RUN_WATCH_LOOKED = """
UPDATE run_watch SET looked_at = greatest(looked_at, $1)"""

_RUN_WATCH_WENT_ON = """
UPDATE run_watch SET run_after = $1, window_after = $2, page = $3, trouble = $4"""

_BEGUN_RUNS = """
SELECT * FROM enrollment WHERE id > $1 AND run_is_open(state) AND state <> 'starting' ORDER BY id LIMIT $2"""

_OPEN_RUNS_OF_RECORDS = """
SELECT e.* FROM unnest($1::text[], $2::text[]) AS wanted(sequence, record_id)
JOIN enrollment e ON e.sequence = wanted.sequence AND e.record_id = wanted.record_id
WHERE run_is_open(e.state)"""

_STANDING_WINDOWS = """
SELECT * FROM reenrollment_window
WHERE id > $1 AND scope = 'person' AND state = 'open' AND until > $2 AND revision = told_revision
ORDER BY id LIMIT $3"""

_STANDING_WINDOWS_OF = """
SELECT w.* FROM unnest($1::text[], $2::text[]) AS wanted(sequence, person_id)
JOIN reenrollment_window w ON w.sequence = wanted.sequence AND w.person_id = wanted.person_id
WHERE w.scope = 'person' AND w.state = 'open' AND w.until > $3 AND w.revision = w.told_revision"""

_GATE_IS_GONE = """
UPDATE reenrollment_window SET told_revision = -1, reason = $2
WHERE id = $1 AND state = 'open' AND revision = told_revision"""

_LAPSE_PASSED_WINDOWS = """
UPDATE reenrollment_window SET state = 'ended', ended_at = until, reason = 'over'
WHERE id IN (SELECT id FROM reenrollment_window WHERE scope = 'person' AND state = 'open' AND until <= $1
             ORDER BY until LIMIT $2 FOR UPDATE SKIP LOCKED)"""

_LOST_LATE_REACTIONS = """
SELECT r.id, r.enrollment_id, r.kind, r.holds FROM reaction r
WHERE r.late AND r.handled_at IS NULL AND r.delivered_at <= $1 ORDER BY r.delivered_at LIMIT $2"""

_ENROLLMENTS_BY_ID = """
SELECT * FROM enrollment WHERE id = ANY($1::text[])"""


class LostLateReactionsRow(Row):
    """A row of ``lost_late_reactions``."""

    __slots__ = ("id", "enrollment_id", "kind", "holds")

    def __init__(self, id: str, enrollment_id: str, kind: str, holds: bool) -> None:
        self.id: Final = id
        self.enrollment_id: Final = enrollment_id
        self.kind: Final = kind
        self.holds: Final = holds


async def lock_open_run(connection: Connection, *, id: str) -> str | None:
    """Locked: of two who would close it, the second one finds it closed."""
    value: str | None = await connection.fetchval(_LOCK_OPEN_RUN, id)
    return value


async def notify_owner_of_run(
    connection: Connection, *, id: str, enrollment_id: str, kind: str, title: str, at: datetime
) -> str | None:
    """Whoever looks after the record now; else whom the run began with; else the assigned-by user of its sequence."""
    value: str | None = await connection.fetchval(_NOTIFY_OWNER_OF_RUN, id, enrollment_id, kind, title, at)
    return value


async def open_runs_among(connection: Connection, *, sequence: str, record_ids: Collection[str]) -> list[EnrollmentRow]:
    """The rows of ``open_runs_among``."""
    return [
        EnrollmentRow(*EnrollmentRow.columns(found))
        for found in await connection.fetch(_OPEN_RUNS_AMONG, sequence, record_ids)
    ]


async def fail_planned_send(connection: Connection, *, id: str, at: datetime | None, reason: str | None) -> int:
    """Runs ``fail_planned_send``."""
    return affected(await connection.execute(_FAIL_PLANNED_SEND, id, at, reason))


async def add_task_to_look(
    connection: Connection,
    *,
    id: str,
    enrollment_id: str,
    reaction_id: str | None,
    title: str,
    description: str | None,
    due_at: datetime | None,
    at: datetime,
) -> int:
    """Runs ``add_task_to_look``."""
    return affected(
        await connection.execute(_ADD_TASK_TO_LOOK, id, enrollment_id, reaction_id, title, description, due_at, at)
    )


async def run_watch_row(connection: Connection) -> RunWatchRow | None:
    """The row of ``run_watch_row``."""
    found = await connection.fetchrow(_RUN_WATCH_ROW)
    return RunWatchRow(*RunWatchRow.columns(found)) if found is not None else None


async def run_watch_looked(connection: Connection, *, at: datetime) -> int:
    """Runs ``run_watch_looked``."""
    return affected(await connection.execute(_RUN_WATCH_LOOKED, at))


async def run_watch_went_on(
    connection: Connection, *, run_after: str, window_after: str, page: str, trouble: str | None
) -> int:
    """Runs ``run_watch_went_on``."""
    return affected(await connection.execute(_RUN_WATCH_WENT_ON, run_after, window_after, page, trouble))


async def begun_runs(connection: Connection, *, after: str, limit: int) -> list[EnrollmentRow]:
    """Open, and past their beginning: a workflow has been there."""
    return [EnrollmentRow(*EnrollmentRow.columns(found)) for found in await connection.fetch(_BEGUN_RUNS, after, limit)]


async def open_runs_of_records(
    connection: Connection, *, sequences: Collection[str], record_ids: Collection[str]
) -> list[EnrollmentRow]:
    """The rows of ``open_runs_of_records``."""
    return [
        EnrollmentRow(*EnrollmentRow.columns(found))
        for found in await connection.fetch(_OPEN_RUNS_OF_RECORDS, sequences, record_ids)
    ]


async def standing_windows(
    connection: Connection, *, after: str, now: datetime, limit: int
) -> list[ReenrollmentWindowRow]:
    """Those that have a workflow by now: what it has not been told yet is the dispatcher's."""
    return [
        ReenrollmentWindowRow(*ReenrollmentWindowRow.columns(found))
        for found in await connection.fetch(_STANDING_WINDOWS, after, now, limit)
    ]


async def standing_windows_of(
    connection: Connection, *, sequences: Collection[str], person_ids: Collection[str], now: datetime
) -> list[ReenrollmentWindowRow]:
    """The rows of ``standing_windows_of``."""
    return [
        ReenrollmentWindowRow(*ReenrollmentWindowRow.columns(found))
        for found in await connection.fetch(_STANDING_WINDOWS_OF, sequences, person_ids, now)
    ]


async def gate_is_gone(connection: Connection, *, id: str, reason: str | None) -> int:
    """The ledger has the last word: the dispatcher starts its workflow again."""
    return affected(await connection.execute(_GATE_IS_GONE, id, reason))


async def lapse_passed_windows(connection: Connection, *, before: datetime, limit: int) -> int:
    """Their time is over, and no workflow has said so: it stood in nobody's way, and now says what it is."""
    return affected(await connection.execute(_LAPSE_PASSED_WINDOWS, before, limit))


async def lost_late_reactions(connection: Connection, *, before: datetime, limit: int) -> list[LostLateReactionsRow]:
    """The rows of ``lost_late_reactions``."""
    return [LostLateReactionsRow(*found) for found in await connection.fetch(_LOST_LATE_REACTIONS, before, limit)]


async def enrollments_by_id(connection: Connection, *, ids: Collection[str]) -> list[EnrollmentRow]:
    """The rows of ``enrollments_by_id``."""
    return [EnrollmentRow(*EnrollmentRow.columns(found)) for found in await connection.fetch(_ENROLLMENTS_BY_ID, ids)]
