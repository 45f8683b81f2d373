"""The queries of ``sql/id_prefixes.sql``.

Written by ``python -m tools.queries`` from ``sql/id_prefixes.sql``: change that, not this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.postgres.row import Row

if TYPE_CHECKING:
    from collections.abc import Collection

    from adapters.postgres.database import Connection

_ENROLLMENT_BY_PREFIX = """
SELECT id FROM enrollment WHERE id COLLATE "C" >= $1 AND id COLLATE "C" < $1 || '~'
ORDER BY id COLLATE "C" LIMIT $2"""

_ENROLLMENT_NEIGHBOURS = """
SELECT given.id, before.id AS before, after.id AS after FROM unnest($1::text[]) AS given (id)
LEFT JOIN LATERAL (SELECT id FROM enrollment WHERE id COLLATE "C" < given.id
                   ORDER BY id COLLATE "C" DESC LIMIT 1) before ON true
LEFT JOIN LATERAL (SELECT id FROM enrollment WHERE id COLLATE "C" > given.id
                   ORDER BY id COLLATE "C" LIMIT 1) after ON true"""

_REACTION_BY_PREFIX = """
SELECT id FROM reaction WHERE id COLLATE "C" >= $1 AND id COLLATE "C" < $1 || '~'
ORDER BY id COLLATE "C" LIMIT $2"""

_REACTION_NEIGHBOURS = """
SELECT given.id, before.id AS before, after.id AS after FROM unnest($1::text[]) AS given (id)
LEFT JOIN LATERAL (SELECT id FROM reaction WHERE id COLLATE "C" < given.id
                   ORDER BY id COLLATE "C" DESC LIMIT 1) before ON true
LEFT JOIN LATERAL (SELECT id FROM reaction WHERE id COLLATE "C" > given.id
                   ORDER BY id COLLATE "C" LIMIT 1) after ON true"""

_DELIVERY_BY_PREFIX = """
SELECT id FROM follow_up WHERE kind IN ('enroll', 'webhook') AND id COLLATE "C" >= $1 AND id COLLATE "C" < $1 || '~'
ORDER BY id COLLATE "C" LIMIT $2"""

_DELIVERY_NEIGHBOURS = """
SELECT given.id, before.id AS before, after.id AS after FROM unnest($1::text[]) AS given (id)
LEFT JOIN LATERAL (SELECT id FROM follow_up WHERE kind IN ('enroll', 'webhook') AND id COLLATE "C" < given.id
                   ORDER BY id COLLATE "C" DESC LIMIT 1) before ON true
LEFT JOIN LATERAL (SELECT id FROM follow_up WHERE kind IN ('enroll', 'webhook') AND id COLLATE "C" > given.id
                   ORDER BY id COLLATE "C" LIMIT 1) after ON true"""

_INBOUND_BY_PREFIX = """
SELECT id FROM inbound WHERE id COLLATE "C" >= $1 AND id COLLATE "C" < $1 || '~'
ORDER BY id COLLATE "C" LIMIT $2"""

_INBOUND_NEIGHBOURS = """
SELECT given.id, before.id AS before, after.id AS after FROM unnest($1::text[]) AS given (id)
LEFT JOIN LATERAL (SELECT id FROM inbound WHERE id COLLATE "C" < given.id
                   ORDER BY id COLLATE "C" DESC LIMIT 1) before ON true
LEFT JOIN LATERAL (SELECT id FROM inbound WHERE id COLLATE "C" > given.id
                   ORDER BY id COLLATE "C" LIMIT 1) after ON true"""

_SEND_BY_PREFIX = """
SELECT id FROM send WHERE id COLLATE "C" >= $1 AND id COLLATE "C" < $1 || '~'
ORDER BY id COLLATE "C" LIMIT $2"""

_SEND_NEIGHBOURS = """
SELECT given.id, before.id AS before, after.id AS after FROM unnest($1::text[]) AS given (id)
LEFT JOIN LATERAL (SELECT id FROM send WHERE id COLLATE "C" < given.id
                   ORDER BY id COLLATE "C" DESC LIMIT 1) before ON true
