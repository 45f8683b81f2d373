"""The queries of ``sql/rule_runs.sql``.

Written by ``python -m tools.queries`` from ``sql/rule_runs.sql``: change that, not this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.postgres.queries.tables import ChangeRow, RuleBatchRow, RuleStateRow
from adapters.postgres.row import Row, affected

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from adapters.postgres.database import Connection

_UNWATCHED_CHANGES = """
SELECT * FROM change WHERE watched_at IS NULL AND batch = '' ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED"""

_CHANGES_WATCHED = """
UPDATE change SET watched_at = $2 WHERE id = ANY($1::bigint[])"""

_LOCK_ENTERING = """
SELECT pg_advisory_xact_lock(hashtextextended('entering:' || $1, 0))"""

_ENTERED_BY_RULE = """
SELECT count(*) FROM reenrollment_window
WHERE sequence = $1 AND opened_at >= $2 AND via = 'rule' AND state <> 'refused'"""

_ENTERED_UNASKED = """
SELECT count(*) FROM reenrollment_window
WHERE sequence = $1 AND opened_at > $2 AND via = 'rule' AND state <> 'refused'
  AND reason IS DISTINCT FROM 'released'"""

_ENROLLMENTS_AMONG = """
SELECT id FROM enrollment WHERE id = ANY($1::text[])"""

_ADD_RULE_ENROLLMENTS = """
INSERT INTO enrollment (id, workflow_id, sequence, version, record_type, record_id, person_id, owner_id, via, lineage,
                        state, enrolled_at)
SELECT e.id, e.workflow_id, $1, $2, $3, e.record_id, e.person_id, e.owner_id, 'rule',
       ARRAY(SELECT jsonb_array_elements_text(e.lineage)), 'starting', $5
FROM jsonb_to_recordset($4::jsonb)
     AS e(id text, workflow_id text, record_id text, person_id text, owner_id text, lineage jsonb)
