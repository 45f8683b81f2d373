"""The queries of ``sql/windows.sql``.

Written by ``python -m tools.queries`` from ``sql/windows.sql``: change that, not this.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Final

from adapters.postgres.queries.tables import ReenrollmentWindowRow
from adapters.postgres.row import Row, affected

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from adapters.postgres.database import Connection

_LAPSE_WINDOWS = """
UPDATE reenrollment_window SET state = 'ended', ended_at = $3, reason = 'over'
WHERE sequence = $1 AND person_id = $2 AND relance_window_stands(state) AND until <= $3"""

_REPLACE_WINDOWS = """
UPDATE reenrollment_window SET state = 'ended', ended_at = $5, reason = 'replaced', told_revision = revision
WHERE sequence = $1 AND scope = $4 AND relance_window_stands(state)
  AND person_id = $2 AND (scope = 'person' OR record_id = $3)"""

_ADD_WINDOW = """
INSERT INTO reenrollment_window (id, sequence, person_id, record_id, scope, enrollment_id, via, opened_at, until, state,
                                 revision, told_revision)
SELECT $1, $2, $3, $4, $5, $6, $7, $8::timestamptz,
       $9::timestamptz, $10, next.revision, next.revision - $11::integer
FROM (SELECT coalesce(max(revision), 0) + 1 AS revision FROM reenrollment_window
      WHERE sequence = $2 AND person_id = $3) AS next
ON CONFLICT DO NOTHING RETURNING *"""

_WINDOW_ROW = """
SELECT * FROM reenrollment_window WHERE id = $1"""

_LOCK_WINDOW = """
SELECT * FROM reenrollment_window WHERE id = $1 FOR UPDATE"""

_WINDOWS_TO_START = """
SELECT w.*, e.version, e.owner_id, substr(e.workflow_id, length('enrollment:' || e.sequence || ':') + 1) AS run_record
FROM reenrollment_window w JOIN enrollment e ON e.id = w.enrollment_id
WHERE w.id = ANY($1::text[]) AND w.state = 'opening' ORDER BY w.sequence, w.person_id"""

_WINDOWS_TO_SIGNAL = """
SELECT w.*, e.version, e.owner_id FROM reenrollment_window w JOIN enrollment e ON e.id = w.enrollment_id
WHERE w.id = ANY($1::text[]) AND w.state <> 'opening' AND w.revision <> w.told_revision"""

_MARK_WINDOW_OPEN = """
UPDATE reenrollment_window
SET state = CASE WHEN state = 'opening' THEN 'open' ELSE state END,
    -- A closed row must be told again: its workflow was started after it had been closed.
    told_revision = CASE WHEN relance_window_stands(state) THEN greatest(told_revision, $2) ELSE -1 END
