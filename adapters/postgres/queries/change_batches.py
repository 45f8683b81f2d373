"""The queries of ``sql/change_batches.sql``.

Written by ``python -m tools.queries`` from ``sql/change_batches.sql``: change that, not this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.postgres.queries.tables import ChangeRow
from adapters.postgres.row import Row, affected

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from adapters.postgres.database import Connection

_WRITE_BATCH = """
SELECT set_config('relance.batch', $1::text, true)"""

_KEEP_BATCH_OPEN = """
SELECT pg_advisory_lock(hashtextextended('batch:' || $1::text, 0)), set_config('tcp_keepalives_idle', '30', false),
       set_config('tcp_keepalives_interval', '10', false), set_config('tcp_keepalives_count', '3', false)"""

_RELEASE_BATCH_LOCK = """
SELECT pg_advisory_unlock(hashtextextended('batch:' || $1::text, 0)), set_config('tcp_keepalives_idle', '0', false),
       set_config('tcp_keepalives_interval', '0', false), set_config('tcp_keepalives_count', '0', false)"""

_OPEN_BATCH = """
INSERT INTO change_batch (id, origin, opened_at) VALUES ($1, 'import', $2)"""

_CLOSE_BATCH = """
UPDATE change_batch SET closed_at = $2, rows = (SELECT count(*) FROM change WHERE batch = $1 AND watched_at IS NULL)
WHERE id = $1 AND closed_at IS NULL"""

_OPEN_BATCHES = """
SELECT id FROM change_batch WHERE closed_at IS NULL ORDER BY id"""

_TAKE_LEFT_BATCH = """
SELECT pg_try_advisory_xact_lock(hashtextextended('batch:' || $1::text, 0))"""

_UNWATCHED_BATCHES = """
SELECT id, origin, rows, weighed_at FROM change_batch
WHERE watched_at IS NULL AND closed_at IS NOT NULL ORDER BY number LIMIT $1 FOR UPDATE SKIP LOCKED"""

_CHANGES_OF_BATCHES = """
SELECT * FROM change WHERE watched_at IS NULL AND batch = ANY($1::text[]) ORDER BY batch, id LIMIT $2"""

_BATCHES_WATCHED = """
UPDATE change_batch SET watched_at = $2 WHERE id = ANY($1::text[])"""

_BATCH_WEIGHED = """
UPDATE change_batch SET weighed_at = $2 WHERE id = $1"""

_BATCH_HAS_MORE = """
SELECT EXISTS (SELECT 1 FROM change WHERE batch = $1 AND watched_at IS NULL)"""

_CONCERNED_BY_BATCH = """
SELECT entity, array_agg(DISTINCT entity_id) AS ids FROM change
WHERE batch = $1 AND watched_at IS NULL
  AND (fields && $2::text[] OR (before = '{}'::jsonb AND entity = ANY($3::text[])))
GROUP BY entity"""

_TOUCHED_BY_BATCH = """
SELECT entity, array_agg(DISTINCT entity_id) AS ids FROM change WHERE batch = $1 AND watched_at IS NULL GROUP BY entity"""


class ConcernedByBatchRow(Row):
    """A row of ``concerned_by_batch``."""

    __slots__ = ("entity", "ids")

    def __init__(self, entity: str, ids: list[str]) -> None:
        self.entity: Final = entity
        self.ids: Final = ids


class TouchedByBatchRow(Row):
    """A row of ``touched_by_batch``."""

    __slots__ = ("entity", "ids")

    def __init__(self, entity: str, ids: list[str]) -> None:
        self.entity: Final = entity
        self.ids: Final = ids


class UnwatchedBatchesRow(Row):
    """A row of ``unwatched_batches``."""

    __slots__ = ("id", "origin", "rows", "weighed_at")

    def __init__(self, id: str, origin: str, rows: int, weighed_at: datetime | None) -> None:
        self.id: Final = id
        self.origin: Final = origin
        self.rows: Final = rows
        self.weighed_at: Final = weighed_at


async def write_batch(connection: Connection, *, id: str) -> int:
    """Every change of this transaction belongs to it."""
    return affected(await connection.execute(_WRITE_BATCH, id))


async def keep_batch_open(connection: Connection, *, id: str) -> int:
    """For as long as this session lives; tells the server to notice a peer that is gone within a minute."""
    return affected(await connection.execute(_KEEP_BATCH_OPEN, id))


async def release_batch_lock(connection: Connection, *, id: str) -> int:
    """Runs ``release_batch_lock``."""
    return affected(await connection.execute(_RELEASE_BATCH_LOCK, id))


async def open_batch(connection: Connection, *, id: str, at: datetime) -> int:
    """Runs ``open_batch``."""
    return affected(await connection.execute(_OPEN_BATCH, id, at))


async def close_batch(connection: Connection, *, id: str, at: datetime | None) -> int:
    """Runs ``close_batch``."""
    return affected(await connection.execute(_CLOSE_BATCH, id, at))


async def open_batches(connection: Connection) -> list[str]:
    """The rows of ``open_batches``."""
    return [found[0] for found in await connection.fetch(_OPEN_BATCHES)]


async def take_left_batch(connection: Connection, *, id: str) -> bool | None:
    """True when nobody writes it any more; then nobody else closes it before we commit."""
    value: bool | None = await connection.fetchval(_TAKE_LEFT_BATCH, id)
    return value


async def unwatched_batches(connection: Connection, *, limit: int) -> list[UnwatchedBatchesRow]:
    """The order of all watchers; a second one passes over those of the first one."""
    return [UnwatchedBatchesRow(*found) for found in await connection.fetch(_UNWATCHED_BATCHES, limit)]


async def changes_of_batches(connection: Connection, *, batches: Collection[str], limit: int | None) -> list[ChangeRow]:
    """The rows of ``changes_of_batches``."""
    return [
        ChangeRow(*ChangeRow.columns(found)) for found in await connection.fetch(_CHANGES_OF_BATCHES, batches, limit)
    ]


async def batches_watched(connection: Connection, *, batches: Collection[str], at: datetime | None) -> int:
    """Runs ``batches_watched``."""
    return affected(await connection.execute(_BATCHES_WATCHED, batches, at))


async def batch_weighed(connection: Connection, *, id: str, at: datetime | None) -> int:
    """Runs ``batch_weighed``."""
    return affected(await connection.execute(_BATCH_WEIGHED, id, at))


async def batch_has_more(connection: Connection, *, id: str) -> bool:
    """The value of ``batch_has_more``."""
    value: bool = await connection.fetchval(_BATCH_HAS_MORE, id)
    return value


async def concerned_by_batch(
    connection: Connection, *, batch: str, fields: Collection[str], record: Collection[str]
) -> list[ConcernedByBatchRow]:
    """``concerned_by_batch``.

    As ``Changes.concerned`` says it of rows: what changed in one of the fields; of a new record every field is new.
    """
    return [ConcernedByBatchRow(*found) for found in await connection.fetch(_CONCERNED_BY_BATCH, batch, fields, record)]


async def touched_by_batch(connection: Connection, *, batch: str) -> list[TouchedByBatchRow]:
    """The rows of ``touched_by_batch``."""
    return [TouchedByBatchRow(*found) for found in await connection.fetch(_TOUCHED_BY_BATCH, batch)]
