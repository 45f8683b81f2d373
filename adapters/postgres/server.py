"""What the server says of itself. Nothing is decided by its clock: somebody compares it with ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection


async def clock_and_version(connection: Connection) -> tuple[datetime, int]:
    """Its wall clock, UTC, and its version as a number: 18.1 is 180001."""
    row = await connection.fetchrow("SELECT clock_timestamp(), current_setting('server_version_num')::integer")
    assert row is not None
    return row[0], row[1]
