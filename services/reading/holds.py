"""Which holds are on: over one run, or all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.runs.hold import Hold

if TYPE_CHECKING:
    from collections.abc import Iterable

    from adapters.postgres.database import Connection


async def holds_over(connection: Connection, sequence: str, owner: str | None) -> tuple[Hold, ...]:
    """What keeps runs of a sequence from sending, the widest first.

    Args:
        connection: of the pool.
        sequence: its name.
        owner: whose runs; None: of the sequence whoever has them.
    """
    return _holds(await queries.holds_over(connection, sequence=sequence, owner=owner))


async def holds_on(connection: Connection) -> tuple[Hold, ...]:
    """All holds that are on, the widest first."""
    return _holds(await queries.holds_on(connection))


def _holds(rows: Iterable[queries.HoldRow]) -> tuple[Hold, ...]:
    return tuple(Hold(row.scope, row.key, row.reason, row.since, row.asked_by, row.until) for row in rows)
