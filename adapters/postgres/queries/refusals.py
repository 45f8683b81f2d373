"""The queries of ``sql/refusals.sql``.

Written by ``python -m tools.queries`` from ``sql/refusals.sql``: change that, not this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from adapters.postgres.row import Row, affected

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from adapters.postgres.database import Connection

_ADD_RULE_REFUSALS = """
WITH told AS (
    SELECT r.person_id, r.record_id, r.reason, r.detail, r.keeps,
           ARRAY(SELECT jsonb_array_elements_text(r.fields)) AS fields
    FROM jsonb_to_recordset($2::jsonb)
         AS r(person_id text, record_id text, reason text, detail text, fields jsonb, keeps boolean)
), passed AS (
    UPDATE refusal f SET state = 'passed' FROM told t
    WHERE f.sequence = $1 AND f.record_id = t.record_id AND f.state = 'standing'
      AND (f.reason <> t.reason OR f.via <> 'rule') AND NOT t.keeps
)
INSERT INTO refusal (sequence, person_id, record_id, reason, detail, via, at, first_at, since, fields)
SELECT $1, t.person_id, t.record_id, t.reason, t.detail, 'rule', $3::timestamptz, $3::timestamptz,
       $3::timestamptz, t.fields
FROM told t ORDER BY t.record_id, t.reason
ON CONFLICT (sequence, record_id, reason) WHERE via = 'rule'
DO UPDATE SET at = excluded.at, detail = excluded.detail, times = refusal.times + 1, person_id = excluded.person_id,
              fields = excluded.fields, state = 'standing',
              since = CASE WHEN refusal.state = 'standing' THEN refusal.since ELSE excluded.since END
RETURNING record_id, since = $3::timestamptz AS fresh"""

_ADD_REFUSAL = """
WITH passed AS (
    UPDATE refusal SET state = 'passed'
    WHERE sequence = $1 AND record_id = $3 AND state = 'standing' AND via <> 'rule'
)
INSERT INTO refusal (sequence, person_id, record_id, reason, detail, via, at, since)
VALUES ($1, $2, $3, $4, $5, $6, $7, $7)"""

_REFUSALS_ENTERED = """
UPDATE refusal SET state = 'entered'
WHERE sequence = $1 AND record_id = ANY($2::text[]) AND state = 'standing'"""

_REFUSALS_PASSED = """
UPDATE refusal SET state = 'passed'
WHERE sequence = $1 AND record_id = ANY($2::text[]) AND state = 'standing' AND via = 'rule'"""

_REFUSALS_OF_SEQUENCE_PASSED = """
UPDATE refusal SET state = 'passed' WHERE sequence = $1 AND state = 'standing' AND via = 'rule'"""

_REFUSED_TOUCHED = """
SELECT sequence, record_id FROM refusal
WHERE state = 'standing' AND via = 'rule' AND reason <> ALL($3::text[]) AND person_id = ANY($1::text[])
UNION
SELECT sequence, record_id FROM refusal
WHERE state = 'standing' AND via = 'rule' AND reason <> ALL($3::text[]) AND record_id = ANY($2::text[])"""

_REFUSED_TOUCHED_BY_LINKS = """
SELECT DISTINCT r.sequence, r.record_id
FROM refusal r LEFT JOIN placement pl ON pl.id = r.record_id LEFT JOIN person p ON p.id = coalesce(pl.person_id, r.person_id)
WHERE r.state = 'standing' AND r.via = 'rule' AND r.reason <> ALL($3::text[])
  AND (p.client_id = ANY($1::text[]) OR pl.client_id = ANY($1::text[])
       OR p.owner_id = ANY($2::text[]) OR pl.owner_id = ANY($2::text[]))"""

_REFUSED_PAGE = """
SELECT DISTINCT record_id FROM refusal
WHERE sequence = $1 AND state = 'standing' AND via = 'rule' AND reason <> ALL($5::text[])
  AND at <> $4 AND record_id > $2 ORDER BY record_id LIMIT $3"""

_REFUSED_WAITS_FOR = """
SELECT r.record_id, r.reason, r.fields, coalesce(p.field_lineage, '{}') AS person,
       coalesce(pl.field_lineage, '{}') AS placement