LEFT JOIN LATERAL (SELECT id FROM send WHERE id COLLATE "C" > given.id
                   ORDER BY id COLLATE "C" LIMIT 1) after ON true"""

_BATCH_BY_PREFIX = """
SELECT id FROM rule_batch WHERE id COLLATE "C" >= $1 AND id COLLATE "C" < $1 || '~'
ORDER BY id COLLATE "C" LIMIT $2"""

_BATCH_NEIGHBOURS = """
SELECT given.id, before.id AS before, after.id AS after FROM unnest($1::text[]) AS given (id)
LEFT JOIN LATERAL (SELECT id FROM rule_batch WHERE id COLLATE "C" < given.id
                   ORDER BY id COLLATE "C" DESC LIMIT 1) before ON true
LEFT JOIN LATERAL (SELECT id FROM rule_batch WHERE id COLLATE "C" > given.id
                   ORDER BY id COLLATE "C" LIMIT 1) after ON true"""

_PERSON_BY_PREFIX = """
SELECT id FROM person WHERE id = $1
UNION ALL (SELECT id FROM person WHERE length(id) > 18 AND id COLLATE "C" > $1 AND id COLLATE "C" < $1 || '~'
           ORDER BY id COLLATE "C" LIMIT $2)"""

_PERSON_NEIGHBOURS = """
SELECT given.id, before.id AS before, after.id AS after FROM unnest($1::text[]) AS given (id)
LEFT JOIN LATERAL (SELECT id FROM person WHERE length(id) > 18 AND id COLLATE "C" < given.id
                   ORDER BY id COLLATE "C" DESC LIMIT 1) before ON true
LEFT JOIN LATERAL (SELECT id FROM person WHERE length(id) > 18 AND id COLLATE "C" > given.id
                   ORDER BY id COLLATE "C" LIMIT 1) after ON true"""

_PLACEMENT_BY_PREFIX = """
SELECT id FROM placement WHERE id = $1
UNION ALL (SELECT id FROM placement WHERE length(id) > 18 AND id COLLATE "C" > $1 AND id COLLATE "C" < $1 || '~'
           ORDER BY id COLLATE "C" LIMIT $2)"""

_PLACEMENT_NEIGHBOURS = """
SELECT given.id, before.id AS before, after.id AS after FROM unnest($1::text[]) AS given (id)
LEFT JOIN LATERAL (SELECT id FROM placement WHERE length(id) > 18 AND id COLLATE "C" < given.id
                   ORDER BY id COLLATE "C" DESC LIMIT 1) before ON true
LEFT JOIN LATERAL (SELECT id FROM placement WHERE length(id) > 18 AND id COLLATE "C" > given.id
                   ORDER BY id COLLATE "C" LIMIT 1) after ON true"""

_OWNER_BY_PREFIX = """
SELECT id FROM owner WHERE id = $1
UNION ALL (SELECT id FROM owner WHERE length(id) > 18 AND id COLLATE "C" > $1 AND id COLLATE "C" < $1 || '~'
           ORDER BY id COLLATE "C" LIMIT $2)"""

_OWNER_NEIGHBOURS = """
SELECT given.id, before.id AS before, after.id AS after FROM unnest($1::text[]) AS given (id)
LEFT JOIN LATERAL (SELECT id FROM owner WHERE length(id) > 18 AND id COLLATE "C" < given.id
                   ORDER BY id COLLATE "C" DESC LIMIT 1) before ON true