WHERE id = $1 RETURNING *"""

_MARK_WINDOW_SIGNALLED = """
UPDATE reenrollment_window SET told_revision = $2 WHERE id = $1 AND told_revision < $2"""

_SIGNAL_WINDOW_AGAIN = """
UPDATE reenrollment_window SET told_revision = -1 WHERE id = $1"""

_CLOSE_WINDOW = """
UPDATE reenrollment_window SET state = $2, reason = $3, ended_at = $4
WHERE id = $1 AND relance_window_stands(state) RETURNING *"""

_LIFT_WINDOW = """
UPDATE reenrollment_window SET state = 'lifted', reason = $2, ended_at = $3, revision = revision + 1
WHERE id = $1 AND relance_window_stands(state) RETURNING *"""

_MOVE_WINDOW = """
UPDATE reenrollment_window SET until = $2, reason = $3, revision = revision + 1
WHERE id = $1 AND relance_window_stands(state) RETURNING *"""

_WINDOWS_OF_SEQUENCE = """
SELECT * FROM reenrollment_window WHERE sequence = $1 AND relance_window_stands(state)
ORDER BY person_id, opened_at DESC, id FOR UPDATE"""

_END_EDITED_WINDOWS = """
UPDATE reenrollment_window SET state = 'ended', reason = 'edited', ended_at = $2, revision = revision + 1
WHERE id = ANY($1::text[])"""

_EDIT_WINDOWS = """
UPDATE reenrollment_window w SET until = edited.until, scope = $3, reason = 'edited', revision = w.revision + 1
FROM unnest($1::text[], $2::timestamptz[]) AS edited(id, until) WHERE w.id = edited.id"""

_ADD_WINDOW_REFUSAL = """
INSERT INTO refusal (sequence, person_id, record_id, reason, detail, via, at, first_at, since)
VALUES ($1, $2, $3, 'window', $4, 'rule', $5, $5, $5)
ON CONFLICT (sequence, record_id, reason) WHERE via = 'rule'
DO UPDATE SET person_id = excluded.person_id, at = excluded.at, detail = excluded.detail, times = refusal.times + 1, state = 'standing',
              since = CASE WHEN refusal.state = 'standing' THEN refusal.since ELSE excluded.since END"""

_LOCK_WINDOW_KEY = """
SELECT pg_advisory_xact_lock(hashtextextended('window:' || $1::text || ':' || $2::text, 0))"""


class WindowsToSignalRow(Row):
    """A row of ``windows_to_signal``."""

    __slots__ = (
        "id",
        "sequence",
        "person_id",
        "record_id",
        "scope",
        "enrollment_id",
        "via",
        "opened_at",
        "until",
        "state",
        "ended_at",
        "reason",
        "revision",
        "told_revision",
        "version",
        "owner_id",
    )

    columns = itemgetter(*__slots__)

    def __init__(
        self,
        id: str,
        sequence: str,
        person_id: str,
        record_id: str,
        scope: str,
        enrollment_id: str,
        via: str,
        opened_at: datetime,
        until: datetime | None,
        state: str,
        ended_at: datetime | None,
        reason: str | None,
        revision: int,
        told_revision: int,
        version: int,
        owner_id: str | None,
    ) -> None:
        self.id: Final = id
        self.sequence: Final = sequence
        self.person_id: Final = person_id
        self.record_id: Final = record_id
        self.scope: Final = scope
        self.enrollment_id: Final = enrollment_id
        self.via: Final = via
        self.opened_at: Final = opened_at
        self.until: Final = until
        self.state: Final = state
        self.ended_at: Final = ended_at
        self.reason: Final = reason
        self.revision: Final = revision
        self.told_revision: Final = told_revision
        self.version: Final = version
        self.owner_id: Final = owner_id


class WindowsToStartRow(Row):
    """A row of ``windows_to_start``."""

    __slots__ = (
        "id",
        "sequence",
        "person_id",
        "record_id",
        "scope",
        "enrollment_id",
        "via",
        "opened_at",
        "until",
        "state",
        "ended_at",
        "reason",
        "revision",
        "told_revision",
        "version",
        "owner_id",
        "run_record",
    )

    columns = itemgetter(*__slots__)

    def __init__(
        self,
        id: str,
        sequence: str,
        person_id: str,
        record_id: str,
        scope: str,
        enrollment_id: str,
        via: str,
        opened_at: datetime,
        until: datetime | None,
        state: str,
        ended_at: datetime | None,
        reason: str | None,
        revision: int,
        told_revision: int,
        version: int,
        owner_id: str | None,
        run_record: str,
    ) -> None:
        self.id: Final = id
        self.sequence: Final = sequence
        self.person_id: Final = person_id
        self.record_id: Final = record_id
        self.scope: Final = scope
        self.enrollment_id: Final = enrollment_id
        self.via: Final = via
        self.opened_at: Final = opened_at
        self.until: Final = until
        self.state: Final = state
        self.ended_at: Final = ended_at
        self.reason: Final = reason
        self.revision: Final = revision
        self.told_revision: Final = told_revision
        self.version: Final = version
        self.owner_id: Final = owner_id
        self.run_record: Final = run_record


async def lapse_windows(connection: Connection, *, sequence: str, person_id: str, now: datetime | None) -> int:
    """Its time is over, and its workflow has not said so yet (no worker): it stands in nobody's way."""
    return affected(await connection.execute(_LAPSE_WINDOWS, sequence, person_id, now))


async def replace_windows(
    connection: Connection, *, sequence: str, person_id: str, record_id: str, scope: str, now: datetime | None
) -> int:
    """Runs ``replace_windows``."""
    return affected(await connection.execute(_REPLACE_WINDOWS, sequence, person_id, record_id, scope, now))


async def add_window(
    connection: Connection,
    *,
    id: str,
    sequence: str,
    person_id: str,
    record_id: str,
    scope: str,
    enrollment_id: str,
    via: str,
    opened_at: datetime,
    until: datetime | None,
    state: str,
    untold: int,
) -> ReenrollmentWindowRow | None:
    """The partial unique indexes decide between two who enter at the same moment.

    "untold" is 1 for a window whose workflow hears of it by a signal, 0 for one whose workflow is started with it.
    """
    found = await connection.fetchrow(
        _ADD_WINDOW, id, sequence, person_id, record_id, scope, enrollment_id, via, opened_at, until, state, untold
    )
    return ReenrollmentWindowRow(*ReenrollmentWindowRow.columns(found)) if found is not None else None


