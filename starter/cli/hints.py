"""What a list says on standard error: a name that nobody has may be mistyped, and everything may be on hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres import queries
from adapters.postgres.versions import not_published
from sequences.runs.bulk import HoldScope
from sequences.runs.hold import hold_words
from services.reading.holds import holds_on
from starter.cli import output

if TYPE_CHECKING:
    from adapters.postgres.database import Connection


async def warn_of_unpublished(connection: Connection, sequence: str | None) -> None:
    """Warns when no sequence of that name was ever published, and names those that were."""
    if sequence is not None and await queries.newest_number(connection, sequence=sequence) is None:
        output.warn(await not_published(connection, sequence))


async def warn_of_hold(connection: Connection) -> None:
    """Warns while everything is on hold: what is planned will not go at its time."""
    for hold in await holds_on(connection):
        if hold.scope == HoldScope.EVERYTHING:
            output.warn(f"{hold_words(hold)}: nothing is sent")
