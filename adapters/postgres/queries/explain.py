"""The queries of ``sql/explain.sql``.

Written by ``python -m tools.queries`` from ``sql/explain.sql``: change that, not this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.postgres.queries.tables import RuleStateRow
from adapters.postgres.row import Row

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from adapters.postgres.database import Connection

_EXPLAIN_WINDOWS_OF = """
SELECT id, sequence, person_id, record_id, scope, enrollment_id, via, opened_at, until, state, ended_at, reason
FROM reenrollment_window WHERE person_id = $1 ORDER BY opened_at DESC, id"""

_EXPLAIN_WINDOWS = """
SELECT id, sequence, person_id, record_id, scope, enrollment_id, via, opened_at, until, state, ended_at, reason
FROM reenrollment_window WHERE sequence = $1 AND person_id = $2 ORDER BY opened_at DESC, id"""

_EXPLAIN_RUNS = """
SELECT e.id, e.version, e.record_id, e.owner_id, e.via, e.lineage, e.state, e.reason, e.enrolled_at, e.ended_at,
       ARRAY(SELECT s.step FROM enrollment_step s WHERE s.enrollment_id = e.id AND s.state = 'planned'
             AND s.reason = 'no_day_zero' ORDER BY s.position) AS waits,
       t.step AS next_step, t.due_at AS next_due_at, t.reason AS next_reason
FROM enrollment e
LEFT JOIN LATERAL (SELECT step, due_at, reason FROM enrollment_step WHERE enrollment_id = e.id AND state = 'planned'
                   AND due_at IS NOT NULL ORDER BY position LIMIT 1) t ON e.ended_at IS NULL
