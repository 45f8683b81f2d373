"""The queries of ``sql/runs.sql``.

Written by ``python -m tools.queries`` from ``sql/runs.sql``: change that, not this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.postgres.queries.tables import EnrollmentEventRow, EnrollmentPauseRow, EnrollmentRow, EnrollmentStepRow
from adapters.postgres.row import Row, affected

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from adapters.postgres.database import Connection

_ADD_ENROLLMENT = """
INSERT INTO enrollment (id, workflow_id, sequence, version, record_type, record_id, person_id, owner_id, via, lineage,
                        state, enrolled_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10,
        'starting', $11)
ON CONFLICT DO NOTHING RETURNING id"""

_ENROLLMENT_ROW = """
SELECT * FROM enrollment WHERE id = $1"""

_ENTERED_BY_HAND = """
SELECT EXISTS (SELECT 1 FROM enrollment e WHERE e.sequence = $1 AND e.record_id = $2
               AND run_is_open(e.state)) AS running,
       (SELECT max(enrolled_at) FROM enrollment
        WHERE sequence = $1 AND record_id = $2 AND person_id = $3) AS entered_at"""

_BEGIN_ENROLLMENT = """
UPDATE enrollment SET state = 'active', started_at = $2 WHERE id = $1 AND state = 'starting'"""

_SET_RUN_STATE = """
UPDATE enrollment SET state = $2, reason = $3 WHERE id = $1 AND run_is_open(state)"""

_CLOSE_RUN = """
UPDATE enrollment SET state = $2, reason = $3, ended_at = $4
WHERE id = $1 AND run_is_open(state) RETURNING id"""

_CANCEL_STEPS = """
UPDATE enrollment_step SET state = 'cancelled', reason = $2, decided_at = $3
WHERE enrollment_id = $1 AND state = 'planned'"""

_STEPS_OF = """
SELECT * FROM enrollment_step WHERE enrollment_id = $1 ORDER BY position"""

_PLAN_STEP = """
INSERT INTO enrollment_step (enrollment_id, step, position, state, due_at, reason, moved_by, timezone, timezone_source,
                             own_at, judged_at)
VALUES ($1, $2, $3, 'planned', $4, $5, $6, $7, $8, $9,
        $10)
ON CONFLICT (enrollment_id, step) DO UPDATE
SET position = excluded.position, due_at = excluded.due_at, reason = excluded.reason, moved_by = excluded.moved_by,
    timezone = excluded.timezone, timezone_source = excluded.timezone_source, own_at = excluded.own_at,
    judged_at = excluded.judged_at