ORDER BY e.record_id ON CONFLICT DO NOTHING RETURNING id"""

_DROP_ENROLLMENTS = """
DELETE FROM enrollment WHERE id = ANY($1::text[]) AND state = 'starting'"""

_MARK_RELEASED = """
UPDATE reenrollment_window SET reason = 'released' WHERE id = ANY($1::text[]) AND reason IS NULL"""

_QUEUED_AMONG = """
SELECT record_id FROM rule_queue WHERE sequence = $1 AND record_id = ANY($2::text[])"""

_QUEUE_MATCHES = """
WITH added AS (
    INSERT INTO rule_queue (sequence, record_id, person_id, batch_id, state, at)
    SELECT $1, m.record_id, m.person_id, $2, $3, $5
    FROM jsonb_to_recordset($4::jsonb) AS m(record_id text, person_id text)
    ORDER BY m.record_id ON CONFLICT DO NOTHING RETURNING 1
)
SELECT count(*) FROM added"""

_WAITING_SEQUENCES = """
SELECT DISTINCT sequence FROM rule_queue WHERE state = 'waiting' ORDER BY sequence"""

_TAKE_WAITING = """
SELECT record_id, person_id FROM rule_queue WHERE sequence = $1 AND state = 'waiting'
ORDER BY at, record_id LIMIT $2 FOR UPDATE"""

_DROP_FROM_QUEUE = """
DELETE FROM rule_queue WHERE sequence = $1 AND record_id = ANY($2::text[])"""

_DROP_QUEUE = """
DELETE FROM rule_queue WHERE sequence = $1"""

_BATCH_AWAITING_APPROVAL = """
SELECT * FROM rule_batch WHERE sequence = $1 AND state = 'held' ORDER BY created_at DESC, id LIMIT 1 FOR UPDATE"""

_BATCH_WAITS = """
SELECT id FROM rule_batch WHERE sequence = $1 AND state = 'held' LIMIT 1"""

_RULE_BATCH_ROW = """
SELECT * FROM rule_batch WHERE id = $1 FOR UPDATE"""

_ADD_RULE_BATCH = """
INSERT INTO rule_batch (id, sequence, version, origin, state, records, created_at)
VALUES ($1, $2, $3, $4, 'held', $5, $6) ON CONFLICT DO NOTHING RETURNING id"""

_KEEP_CHANGES_FOR_APPROVAL = """
INSERT INTO change_batch_hold (change_batch, sequence, rule_batch) VALUES ($1, $2, $3)
ON CONFLICT DO NOTHING"""

_CHANGES_AWAITING_APPROVAL = """
SELECT rule_batch FROM change_batch_hold WHERE change_batch = $1 AND sequence = $2"""

_RULE_BATCH_SCANNED = """
UPDATE rule_batch SET scanned_at = greatest(scanned_at, $2::timestamptz) WHERE id = $1"""

_COUNT_RULE_BATCH = """
UPDATE rule_batch SET records = (SELECT count(*) FROM rule_queue WHERE batch_id = $1) WHERE id = $1 AND state = 'held'"""

_BATCHES_AWAITING_APPROVAL_OF = """
SELECT * FROM rule_batch WHERE state = 'held' AND (id = $1 OR sequence = $1) ORDER BY sequence, id"""

_DECIDE_RULE_BATCH = """
UPDATE rule_batch SET state = $2, decided_by = $3, decided_at = $4 WHERE id = $1 AND state = 'held' RETURNING id"""

_APPROVE_QUEUE = """
UPDATE rule_queue SET state = 'waiting' WHERE batch_id = $1 AND state = 'held'"""

_DISCARD_QUEUE = """
DELETE FROM rule_queue WHERE batch_id = $1 AND state = 'held'"""

_RULE_STATE_ROW = """
SELECT * FROM rule_state WHERE sequence = $1"""

_SET_RULE_STATE = """
INSERT INTO rule_state (sequence, version, since) VALUES ($1, $2, $3)
ON CONFLICT (sequence) DO UPDATE SET version = excluded.version, since = excluded.since, broken = NULL"""

_DROP_RULE_STATE = """
DELETE FROM rule_state WHERE sequence = $1"""

_NOTE_BROKEN = """
UPDATE rule_state SET broken = $2::text WHERE sequence = $1 AND broken IS DISTINCT FROM $2::text RETURNING sequence"""

_RULE_SCANNED = """
UPDATE rule_state SET scanned_at = $2 WHERE sequence = $1"""

_ENTERED_AT = """
SELECT owner_id, person_id FROM enrollment
WHERE sequence = $1 AND via = 'rule' AND enrolled_at = $2 ORDER BY owner_id, person_id"""

_OWNERS_OF_OPEN_RUNS = """
SELECT DISTINCT owner_id FROM enrollment
WHERE sequence = $1 AND owner_id IS NOT NULL AND run_is_open(state) ORDER BY owner_id"""

_NAME_OF_PERSON = """
SELECT first_name, last_name FROM person WHERE id = $1"""

_ADD_RULE_NOTIFICATION = """
INSERT INTO notification (id, owner_id, kind, title, enrollment_id, person_id, sequence, records, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING"""

_PEOPLE_OF_BATCH = """
SELECT q.person_id, coalesce(nullif(pl.owner_id, ''), p.owner_id) AS owner_id
FROM rule_queue q
JOIN rule_batch b ON b.id = q.batch_id
JOIN sequence_version v ON v.sequence = b.sequence AND v.version = b.version
LEFT JOIN placement pl ON v.definition ->> 'record' = 'placement' AND pl.id = q.record_id
LEFT JOIN person p ON p.id = q.person_id
WHERE q.batch_id = $1 ORDER BY q.record_id"""

_CLOSE_EMPTY_BATCH = """
UPDATE rule_batch SET state = 'discarded', decided_at = $2, decided_by = 'empty', records = 0
WHERE id = $1 AND state = 'held' AND NOT EXISTS (SELECT 1 FROM rule_queue WHERE batch_id = $1)"""

_RULES_ARE_FINE = """
UPDATE rule_state SET broken = NULL WHERE broken IS NOT NULL AND sequence = ANY($1::text[])"""

_FORGET_SCANNED = """
UPDATE rule_state SET since = greatest(since, $2::timestamptz) WHERE sequence = $1"""


class BatchWaitsRow(Row):
    """A row of ``batch_waits``."""

    __slots__ = ("id",)

    def __init__(self, id: str) -> None:
        self.id: Final = id


class EnteredAtRow(Row):
    """A row of ``entered_at``."""

    __slots__ = ("owner_id", "person_id")

    def __init__(self, owner_id: str | None, person_id: str) -> None:
        self.owner_id: Final = owner_id
        self.person_id: Final = person_id


class NameOfPersonRow(Row):
    """A row of ``name_of_person``."""

    __slots__ = ("first_name", "last_name")

    def __init__(self, first_name: str | None, last_name: str | None) -> None:
        self.first_name: Final = first_name
        self.last_name: Final = last_name


class PeopleOfBatchRow(Row):
    """A row of ``people_of_batch``."""

    __slots__ = ("person_id", "owner_id")

    def __init__(self, person_id: str, owner_id: str | None) -> None:
        self.person_id: Final = person_id
        self.owner_id: Final = owner_id


class TakeWaitingRow(Row):
    """A row of ``take_waiting``."""

    __slots__ = ("record_id", "person_id")

    def __init__(self, record_id: str, person_id: str) -> None:
        self.record_id: Final = record_id
        self.person_id: Final = person_id


async def unwatched_changes(connection: Connection, *, limit: int) -> list[ChangeRow]:
    """Those of no batch. A second watcher passes over the rows of the first one."""
    return [ChangeRow(*ChangeRow.columns(found)) for found in await connection.fetch(_UNWATCHED_CHANGES, limit)]


async def changes_watched(connection: Connection, *, ids: Collection[int], at: datetime | None) -> int:
    """Runs ``changes_watched``."""
    return affected(await connection.execute(_CHANGES_WATCHED, ids, at))


async def lock_entering(connection: Connection, *, sequence: str) -> int:
    """``lock_entering``.

    hold_above and max_per_day count rows: whoever lets people in by rule does it one after the other, by sequence.
    """
    return affected(await connection.execute(_LOCK_ENTERING, sequence))


async def entered_by_rule(connection: Connection, *, sequence: str, since: datetime) -> int:
    """The value of ``entered_by_rule``."""
    value: int = await connection.fetchval(_ENTERED_BY_RULE, sequence, since)
    return value


async def entered_unasked(connection: Connection, *, sequence: str, since: datetime) -> int:
    """Those whom a person approved, or who waited for their day, do not count against the next batch."""
    value: int = await connection.fetchval(_ENTERED_UNASKED, sequence, since)
    return value


async def enrollments_among(connection: Connection, *, ids: Collection[str]) -> list[str]:
    """The rows of ``enrollments_among``."""
    return [found[0] for found in await connection.fetch(_ENROLLMENTS_AMONG, ids)]


async def add_rule_enrollments(
    connection: Connection, *, sequence: str, version: int, record_type: str, entries: object, at: datetime
) -> list[str]:
    """The rows of ``add_rule_enrollments``."""
    return [
        found[0] for found in await connection.fetch(_ADD_RULE_ENROLLMENTS, sequence, version, record_type, entries, at)
    ]


async def drop_enrollments(connection: Connection, *, ids: Collection[str]) -> int:
    """Only rows that this very transaction added and that lost the ledger's race."""
    return affected(await connection.execute(_DROP_ENROLLMENTS, ids))


async def mark_released(connection: Connection, *, ids: Collection[str]) -> int:
    """Runs ``mark_released``."""
    return affected(await connection.execute(_MARK_RELEASED, ids))


async def queued_among(connection: Connection, *, sequence: str, records: Collection[str]) -> list[str]:
    """The rows of ``queued_among``."""
    return [found[0] for found in await connection.fetch(_QUEUED_AMONG, sequence, records)]


async def queue_matches(
    connection: Connection, *, sequence: str, batch: str | None, state: str, matches: object, at: datetime
) -> int:
    """The value of ``queue_matches``."""
    value: int = await connection.fetchval(_QUEUE_MATCHES, sequence, batch, state, matches, at)
    return value


async def waiting_sequences(connection: Connection) -> list[str]:
    """The rows of ``waiting_sequences``."""
    return [found[0] for found in await connection.fetch(_WAITING_SEQUENCES)]


async def take_waiting(connection: Connection, *, sequence: str, limit: int) -> list[TakeWaitingRow]:
    """The rows of ``take_waiting``."""
    return [TakeWaitingRow(*found) for found in await connection.fetch(_TAKE_WAITING, sequence, limit)]


async def drop_from_queue(connection: Connection, *, sequence: str, records: Collection[str]) -> int:
    """Runs ``drop_from_queue``."""
    return affected(await connection.execute(_DROP_FROM_QUEUE, sequence, records))


async def drop_queue(connection: Connection, *, sequence: str) -> int:
    """Runs ``drop_queue``."""
    return affected(await connection.execute(_DROP_QUEUE, sequence))


async def batch_awaiting_approval(connection: Connection, *, sequence: str) -> RuleBatchRow | None:
    """Whatever made it: what matches while it waits joins it."""
    found = await connection.fetchrow(_BATCH_AWAITING_APPROVAL, sequence)
    return RuleBatchRow(*RuleBatchRow.columns(found)) if found is not None else None


async def batch_waits(connection: Connection, *, sequence: str) -> BatchWaitsRow | None:
    """The row of ``batch_waits``."""
    found = await connection.fetchrow(_BATCH_WAITS, sequence)
    return BatchWaitsRow(*found) if found is not None else None


async def rule_batch_row(connection: Connection, *, id: str) -> RuleBatchRow | None:
    """The row of ``rule_batch_row``."""
    found = await connection.fetchrow(_RULE_BATCH_ROW, id)
    return RuleBatchRow(*RuleBatchRow.columns(found)) if found is not None else None


async def add_rule_batch(
    connection: Connection, *, id: str, sequence: str, version: int, origin: str, records: int, at: datetime
) -> str | None:
    """The value of ``add_rule_batch``."""
    value: str | None = await connection.fetchval(_ADD_RULE_BATCH, id, sequence, version, origin, records, at)
    return value


async def keep_changes_for_approval(connection: Connection, *, changes: str, sequence: str, batch: str) -> int:
    """All pages of a batch of changes find the way to it."""
    return affected(await connection.execute(_KEEP_CHANGES_FOR_APPROVAL, changes, sequence, batch))


async def changes_awaiting_approval(connection: Connection, *, changes: str, sequence: str) -> str | None:
    """The value of ``changes_awaiting_approval``."""
    value: str | None = await connection.fetchval(_CHANGES_AWAITING_APPROVAL, changes, sequence)
    return value


async def rule_batch_scanned(connection: Connection, *, id: str, at: datetime) -> int:
    """Runs ``rule_batch_scanned``."""
    return affected(await connection.execute(_RULE_BATCH_SCANNED, id, at))


async def count_rule_batch(connection: Connection, *, id: str) -> int:
    """Runs ``count_rule_batch``."""
    return affected(await connection.execute(_COUNT_RULE_BATCH, id))


async def batches_awaiting_approval_of(connection: Connection, *, key: str) -> list[RuleBatchRow]:
    """The rows of ``batches_awaiting_approval_of``."""
    return [
        RuleBatchRow(*RuleBatchRow.columns(found))
        for found in await connection.fetch(_BATCHES_AWAITING_APPROVAL_OF, key)
    ]


async def decide_rule_batch(
    connection: Connection, *, id: str, state: str, by: str | None, at: datetime | None
) -> str | None:
    """The value of ``decide_rule_batch``."""
    value: str | None = await connection.fetchval(_DECIDE_RULE_BATCH, id, state, by, at)
    return value


async def approve_queue(connection: Connection, *, batch: str) -> int:
    """Runs ``approve_queue``."""
    return affected(await connection.execute(_APPROVE_QUEUE, batch))


async def discard_queue(connection: Connection, *, batch: str) -> int:
    """Runs ``discard_queue``."""
    return affected(await connection.execute(_DISCARD_QUEUE, batch))


async def rule_state_row(connection: Connection, *, sequence: str) -> RuleStateRow | None:
    """The row of ``rule_state_row``."""
    found = await connection.fetchrow(_RULE_STATE_ROW, sequence)
    return RuleStateRow(*RuleStateRow.columns(found)) if found is not None else None


async def set_rule_state(connection: Connection, *, sequence: str, version: int, since: datetime) -> int:
    """Runs ``set_rule_state``."""
    return affected(await connection.execute(_SET_RULE_STATE, sequence, version, since))


async def drop_rule_state(connection: Connection, *, sequence: str) -> int:
    """Runs ``drop_rule_state``."""
    return affected(await connection.execute(_DROP_RULE_STATE, sequence))


async def note_broken(connection: Connection, *, sequence: str, broken: str | None) -> str | None:
    """The value of ``note_broken``."""
    value: str | None = await connection.fetchval(_NOTE_BROKEN, sequence, broken)
    return value


async def rule_scanned(connection: Connection, *, sequence: str, at: datetime | None) -> int:
    """Runs ``rule_scanned``."""
    return affected(await connection.execute(_RULE_SCANNED, sequence, at))


async def entered_at(connection: Connection, *, sequence: str, at: datetime) -> list[EnteredAtRow]:
    """Whom a scan let in: all its pages carry one instant."""
    return [EnteredAtRow(*found) for found in await connection.fetch(_ENTERED_AT, sequence, at)]


async def owners_of_open_runs(connection: Connection, *, sequence: str) -> list[str]:
    """The rows of ``owners_of_open_runs``."""
    return [found[0] for found in await connection.fetch(_OWNERS_OF_OPEN_RUNS, sequence)]


async def name_of_person(connection: Connection, *, id: str) -> NameOfPersonRow | None:
    """The row of ``name_of_person``."""
    found = await connection.fetchrow(_NAME_OF_PERSON, id)
    return NameOfPersonRow(*found) if found is not None else None


async def add_rule_notification(
    connection: Connection,
    *,
    id: str,
    owner_id: str,
    kind: str,
    title: str,
    enrollment_id: str | None,
    person_id: str | None,
    sequence: str | None,
    records: int | None,
    at: datetime,
) -> int:
    """Runs ``add_rule_notification``."""
    return affected(
        await connection.execute(
            _ADD_RULE_NOTIFICATION, id, owner_id, kind, title, enrollment_id, person_id, sequence, records, at
        )
    )


async def people_of_batch(connection: Connection, *, batch: str) -> list[PeopleOfBatchRow]:
    """A placement's own owner comes first, as everywhere."""
    return [PeopleOfBatchRow(*found) for found in await connection.fetch(_PEOPLE_OF_BATCH, batch)]


async def close_empty_batch(connection: Connection, *, id: str, at: datetime | None) -> int:
    """Everybody of it was held or refused before: there is nothing to approve."""
    return affected(await connection.execute(_CLOSE_EMPTY_BATCH, id, at))


async def rules_are_fine(connection: Connection, *, sequences: Collection[str]) -> int:
    """Runs ``rules_are_fine``."""
    return affected(await connection.execute(_RULES_ARE_FINE, sequences))


async def forget_scanned(connection: Connection, *, sequence: str, at: datetime) -> int:
    """What a scan found and a person discarded is not found again tomorrow."""
    return affected(await connection.execute(_FORGET_SCANNED, sequence, at))