WHERE e.sequence = $1 AND e.person_id = $2 ORDER BY e.enrolled_at DESC, e.id"""

_EXPLAIN_REFUSALS = """
SELECT reason, detail, via, times, coalesce(first_at, at) AS first_at, at, state, fields
FROM refusal WHERE sequence = $1 AND person_id = $2 AND record_id = $3
ORDER BY at DESC, id DESC LIMIT 20"""

_EXPLAIN_RULES_ON = """
SELECT sequence, version, since, scanned_at, broken FROM rule_state WHERE sequence = $1"""

_EXPLAIN_QUEUE = """
SELECT queue.state, queue.at, queue.batch_id, batch.records, batch.origin
FROM rule_queue AS queue LEFT JOIN rule_batch AS batch ON batch.id = queue.batch_id
WHERE queue.sequence = $1 AND queue.record_id = $2"""

_EXPLAIN_PLACEMENTS = """
SELECT id FROM placement WHERE person_id = $1 ORDER BY (deleted_at IS NOT NULL), id DESC"""

_EXPLAIN_UNWATCHED = """
SELECT count(*) FROM change
WHERE watched_at IS NULL AND (fields && $1::text[] OR (before = '{}'::jsonb AND entity IN ('person', 'placement')) OR $2::boolean)
  AND (entity, entity_id) IN (('person', $3::text), ('placement', $4::text),
                              ('client', $5::text), ('owner', $6::text))"""

_EXPLAIN_RULES_SWITCHED_ON = """
SELECT DISTINCT version.sequence, state.sequence IS NOT NULL AS on
FROM sequence_version AS version LEFT JOIN rule_state AS state USING (sequence) ORDER BY version.sequence"""


class ExplainQueueRow(Row):
    """A row of ``explain_queue``."""

    __slots__ = ("state", "at", "batch_id", "records", "origin")

    def __init__(self, state: str, at: datetime, batch_id: str | None, records: int | None, origin: str | None) -> None:
        self.state: Final = state
        self.at: Final = at
        self.batch_id: Final = batch_id
        self.records: Final = records
        self.origin: Final = origin


class ExplainRefusalsRow(Row):
    """A row of ``explain_refusals``."""

    __slots__ = ("reason", "detail", "via", "times", "first_at", "at", "state", "fields")

    def __init__(
        self,
        reason: str,
        detail: str,
        via: str,
        times: int,
        first_at: datetime,
        at: datetime,
        state: str,
        fields: list[str],
    ) -> None:
        self.reason: Final = reason
        self.detail: Final = detail
        self.via: Final = via
        self.times: Final = times
        self.first_at: Final = first_at
        self.at: Final = at
        self.state: Final = state
        self.fields: Final = fields


class ExplainRulesSwitchedOnRow(Row):
    """A row of ``explain_rules_switched_on``."""

    __slots__ = ("sequence", "on")

    def __init__(self, sequence: str, on: bool) -> None:
        self.sequence: Final = sequence
        self.on: Final = on


class ExplainRunsRow(Row):
    """A row of ``explain_runs``."""

    __slots__ = (
        "id",
        "version",
        "record_id",
        "owner_id",
        "via",
        "lineage",
        "state",
        "reason",
        "enrolled_at",
        "ended_at",
        "waits",
        "next_step",
        "next_due_at",
        "next_reason",
    )

    def __init__(
        self,
        id: str,
        version: int,
        record_id: str,
        owner_id: str | None,
        via: str,
        lineage: list[str],
        state: str,
        reason: str | None,
        enrolled_at: datetime,
        ended_at: datetime | None,
        waits: list[str],
        next_step: str | None,
        next_due_at: datetime | None,
        next_reason: str | None,
    ) -> None:
        self.id: Final = id
        self.version: Final = version
        self.record_id: Final = record_id
        self.owner_id: Final = owner_id
        self.via: Final = via
        self.lineage: Final = lineage
        self.state: Final = state
        self.reason: Final = reason
        self.enrolled_at: Final = enrolled_at
        self.ended_at: Final = ended_at
        self.waits: Final = waits
        self.next_step: Final = next_step
        self.next_due_at: Final = next_due_at
        self.next_reason: Final = next_reason


class ExplainWindowsOfRow(Row):
    """A row of ``explain_windows_of``."""

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
    )

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


class ExplainWindowsRow(Row):
    """A row of ``explain_windows``."""

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
    )

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


async def explain_windows_of(connection: Connection, *, person_id: str) -> list[ExplainWindowsOfRow]:
    """The rows of ``explain_windows_of``."""
    return [ExplainWindowsOfRow(*found) for found in await connection.fetch(_EXPLAIN_WINDOWS_OF, person_id)]


async def explain_windows(connection: Connection, *, sequence: str, person_id: str) -> list[ExplainWindowsRow]:
    """The rows of ``explain_windows``."""
    return [ExplainWindowsRow(*found) for found in await connection.fetch(_EXPLAIN_WINDOWS, sequence, person_id)]


async def explain_runs(connection: Connection, *, sequence: str, person_id: str) -> list[ExplainRunsRow]:
    """The rows of ``explain_runs``."""
    return [ExplainRunsRow(*found) for found in await connection.fetch(_EXPLAIN_RUNS, sequence, person_id)]


async def explain_refusals(
    connection: Connection, *, sequence: str, person_id: str, record_id: str
) -> list[ExplainRefusalsRow]:
    """The rows of ``explain_refusals``."""
    return [
        ExplainRefusalsRow(*found)
        for found in await connection.fetch(_EXPLAIN_REFUSALS, sequence, person_id, record_id)
    ]


async def explain_rules_on(connection: Connection, *, sequence: str) -> RuleStateRow | None:
    """The row of ``explain_rules_on``."""
    found = await connection.fetchrow(_EXPLAIN_RULES_ON, sequence)
    return RuleStateRow(*found) if found is not None else None


async def explain_queue(connection: Connection, *, sequence: str, record_id: str) -> ExplainQueueRow | None:
    """The row of ``explain_queue``."""
    found = await connection.fetchrow(_EXPLAIN_QUEUE, sequence, record_id)
    return ExplainQueueRow(*found) if found is not None else None


async def explain_placements(connection: Connection, *, person_id: str) -> list[str]:
    """The rows of ``explain_placements``."""
    return [found[0] for found in await connection.fetch(_EXPLAIN_PLACEMENTS, person_id)]


async def explain_unwatched(
    connection: Connection,
    *,
    fields: Collection[str],
    again: bool,
    person_id: str,
    record_id: str,
    client_id: str | None,
    owner_id: str | None,
) -> int:
    """``explain_unwatched``.

    Changes that concern the record and that the watcher has yet to see: of a field of the rule, of somebody new,
    and of anything when the record is to be looked at "again".
    """
    value: int = await connection.fetchval(_EXPLAIN_UNWATCHED, fields, again, person_id, record_id, client_id, owner_id)
    return value


async def explain_rules_switched_on(connection: Connection) -> list[ExplainRulesSwitchedOnRow]:
    """The rows of ``explain_rules_switched_on``."""
    return [ExplainRulesSwitchedOnRow(*found) for found in await connection.fetch(_EXPLAIN_RULES_SWITCHED_ON)]
