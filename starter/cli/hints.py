"""What a list that is empty for a name that nobody has says on standard error: the name may be mistyped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres import queries
from adapters.postgres.versions import not_published
from starter.cli import output

if TYPE_CHECKING:
    from adapters.postgres.database import Connection


async def warn_of_unpublished(connection: Connection, sequence: str | None) -> None:
    """Warns when no sequence of that name was ever published, and names those that were."""
    if sequence is not None and await queries.newest_number(connection, sequence=sequence) is None:
        output.warn(await not_published(connection, sequence))