WHERE enrollment_step.state = 'planned'"""

_DECIDE_STEP = """
UPDATE enrollment_step SET state = $3, decided_at = $4, reason = $5
WHERE enrollment_id = $1 AND step = $2 AND state IN ('planned', 'unknown')"""

_ADD_RUN_EVENT = """
INSERT INTO enrollment_event (enrollment_id, at, kind, detail, key)
VALUES ($1, $2, $3, $4, $5) ON CONFLICT (enrollment_id, key) DO NOTHING RETURNING id"""

_RUN_EVENTS = """
SELECT * FROM enrollment_event WHERE enrollment_id = $1 ORDER BY id"""

_PAUSES_OF = """
SELECT * FROM enrollment_pause WHERE enrollment_id = $1 ORDER BY started_at"""

_OPEN_PAUSE = """
INSERT INTO enrollment_pause (enrollment_id, started_at, reason)
SELECT $1, $2, $3
WHERE NOT EXISTS (SELECT 1 FROM enrollment_pause WHERE enrollment_id = $1 AND ended_at IS NULL)
ON CONFLICT DO NOTHING"""

_END_PAUSE = """
UPDATE enrollment_pause SET ended_at = $2, mode = $3 WHERE enrollment_id = $1 AND ended_at IS NULL"""

_POSTPONE_STEP = """
UPDATE enrollment_step SET due_at = $3, reason = $4
WHERE enrollment_id = $1 AND step = $2 AND state = 'planned'"""


class EnteredByHandRow(Row):
    """A row of ``entered_by_hand``."""

    __slots__ = ("running", "entered_at")

    def __init__(self, running: bool, entered_at: datetime | None) -> None:
        self.running: Final = running
        self.entered_at: Final = entered_at


async def add_enrollment(
    connection: Connection,
    *,
    id: str,
    workflow_id: str,
    sequence: str,
    version: int,
    record_type: str,
    record_id: str,
    person_id: str,
    owner_id: str | None,
    via: str,
    lineage: Collection[str],
    enrolled_at: datetime,
) -> str | None:
    """The value of ``add_enrollment``."""
    value: str | None = await connection.fetchval(
        _ADD_ENROLLMENT,
        id,
        workflow_id,
        sequence,
        version,
        record_type,
        record_id,
        person_id,
        owner_id,
        via,
        lineage,
        enrolled_at,
    )
    return value


async def enrollment_row(connection: Connection, *, id: str) -> EnrollmentRow | None:
    """The row of ``enrollment_row``."""
    found = await connection.fetchrow(_ENROLLMENT_ROW, id)
    return EnrollmentRow(*EnrollmentRow.columns(found)) if found is not None else None


async def entered_by_hand(connection: Connection, *, sequence: str, record_id: str, person_id: str) -> EnteredByHandRow:
    """Whether the record has an open run, and when it last was in the sequence for this person.

    Unlike by rule, a window that somebody lifted does not make it forgotten.
    """
    found = await connection.fetchrow(_ENTERED_BY_HAND, sequence, record_id, person_id)
    assert found is not None
    return EnteredByHandRow(*found)


async def begin_enrollment(connection: Connection, *, id: str, at: datetime | None) -> int:
    """Runs ``begin_enrollment``."""
    return affected(await connection.execute(_BEGIN_ENROLLMENT, id, at))


async def set_run_state(connection: Connection, *, id: str, state: str, reason: str | None) -> int:
    """A closed run never opens again."""
    return affected(await connection.execute(_SET_RUN_STATE, id, state, reason))


async def close_run(
    connection: Connection, *, id: str, state: str, reason: str | None, at: datetime | None
) -> str | None:
    """The value of ``close_run``."""
    value: str | None = await connection.fetchval(_CLOSE_RUN, id, state, reason, at)
    return value


async def cancel_steps(connection: Connection, *, enrollment_id: str, reason: str | None, at: datetime | None) -> int:
    """Runs ``cancel_steps``."""
    return affected(await connection.execute(_CANCEL_STEPS, enrollment_id, reason, at))


async def steps_of(connection: Connection, *, enrollment_id: str) -> list[EnrollmentStepRow]:
    """The rows of ``steps_of``."""
    return [
        EnrollmentStepRow(*EnrollmentStepRow.columns(found))
        for found in await connection.fetch(_STEPS_OF, enrollment_id)
    ]


async def plan_step(
    connection: Connection,
    *,
    enrollment_id: str,
    step: str,
    position: int,
    due_at: datetime | None,
    reason: str | None,
    moved_by: Collection[str],
    timezone: str | None,
    timezone_source: str | None,
    own_at: datetime | None,
    judged_at: datetime | None,
) -> int:
    """Runs ``plan_step``."""
    return affected(
        await connection.execute(
            _PLAN_STEP,
            enrollment_id,
            step,
            position,
            due_at,
            reason,
            moved_by,
            timezone,
            timezone_source,
            own_at,
            judged_at,
        )
    )


async def decide_step(
    connection: Connection, *, enrollment_id: str, step: str, state: str, at: datetime | None, reason: str | None
) -> int:
    """Runs ``decide_step``."""
    return affected(await connection.execute(_DECIDE_STEP, enrollment_id, step, state, at, reason))


async def add_run_event(
    connection: Connection, *, enrollment_id: str, at: datetime, kind: str, detail: object, key: str
) -> int | None:
    """The value of ``add_run_event``."""
    value: int | None = await connection.fetchval(_ADD_RUN_EVENT, enrollment_id, at, kind, detail, key)
    return value


async def run_events(connection: Connection, *, enrollment_id: str) -> list[EnrollmentEventRow]:
    """The rows of ``run_events``."""
    return [
        EnrollmentEventRow(*EnrollmentEventRow.columns(found))
        for found in await connection.fetch(_RUN_EVENTS, enrollment_id)
    ]


async def pauses_of(connection: Connection, *, enrollment_id: str) -> list[EnrollmentPauseRow]:
    """The rows of ``pauses_of``."""
    return [
        EnrollmentPauseRow(*EnrollmentPauseRow.columns(found))
        for found in await connection.fetch(_PAUSES_OF, enrollment_id)
    ]


async def open_pause(connection: Connection, *, enrollment_id: str, started_at: datetime, reason: str) -> int:
    """Runs ``open_pause``."""
    return affected(await connection.execute(_OPEN_PAUSE, enrollment_id, started_at, reason))


async def end_pause(connection: Connection, *, enrollment_id: str, ended_at: datetime | None, mode: str | None) -> int:
    """Runs ``end_pause``."""
    return affected(await connection.execute(_END_PAUSE, enrollment_id, ended_at, mode))


async def postpone_step(
    connection: Connection, *, enrollment_id: str, step: str, due_at: datetime | None, reason: str | None
) -> int:
    """Runs ``postpone_step``."""
    return affected(await connection.execute(_POSTPONE_STEP, enrollment_id, step, due_at, reason))