FROM refusal r
LEFT JOIN placement pl ON $2::text = 'placement' AND pl.id = r.record_id
LEFT JOIN person p ON p.id = coalesce(pl.person_id, r.person_id)
WHERE r.sequence = $1 AND r.record_id = ANY($3::text[]) AND r.state = 'standing' AND r.via = 'rule'
  AND r.reason <> ALL($4::text[])"""

_REFUSED_AT = """
SELECT r.reason, r.detail, r.fields, r.person_id, coalesce(nullif(pl.owner_id, ''), p.owner_id) AS owner_id
FROM refusal r
JOIN rule_state s ON s.sequence = r.sequence
JOIN sequence_version v ON v.sequence = s.sequence AND v.version = s.version
LEFT JOIN placement pl ON v.definition ->> 'record' = 'placement' AND pl.id = r.record_id
LEFT JOIN person p ON p.id = coalesce(pl.person_id, r.person_id)
WHERE r.sequence = $1 AND r.via = 'rule' AND r.state = 'standing' AND r.at = $2 AND r.since = $2
ORDER BY r.record_id"""


class AddRuleRefusalsRow(Row):
    """A row of ``add_rule_refusals``."""

    __slots__ = ("record_id", "fresh")

    def __init__(self, record_id: str, fresh: bool | None) -> None:
        self.record_id: Final = record_id
        self.fresh: Final = fresh


class RefusedAtRow(Row):
    """A row of ``refused_at``."""

    __slots__ = ("reason", "detail", "fields", "person_id", "owner_id")

    def __init__(self, reason: str, detail: str, fields: list[str], person_id: str, owner_id: str | None) -> None:
        self.reason: Final = reason
        self.detail: Final = detail
        self.fields: Final = fields
        self.person_id: Final = person_id
        self.owner_id: Final = owner_id


class RefusedTouchedRow(Row):
    """A row of ``refused_touched``."""

    __slots__ = ("sequence", "record_id")

    def __init__(self, sequence: str, record_id: str) -> None:
        self.sequence: Final = sequence
        self.record_id: Final = record_id


class RefusedWaitsForRow(Row):
    """A row of ``refused_waits_for``."""

    __slots__ = ("record_id", "reason", "fields", "person", "placement")

    def __init__(self, record_id: str, reason: str, fields: list[str], person: Any, placement: Any) -> None:
        self.record_id: Final = record_id
        self.reason: Final = reason
        self.fields: Final = fields
        self.person: Final = person
        self.placement: Final = placement


async def add_rule_refusals(
    connection: Connection, *, sequence: str, refusals: object, at: datetime | None
) -> list[AddRuleRefusalsRow]:
    """One row for each record and reason.

    A new reason ends the one before, unless it "keeps" that. "fresh" is what did not stand already.
    """
    return [AddRuleRefusalsRow(*found) for found in await connection.fetch(_ADD_RULE_REFUSALS, sequence, refusals, at)]


async def add_refusal(
    connection: Connection,
    *,
    sequence: str,
    person_id: str,
    record_id: str,
    reason: str,
    detail: str,
    via: str,
    at: datetime | None,
) -> int:
    """Somebody asked for it by hand, and got the answer."""
    return affected(await connection.execute(_ADD_REFUSAL, sequence, person_id, record_id, reason, detail, via, at))


async def refusals_entered(connection: Connection, *, sequence: str, records: Collection[str]) -> int:
    """Runs ``refusals_entered``."""
    return affected(await connection.execute(_REFUSALS_ENTERED, sequence, records))


async def refusals_passed(connection: Connection, *, sequence: str, records: Collection[str]) -> int:
    """The rule is not true of them any more: what stood against them is of no interest."""
    return affected(await connection.execute(_REFUSALS_PASSED, sequence, records))


async def refusals_of_sequence_passed(connection: Connection, *, sequence: str) -> int:
    """Other rules, or none: nobody waits for those before."""
    return affected(await connection.execute(_REFUSALS_OF_SEQUENCE_PASSED, sequence))


async def refused_touched(
    connection: Connection, *, persons: Collection[str], placements: Collection[str], final: Collection[str]
) -> list[RefusedTouchedRow]:
    """Records that were refused for what can pass, and about which something changed."""
    return [RefusedTouchedRow(*found) for found in await connection.fetch(_REFUSED_TOUCHED, persons, placements, final)]


async def refused_touched_by_links(
    connection: Connection, *, clients: Collection[str], owners: Collection[str], final: Collection[str]
) -> list[RefusedTouchedRow]:
    """The same, when their owner or client changed."""
    return [
        RefusedTouchedRow(*found) for found in await connection.fetch(_REFUSED_TOUCHED_BY_LINKS, clients, owners, final)
    ]


async def refused_page(
    connection: Connection, *, sequence: str, after: str, limit: int, at: datetime, final: Collection[str]
) -> list[str]:
    """The rows of ``refused_page``."""
    return [found[0] for found in await connection.fetch(_REFUSED_PAGE, sequence, after, limit, at, final)]


async def refused_waits_for(
    connection: Connection, *, sequence: str, record_type: str, records: Collection[str], final: Collection[str]
) -> list[RefusedWaitsForRow]:
    """What each waits for, and which automation wrote what lately."""
    return [
        RefusedWaitsForRow(*found)
        for found in await connection.fetch(_REFUSED_WAITS_FOR, sequence, record_type, records, final)
    ]


async def refused_at(connection: Connection, *, sequence: str, at: datetime) -> list[RefusedAtRow]:
    """Whom a scan, or a batch in several pages, refused afresh: all its pages carry one instant."""
    return [RefusedAtRow(*found) for found in await connection.fetch(_REFUSED_AT, sequence, at)]
