"""The queries of ``sql/events.sql``.

Written by ``python -m tools.queries`` from ``sql/events.sql``: change that, not this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from adapters.postgres.row import Row, affected

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from adapters.postgres.database import Connection

_ADD_PERSON_EVENT = """
SELECT fresh, change_id
FROM add_person_event($1, $2, $3, $4, $5, $6, $7, $8, $9)"""

_ADD_CREATED_EVENT = """
INSERT INTO person_event (id, person_id, kind, at, origin, lineage, source, recorded_at)
VALUES ($1, $2, 'created', $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING"""

_ECHOED_LINEAGE = """
SELECT e.lineage, e.sequence FROM follow_up f JOIN enrollment e ON e.id = f.enrollment_id
WHERE f.id = $1 AND f.kind = 'webhook'"""

_OWN_WRITES = """
SELECT c.entity, c.entity_id, c.after, c.lineage FROM change c
JOIN unnest($1::text[], $2::text[]) AS asked(entity, entity_id) USING (entity, entity_id)
WHERE c.origin = 'relance' AND c.at >= $3 AND c.lineage <> '{}'
ORDER BY c.id DESC"""

_OWN_EVENT = """
SELECT lineage FROM person_event
WHERE person_id = $1 AND kind = $2 AND at BETWEEN $3 AND $4 AND origin = 'relance'
  AND lineage <> '{}'
ORDER BY at DESC LIMIT 1"""


class AddPersonEventRow(Row):
    """A row of ``add_person_event``."""

    __slots__ = ("fresh", "change_id")

    def __init__(self, fresh: bool, change_id: int | None) -> None:
        self.fresh: Final = fresh
        self.change_id: Final = change_id


class EchoedLineageRow(Row):
    """A row of ``echoed_lineage``."""

    __slots__ = ("lineage", "sequence")

    def __init__(self, lineage: list[str], sequence: str) -> None:
        self.lineage: Final = lineage
        self.sequence: Final = sequence


class OwnEventRow(Row):
    """A row of ``own_event``."""

    __slots__ = ("lineage",)

    def __init__(self, lineage: list[str]) -> None:
        self.lineage: Final = lineage


class OwnWritesRow(Row):
    """A row of ``own_writes``."""

    __slots__ = ("entity", "entity_id", "after", "lineage")

    def __init__(self, entity: str, entity_id: str, after: Any, lineage: list[str]) -> None:
        self.entity: Final = entity
        self.entity_id: Final = entity_id
        self.after: Final = after
        self.lineage: Final = lineage


async def add_person_event(
    connection: Connection,
    *,
    id: str,
    person_id: str,
    kind: str,
    at: datetime,
    origin: str,
    lineage: Collection[str],
    source: str,
    event_id: str | None,
    recorded_at: datetime,
) -> AddPersonEventRow | None:
    """The row of ``add_person_event``."""
    found = await connection.fetchrow(
        _ADD_PERSON_EVENT, id, person_id, kind, at, origin, lineage, source, event_id, recorded_at
    )
    return AddPersonEventRow(*found) if found is not None else None


async def add_created_event(
    connection: Connection,
    *,
    id: str,
    person_id: str,
    at: datetime,
    origin: str,
    lineage: Collection[str],
    source: str | None,
    recorded_at: datetime,
) -> int:
    """Runs ``add_created_event``."""
    return affected(
        await connection.execute(_ADD_CREATED_EVENT, id, person_id, at, origin, lineage, source, recorded_at)
    )


async def echoed_lineage(connection: Connection, *, follow_up: str) -> EchoedLineageRow | None:
    """What a webhook follow-up stands for: the chain of its run, and the run's own sequence."""
    found = await connection.fetchrow(_ECHOED_LINEAGE, follow_up)
    return EchoedLineageRow(*found) if found is not None else None


async def own_writes(
    connection: Connection, *, entities: Collection[str], ids: Collection[str], since: datetime
) -> list[OwnWritesRow]:
    """What our automation wrote to these records lately, the newest first."""
    return [OwnWritesRow(*found) for found in await connection.fetch(_OWN_WRITES, entities, ids, since)]


async def own_event(
    connection: Connection, *, person_id: str, kind: str, since: datetime, until: datetime
) -> OwnEventRow | None:
    """``own_event``.

    The CRM logs what we sent as a contact of its own: an event of the same kind at nearly the same time is that
    one.
    """
    found = await connection.fetchrow(_OWN_EVENT, person_id, kind, since, until)
    return OwnEventRow(*found) if found is not None else None
