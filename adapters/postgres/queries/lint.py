"""The queries of ``sql/lint.sql``.

Written by ``python -m tools.queries`` from ``sql/lint.sql``: change that, not this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any


if TYPE_CHECKING:
    from adapters.postgres.database import Connection

_NEWEST_DEFINITIONS = """
SELECT DISTINCT ON (sequence) definition FROM sequence_version ORDER BY sequence, version DESC"""


async def newest_definitions(connection: Connection) -> list[Any]:
    """The rows of ``newest_definitions``."""
    return [found[0] for found in await connection.fetch(_NEWEST_DEFINITIONS)]