LEFT JOIN LATERAL (SELECT id FROM owner WHERE length(id) > 18 AND id COLLATE "C" > given.id
                   ORDER BY id COLLATE "C" LIMIT 1) after ON true"""


class NeighboursRow(Row):
    """A row of ``enrollment_neighbours``."""

    __slots__ = ("id", "before", "after")

    def __init__(self, id: str, before: str | None, after: str | None) -> None:
        self.id: Final = id
        self.before: Final = before
        self.after: Final = after


async def enrollment_by_prefix(connection: Connection, *, prefix: str, limit: int) -> list[str]:
    """The rows of ``enrollment_by_prefix``."""
    return [found[0] for found in await connection.fetch(_ENROLLMENT_BY_PREFIX, prefix, limit)]


async def enrollment_neighbours(connection: Connection, *, ids: Collection[str]) -> list[NeighboursRow]:
    """The rows of ``enrollment_neighbours``."""
    return [NeighboursRow(*found) for found in await connection.fetch(_ENROLLMENT_NEIGHBOURS, ids)]


async def reaction_by_prefix(connection: Connection, *, prefix: str, limit: int) -> list[str]:
    """The rows of ``reaction_by_prefix``."""
    return [found[0] for found in await connection.fetch(_REACTION_BY_PREFIX, prefix, limit)]


async def reaction_neighbours(connection: Connection, *, ids: Collection[str]) -> list[NeighboursRow]:
    """The rows of ``reaction_neighbours``."""
    return [NeighboursRow(*found) for found in await connection.fetch(_REACTION_NEIGHBOURS, ids)]


async def delivery_by_prefix(connection: Connection, *, prefix: str, limit: int) -> list[str]:
    """The rows of ``delivery_by_prefix``."""
    return [found[0] for found in await connection.fetch(_DELIVERY_BY_PREFIX, prefix, limit)]


async def delivery_neighbours(connection: Connection, *, ids: Collection[str]) -> list[NeighboursRow]:
    """The rows of ``delivery_neighbours``."""
    return [NeighboursRow(*found) for found in await connection.fetch(_DELIVERY_NEIGHBOURS, ids)]


async def inbound_by_prefix(connection: Connection, *, prefix: str, limit: int) -> list[str]:
    """The rows of ``inbound_by_prefix``."""
    return [found[0] for found in await connection.fetch(_INBOUND_BY_PREFIX, prefix, limit)]


async def inbound_neighbours(connection: Connection, *, ids: Collection[str]) -> list[NeighboursRow]:
    """The rows of ``inbound_neighbours``."""
    return [NeighboursRow(*found) for found in await connection.fetch(_INBOUND_NEIGHBOURS, ids)]


async def send_by_prefix(connection: Connection, *, prefix: str, limit: int) -> list[str]:
    """The rows of ``send_by_prefix``."""
    return [found[0] for found in await connection.fetch(_SEND_BY_PREFIX, prefix, limit)]


async def send_neighbours(connection: Connection, *, ids: Collection[str]) -> list[NeighboursRow]:
    """The rows of ``send_neighbours``."""
    return [NeighboursRow(*found) for found in await connection.fetch(_SEND_NEIGHBOURS, ids)]


async def batch_by_prefix(connection: Connection, *, prefix: str, limit: int) -> list[str]:
    """The rows of ``batch_by_prefix``."""
    return [found[0] for found in await connection.fetch(_BATCH_BY_PREFIX, prefix, limit)]


async def batch_neighbours(connection: Connection, *, ids: Collection[str]) -> list[NeighboursRow]:
    """The rows of ``batch_neighbours``."""
    return [NeighboursRow(*found) for found in await connection.fetch(_BATCH_NEIGHBOURS, ids)]


async def person_by_prefix(connection: Connection, *, prefix: str, limit: int) -> list[str]:
    """The rows of ``person_by_prefix``."""
    return [found[0] for found in await connection.fetch(_PERSON_BY_PREFIX, prefix, limit)]


async def person_neighbours(connection: Connection, *, ids: Collection[str]) -> list[NeighboursRow]:
    """The rows of ``person_neighbours``."""
    return [NeighboursRow(*found) for found in await connection.fetch(_PERSON_NEIGHBOURS, ids)]


async def placement_by_prefix(connection: Connection, *, prefix: str, limit: int) -> list[str]:
    """The rows of ``placement_by_prefix``."""
    return [found[0] for found in await connection.fetch(_PLACEMENT_BY_PREFIX, prefix, limit)]


async def placement_neighbours(connection: Connection, *, ids: Collection[str]) -> list[NeighboursRow]:
    """The rows of ``placement_neighbours``."""
    return [NeighboursRow(*found) for found in await connection.fetch(_PLACEMENT_NEIGHBOURS, ids)]


async def owner_by_prefix(connection: Connection, *, prefix: str, limit: int) -> list[str]:
    """The rows of ``owner_by_prefix``."""
    return [found[0] for found in await connection.fetch(_OWNER_BY_PREFIX, prefix, limit)]


async def owner_neighbours(connection: Connection, *, ids: Collection[str]) -> list[NeighboursRow]:
    """The rows of ``owner_neighbours``."""
    return [NeighboursRow(*found) for found in await connection.fetch(_OWNER_NEIGHBOURS, ids)]
