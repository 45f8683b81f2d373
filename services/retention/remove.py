"""Removes what is older than its period and that nothing needs any more: in small batches, each a transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from adapters.postgres.retained_tables import RETAINED_TABLES, remove_batch
from sequences.retention import RemovalCall, RemovalPage, cutoff
from services.retention.notice import give_notice

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from datetime import datetime

    from adapters.postgres.database import Database
    from adapters.postgres.retained_tables import RetainedTable
    from sequences.retention import Cursor, RetentionClass

BATCH: Final = 500
"""Rows that one transaction looks at: some milliseconds, and few rows to wait for."""
_BATCHES_A_PAGE: Final = 20


@dataclass(frozen=True)
class Retention:
    """The passes of an installation. Every step may be repeated, and done by two at once.

    Attributes:
        database: ours.
        periods: by class, as the settings have them.
        clock: the wall clock, for what is shown of a pass.
        batch: rows that one transaction looks at.
    """

    database: Database
    periods: Mapping[RetentionClass, str]
    clock: Callable[[], datetime]
    batch: int = BATCH

    async def remove(self, call: RemovalCall, is_stopping: Callable[[], bool] = lambda: False) -> RemovalPage:
        """Some batches of a pass.

        Args:
            call: the time of the pass, and where to go on.
            is_stopping: True ends it behind the batch that is under way.

        Returns:
            What was removed, and where to go on.
        """
        table, after, removed = call.table, call.after, 0
        async with self.database.transaction() as connection:
            told = await give_notice(connection, self.periods, call.now)
        for _ in range(_BATCHES_A_PAGE):
            if table >= len(RETAINED_TABLES) or is_stopping():
                break
            chosen = RETAINED_TABLES[table]
            count, after = await self._batch(chosen, cutoff(told[chosen.kind].in_force, call.now), call.now, after)
            removed += count
            if after is None:
                table += 1
        return RemovalPage(removed, table if table < len(RETAINED_TABLES) else None, after)

    async def whole_pass(self, now: datetime) -> AsyncIterator[RemovalPage]:
        """A pass from its beginning to its end, page by page; ``now`` in UTC."""
        table: int | None = 0
        after: Cursor | None = None
        while table is not None:
            page = await self.remove(RemovalCall(now, table, after))
            table, after = page.table, page.after
            yield page

    async def _batch(
        self, table: RetainedTable, before: datetime | None, now: datetime, after: Cursor | None
    ) -> tuple[int, Cursor | None]:
        async with self.database.transaction() as connection:
            await queries.begin_retention_pass(connection, kind=table.kind, now=now)
            removed, behind = 0, None
            if before is not None:
                batch = await remove_batch(connection, table, before, after, self.batch)
                removed, behind = batch.removed, batch.after
                if removed:
                    await queries.count_retention(connection, kind=table.kind, removed=removed)
            if behind is None and _is_last(table):
                await queries.end_retention_pass(connection, kind=table.kind, started_at=now, now=self.clock())
        return removed, behind


def _is_last(table: RetainedTable) -> bool:
    """Of the tables of its class."""
    return [each for each in RETAINED_TABLES if each.kind is table.kind][-1] is table
