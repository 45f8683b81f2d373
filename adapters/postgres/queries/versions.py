"""The queries of ``sql/versions.sql``.

Written by ``python -m tools.queries`` from ``sql/versions.sql``: change that, not this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres.queries.tables import SequenceVersionRow
from adapters.postgres.row import affected

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection

_LOCK_SEQUENCE = """
SELECT pg_advisory_xact_lock(hashtextextended('sequence:' || $1, 0))"""

_NEWEST_VERSION = """
SELECT * FROM sequence_version WHERE sequence = $1 ORDER BY version DESC LIMIT 1"""

_PUBLISHED_NAMES = """
SELECT DISTINCT sequence FROM sequence_version ORDER BY sequence LIMIT $1"""

_NEWEST_NUMBER = """
SELECT max(version) FROM sequence_version WHERE sequence = $1"""

_VERSION_ROW = """
SELECT * FROM sequence_version WHERE sequence = $1 AND version = $2"""

_ADD_VERSION = """
INSERT INTO sequence_version (sequence, version, definition, templates, fingerprint, published_at)
VALUES ($1, $2, $3, $4, $5, $6)"""


async def lock_sequence(connection: Connection, *, sequence: str) -> int:
    """Runs ``lock_sequence``."""
    return affected(await connection.execute(_LOCK_SEQUENCE, sequence))


async def newest_version(connection: Connection, *, sequence: str) -> SequenceVersionRow | None:
    """The row of ``newest_version``."""
    found = await connection.fetchrow(_NEWEST_VERSION, sequence)
    return SequenceVersionRow(*SequenceVersionRow.columns(found)) if found is not None else None


async def published_names(connection: Connection, *, limit: int) -> list[str]:
    """The rows of ``published_names``."""
    return [found[0] for found in await connection.fetch(_PUBLISHED_NAMES, limit)]


async def newest_number(connection: Connection, *, sequence: str) -> int | None:
    """The value of ``newest_number``."""
    value: int | None = await connection.fetchval(_NEWEST_NUMBER, sequence)
    return value


async def version_row(connection: Connection, *, sequence: str, version: int) -> SequenceVersionRow | None:
    """The row of ``version_row``."""
    found = await connection.fetchrow(_VERSION_ROW, sequence, version)
    return SequenceVersionRow(*SequenceVersionRow.columns(found)) if found is not None else None


async def add_version(
    connection: Connection,
    *,
    sequence: str,
    version: int,
    definition: object,
    templates: object,
    fingerprint: str,
    published_at: datetime,
) -> int:
    """Runs ``add_version``."""
    return affected(
        await connection.execute(_ADD_VERSION, sequence, version, definition, templates, fingerprint, published_at)
    )