async def window_row(connection: Connection, *, id: str) -> ReenrollmentWindowRow | None:
    """The row of ``window_row``."""
    found = await connection.fetchrow(_WINDOW_ROW, id)
    return ReenrollmentWindowRow(*ReenrollmentWindowRow.columns(found)) if found is not None else None


async def lock_window(connection: Connection, *, id: str) -> ReenrollmentWindowRow | None:
    """The row of ``lock_window``."""
    found = await connection.fetchrow(_LOCK_WINDOW, id)
    return ReenrollmentWindowRow(*ReenrollmentWindowRow.columns(found)) if found is not None else None


async def windows_to_start(connection: Connection, *, ids: Collection[str]) -> list[WindowsToStartRow]:
    """The rows of ``windows_to_start``."""
    return [
        WindowsToStartRow(*WindowsToStartRow.columns(found)) for found in await connection.fetch(_WINDOWS_TO_START, ids)
    ]


async def windows_to_signal(connection: Connection, *, ids: Collection[str]) -> list[WindowsToSignalRow]:
    """The rows of ``windows_to_signal``."""
    return [
        WindowsToSignalRow(*WindowsToSignalRow.columns(found))
        for found in await connection.fetch(_WINDOWS_TO_SIGNAL, ids)
    ]


async def mark_window_open(connection: Connection, *, id: str, revision: int) -> ReenrollmentWindowRow | None:
    """It may have been lifted or moved while its workflow was being started: the answer says how it stands now."""
    found = await connection.fetchrow(_MARK_WINDOW_OPEN, id, revision)
    return ReenrollmentWindowRow(*ReenrollmentWindowRow.columns(found)) if found is not None else None


async def mark_window_signalled(connection: Connection, *, id: str, revision: int) -> int:
    """Runs ``mark_window_signalled``."""
    return affected(await connection.execute(_MARK_WINDOW_SIGNALLED, id, revision))


async def signal_window_again(connection: Connection, *, id: str) -> int:
    """Runs ``signal_window_again``."""
    return affected(await connection.execute(_SIGNAL_WINDOW_AGAIN, id))


async def close_window(
    connection: Connection, *, id: str, state: str, reason: str | None, at: datetime | None
) -> ReenrollmentWindowRow | None:
    """The row of ``close_window``."""
    found = await connection.fetchrow(_CLOSE_WINDOW, id, state, reason, at)
    return ReenrollmentWindowRow(*ReenrollmentWindowRow.columns(found)) if found is not None else None


async def lift_window(
    connection: Connection, *, id: str, reason: str | None, at: datetime | None
) -> ReenrollmentWindowRow | None:
    """The row of ``lift_window``."""
    found = await connection.fetchrow(_LIFT_WINDOW, id, reason, at)
    return ReenrollmentWindowRow(*ReenrollmentWindowRow.columns(found)) if found is not None else None


async def move_window(
    connection: Connection, *, id: str, until: datetime | None, reason: str | None
) -> ReenrollmentWindowRow | None:
    """The row of ``move_window``."""
    found = await connection.fetchrow(_MOVE_WINDOW, id, until, reason)
    return ReenrollmentWindowRow(*ReenrollmentWindowRow.columns(found)) if found is not None else None


async def windows_of_sequence(connection: Connection, *, sequence: str) -> list[ReenrollmentWindowRow]:
    """The rows of ``windows_of_sequence``."""
    return [
        ReenrollmentWindowRow(*ReenrollmentWindowRow.columns(found))
        for found in await connection.fetch(_WINDOWS_OF_SEQUENCE, sequence)
    ]


async def end_edited_windows(connection: Connection, *, ids: Collection[str], at: datetime | None) -> int:
    """Runs ``end_edited_windows``."""
    return affected(await connection.execute(_END_EDITED_WINDOWS, ids, at))


async def edit_windows(
    connection: Connection, *, ids: Collection[str], untils: Collection[datetime | None], scope: str
) -> int:
    """Runs ``edit_windows``."""
    return affected(await connection.execute(_EDIT_WINDOWS, ids, untils, scope))


async def add_window_refusal(
    connection: Connection, *, sequence: str, person_id: str, record_id: str, detail: str, at: datetime | None
) -> int:
    """Runs ``add_window_refusal``."""
    return affected(await connection.execute(_ADD_WINDOW_REFUSAL, sequence, person_id, record_id, detail, at))


async def lock_window_key(connection: Connection, *, sequence: str, key: str) -> int:
    """Runs ``lock_window_key``."""
    return affected(await connection.execute(_LOCK_WINDOW_KEY, sequence, key))
