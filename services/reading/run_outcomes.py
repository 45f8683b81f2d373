"""Keeps ``run_outcome`` true: the rows of runs in which something happened are written again before they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.postgres import queries

if TYPE_CHECKING:
    from adapters.postgres.database import Database

_BATCH: Final = 20_000
"""Marks a transaction takes: about a second of work."""


async def write_marked(database: Database) -> bool:
    """Writes the rows of one batch of marked runs; True when there may be more.

    Every change marks its run in its own transaction. So all that was committed before the call is in the rows after
    the last batch, and what commits meanwhile stays marked.
    """
    async with database.transaction() as connection:
        await queries.lock_run_outcomes(connection)
        runs = await queries.take_marked_runs(connection, limit=_BATCH)
        if runs:
            await queries.plan_for_many_rows(connection)
            await queries.write_run_outcomes(connection, runs=runs)
            await queries.mark_often(connection, runs=runs)
        return bool(runs)


async def write_all_marked(database: Database) -> None:
    """Writes the rows of all marked runs."""
    while await write_marked(database):
        pass


async def rebuild(database: Database) -> int:
    """Writes the rows of all runs again, and returns how many runs there are. No count that was right changes."""
    async with database.transaction() as connection:
        await queries.lock_run_outcomes(connection)
        await queries.forget_run_outcomes(connection)
        runs = await queries.mark_all_runs(connection)
    await write_all_marked(database)
    return runs
