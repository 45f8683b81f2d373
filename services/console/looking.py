"""How a screen reads: one snapshot, nothing written, and no statement that takes long."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import asyncpg

from adapters.postgres import queries
from sequences.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from adapters.postgres.database import Connection, Database

LONGEST: Final = "3s"
"""Of one statement; then the page says so, and nobody else waits for it."""


class TooSlowError(UnavailableError):
    """A statement took longer than a page may take, and was ended."""


@asynccontextmanager
async def looking(database: Database, longest: str = LONGEST) -> AsyncIterator[Connection]:
    """A transaction for one screen. Its statements are planned for what is asked, not for everybody.

    Args:
        database: Postgres.
        longest: how long one statement may take, as Postgres writes it; more only for what comes after the page.

    Raises:
        TooSlowError: a statement took too long.
    """
    try:
        async with database.connection() as connection, connection.transaction(readonly=True):
            # Workers take longer to begin than a page may take; what counts everybody is worth them.
            workers = "0" if longest == LONGEST else "2"
            await queries.console_looks(connection, longest=longest, workers=workers)
            yield connection
    except asyncpg.QueryCanceledError as error:
        raise TooSlowError("the database takes too long to answer this; try again, or ask for less") from error
