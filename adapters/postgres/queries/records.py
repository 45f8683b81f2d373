"""The queries of ``sql/records.sql``.

Written by ``python -m tools.queries`` from ``sql/records.sql``: change that, not this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from adapters.postgres.queries.tables import ClientRow, OwnerRow, PersonRow, PlacementRow
from adapters.postgres.row import Row, affected

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from adapters.postgres.database import Connection

_PERSON_ROW = """
SELECT * FROM person WHERE id = $1"""

_PLACEMENT_ROW = """
SELECT * FROM placement WHERE id = $1"""

_CLIENT_ROW = """
SELECT * FROM client WHERE id = $1"""

_OWNER_ROW = """
SELECT * FROM owner WHERE id = $1"""

_ADD_CHANGE = """
INSERT INTO change (entity, entity_id, fields, before, after, origin, lineage, event_id, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id"""

_PLACEMENT_IS_FREE = """
INSERT INTO change (entity, entity_id, fields, before, after, origin, at)
SELECT 'placement', pl.id, ARRAY['placement.person'], jsonb_build_object('person_id', $2::text),
       jsonb_build_object('person_id', pl.person_id), 'relance', $3
FROM placement pl WHERE pl.id = $1 AND pl.deleted_at IS NULL AND pl.person_id <> $2"""

_CRM_EVENT_ANSWER = """
SELECT digest, answer FROM crm_event WHERE id = $1"""

_ADD_CRM_EVENT = """
WITH brought AS (SELECT count(*) AS rows FROM change WHERE batch = 'event:' || $1::text AND watched_at IS NULL),
noted AS (
    INSERT INTO change_batch (id, origin, rows, opened_at, closed_at)
    SELECT 'event:' || $1::text, 'event', rows, $2::timestamptz, $2::timestamptz FROM brought WHERE rows > 0
)
INSERT INTO crm_event (id, received_at, digest, answer) VALUES ($1, $2, $3, $4)"""

_ANSWER_CRM_EVENT = """
UPDATE crm_event SET answer = $2 WHERE id = $1"""

_FIELDS_CHANGED_SINCE = """
SELECT DISTINCT field FROM change, unnest(fields) AS each(field)
WHERE entity = $1 AND entity_id = $2 AND event_id IS DISTINCT FROM $3
  AND at >= (SELECT received_at FROM crm_event WHERE id = $3)"""

_FIELD_TIMES = """
SELECT field, at, version FROM field_told WHERE entity = $1 AND entity_id = $2"""

_KEEP_FIELD_TIMES = """
INSERT INTO field_told AS known (entity, entity_id, field, waiting, at, version)
SELECT $1, $2, told.field, told.waiting, $5::timestamptz, $6::bigint
FROM unnest($3::text[], $4::text[]) AS told(field, waiting)
ON CONFLICT (entity, entity_id, field) DO UPDATE
SET at = greatest(known.at, excluded.at), version = greatest(known.version, excluded.version),
    waiting = excluded.waiting"""

_WAITING_MARK = """
UPDATE field_told f SET waiting = NULL
FROM (SELECT waiting FROM field_told WHERE entity = $1 AND entity_id = $2 AND field = 'deleted') AS old
WHERE f.entity = $1 AND f.entity_id = $2 AND f.field = 'deleted' AND old.waiting IS NOT NULL
RETURNING old.waiting"""

_LOCK_CRM_EVENT = """
SELECT pg_advisory_xact_lock(hashtextextended('crm_event:' || $1, 0)),
       set_config('relance.batch', 'event:' || $1::text, true)"""

_LOCK_RECORD = """
SELECT pg_advisory_xact_lock(hashtextextended('record:' || $1, 0))"""

_LOCK_RECORDS = """
SELECT pg_advisory_xact_lock(hashtextextended('record:' || key, 0)) FROM unnest($1::text[]) AS keys(key)"""

_OPEN_RUNS_ABOUT = """
SELECT id, workflow_id, sequence, version, record_type, person_id FROM enrollment
WHERE run_is_open(state)
  AND (($1 = 'person' AND person_id = $2)
       OR ($1 = 'placement' AND record_type = 'placement' AND record_id = $2)
       OR ($1 = 'client' AND record_type = 'placement'
           AND record_id IN (SELECT id FROM placement WHERE client_id = $2)))"""

_MARK_PERSON_DELETED = """
UPDATE person SET deleted_at = $2, merged_into = CASE WHEN $2::timestamptz IS NULL THEN NULL ELSE merged_into END
WHERE id = $1 AND (deleted_at IS NULL) <> ($2::timestamptz IS NULL)"""

_MARK_PERSON_MERGED = """
UPDATE person SET deleted_at = coalesce(deleted_at, $3), merged_into = $2
WHERE id = $1 AND merged_into IS DISTINCT FROM $2"""

_PASS_ON_SUPPRESSIONS = """
WITH passed AS (
    INSERT INTO suppression (person_id, address, channel, reason, source, since)
    SELECT $2, NULL, s.channel, s.reason, $3, $4 FROM suppression s
    WHERE s.person_id = $1 AND s.lifted_at IS NULL
    ON CONFLICT DO NOTHING RETURNING id, channel, reason
), covered AS (
    INSERT INTO suppressed_address (address, suppression_id, channel)
    SELECT DISTINCT a.address, p.id, p.channel
    FROM passed p JOIN suppression s
      ON s.person_id = $1 AND s.lifted_at IS NULL AND (s.channel, s.reason) = (p.channel, p.reason)
    JOIN suppressed_address a ON a.suppression_id = s.id
    ON CONFLICT DO NOTHING
)
SELECT channel FROM passed"""

_LIFT_SUPPRESSIONS_BY = """
WITH RECURSIVE one AS (
    SELECT $1::text AS id UNION SELECT p.id FROM person p JOIN one ON p.merged_into = one.id
)
UPDATE suppression SET lifted_at = $4
WHERE person_id IN (SELECT id FROM one) AND reason = $2 AND lifted_at IS NULL AND channel <> ALL($3::text[])
RETURNING channel"""

_MARK_PLACEMENT_DELETED = """
UPDATE placement SET deleted_at = $2 WHERE id = $1 AND (deleted_at IS NULL) <> ($2::timestamptz IS NULL)"""

_MARK_PERSON_FIELDS = """
UPDATE person SET field_lineage = field_lineage || $2 WHERE id = $1"""

_UNMARK_PERSON_FIELDS = """
UPDATE person SET field_lineage = field_lineage - $2::text[] WHERE id = $1 AND field_lineage <> '{}'"""

_MARK_PLACEMENT_FIELDS = """
UPDATE placement SET field_lineage = field_lineage || $2 WHERE id = $1"""

_UNMARK_PLACEMENT_FIELDS = """
UPDATE placement SET field_lineage = field_lineage - $2::text[] WHERE id = $1 AND field_lineage <> '{}'"""


class CrmEventAnswerRow(Row):
    """A row of ``crm_event_answer``."""

    __slots__ = ("digest", "answer")

    def __init__(self, digest: str, answer: Any) -> None:
        self.digest: Final = digest
        self.answer: Final = answer


class FieldTimesRow(Row):
    """A row of ``field_times``."""

    __slots__ = ("field", "at", "version")

    def __init__(self, field: str, at: datetime | None, version: int | None) -> None:
        self.field: Final = field
        self.at: Final = at
        self.version: Final = version


class OpenRunsAboutRow(Row):
    """A row of ``open_runs_about``."""

    __slots__ = ("id", "workflow_id", "sequence", "version", "record_type", "person_id")

    def __init__(
        self, id: str, workflow_id: str, sequence: str, version: int, record_type: str, person_id: str
    ) -> None:
        self.id: Final = id
        self.workflow_id: Final = workflow_id
        self.sequence: Final = sequence
        self.version: Final = version
        self.record_type: Final = record_type
        self.person_id: Final = person_id


async def person_row(connection: Connection, *, id: str) -> PersonRow | None:
    """The row of ``person_row``."""
    found = await connection.fetchrow(_PERSON_ROW, id)
    return PersonRow(*PersonRow.columns(found)) if found is not None else None


async def placement_row(connection: Connection, *, id: str) -> PlacementRow | None:
    """The row of ``placement_row``."""
    found = await connection.fetchrow(_PLACEMENT_ROW, id)
    return PlacementRow(*PlacementRow.columns(found)) if found is not None else None


async def client_row(connection: Connection, *, id: str) -> ClientRow | None:
    """The row of ``client_row``."""
    found = await connection.fetchrow(_CLIENT_ROW, id)
    return ClientRow(*ClientRow.columns(found)) if found is not None else None


async def owner_row(connection: Connection, *, id: str) -> OwnerRow | None:
    """The row of ``owner_row``."""
    found = await connection.fetchrow(_OWNER_ROW, id)
    return OwnerRow(*OwnerRow.columns(found)) if found is not None else None


async def add_change(
    connection: Connection,
    *,
    entity: str,
    entity_id: str,
    fields: Collection[str],
    before: object,
    after: object,
    origin: str,
    lineage: Collection[str],
    event_id: str | None,
    at: datetime,
) -> int:
    """The value of ``add_change``."""
    value: int = await connection.fetchval(
        _ADD_CHANGE, entity, entity_id, fields, before, after, origin, lineage, event_id, at
    )
    return value


async def placement_is_free(connection: Connection, *, id: str, person_id: str, at: datetime) -> int:
    """The run of the person before has ended: for the rules, the placement changes hands now."""
    return affected(await connection.execute(_PLACEMENT_IS_FREE, id, person_id, at))


async def crm_event_answer(connection: Connection, *, id: str) -> CrmEventAnswerRow | None:
    """The row of ``crm_event_answer``."""
    found = await connection.fetchrow(_CRM_EVENT_ANSWER, id)
    return CrmEventAnswerRow(*found) if found is not None else None


async def add_crm_event(
    connection: Connection, *, id: str, received_at: datetime | None, digest: str, answer: object
) -> int:
    """With the batch of its changes: the rule watcher takes them as one."""
    return affected(await connection.execute(_ADD_CRM_EVENT, id, received_at, digest, answer))


async def answer_crm_event(connection: Connection, *, id: str, answer: object) -> int:
    """Runs ``answer_crm_event``."""
    return affected(await connection.execute(_ANSWER_CRM_EVENT, id, answer))


async def fields_changed_since(
    connection: Connection, *, entity: str, entity_id: str, event_id: str | None
) -> list[str]:
    """Fields of a record that others have written since that event was taken in."""
    return [found[0] for found in await connection.fetch(_FIELDS_CHANGED_SINCE, entity, entity_id, event_id)]


async def field_times(connection: Connection, *, entity: str, entity_id: str) -> list[FieldTimesRow]:
    """The rows of ``field_times``."""
    return [FieldTimesRow(*found) for found in await connection.fetch(_FIELD_TIMES, entity, entity_id)]


async def keep_field_times(
    connection: Connection,
    *,
    entity: str,
    entity_id: str,
    fields: Collection[str],
    waiting: Collection[str | None],
    at: datetime | None,
    version: int | None,
) -> int:
    """Runs ``keep_field_times``."""
    return affected(await connection.execute(_KEEP_FIELD_TIMES, entity, entity_id, fields, waiting, at, version))


async def waiting_mark(connection: Connection, *, entity: str, entity_id: str) -> str | None:
    """The value of ``waiting_mark``."""
    value: str | None = await connection.fetchval(_WAITING_MARK, entity, entity_id)
    return value


async def lock_crm_event(connection: Connection, *, id: str) -> int:
    """Two deliveries of one event at the same moment: the second waits here, then finds the first one's answer.

    Every change of this transaction belongs to the event's batch (0032).
    """
    return affected(await connection.execute(_LOCK_CRM_EVENT, id))


async def lock_record(connection: Connection, *, key: str) -> int:
    """Runs ``lock_record``."""
    return affected(await connection.execute(_LOCK_RECORD, key))


async def lock_records(connection: Connection, *, keys: Collection[str]) -> int:
    """In the order of the array: everybody who locks several sorts them first."""
    return affected(await connection.execute(_LOCK_RECORDS, keys))


async def open_runs_about(connection: Connection, *, entity: str, entity_id: str) -> list[OpenRunsAboutRow]:
    """The rows of ``open_runs_about``."""
    return [OpenRunsAboutRow(*found) for found in await connection.fetch(_OPEN_RUNS_ABOUT, entity, entity_id)]


async def mark_person_deleted(connection: Connection, *, id: str, at: datetime | None) -> int:
    """A null instant brings the person back, also one that had been merged into another."""
    return affected(await connection.execute(_MARK_PERSON_DELETED, id, at))


async def mark_person_merged(connection: Connection, *, id: str, into: str | None, at: datetime) -> int:
    """Runs ``mark_person_merged``."""
    return affected(await connection.execute(_MARK_PERSON_MERGED, id, into, at))


async def pass_on_suppressions(
    connection: Connection, *, id: str, into: str | None, source: str, at: datetime
) -> list[str]:
    """Who asked not to be contacted stays so under the other record's id, at the addresses of both."""
    return [found[0] for found in await connection.fetch(_PASS_ON_SUPPRESSIONS, id, into, source, at)]


async def lift_suppressions_by(
    connection: Connection, *, person_id: str, reason: str, keep: Collection[str], at: datetime | None
) -> list[str]:
    """Also of those who were merged into the person: their addresses are the person's."""
    return [found[0] for found in await connection.fetch(_LIFT_SUPPRESSIONS_BY, person_id, reason, keep, at)]


async def mark_placement_deleted(connection: Connection, *, id: str, at: datetime | None) -> int:
    """Runs ``mark_placement_deleted``."""
    return affected(await connection.execute(_MARK_PLACEMENT_DELETED, id, at))


async def mark_person_fields(connection: Connection, *, id: str, marks: object) -> int:
    """Runs ``mark_person_fields``."""
    return affected(await connection.execute(_MARK_PERSON_FIELDS, id, marks))


async def unmark_person_fields(connection: Connection, *, id: str, columns: Collection[str]) -> int:
    """Runs ``unmark_person_fields``."""
    return affected(await connection.execute(_UNMARK_PERSON_FIELDS, id, columns))


async def mark_placement_fields(connection: Connection, *, id: str, marks: object) -> int:
    """Runs ``mark_placement_fields``."""
    return affected(await connection.execute(_MARK_PLACEMENT_FIELDS, id, marks))


async def unmark_placement_fields(connection: Connection, *, id: str, columns: Collection[str]) -> int:
    """Runs ``unmark_placement_fields``."""
    return affected(await connection.execute(_UNMARK_PLACEMENT_FIELDS, id, columns))
