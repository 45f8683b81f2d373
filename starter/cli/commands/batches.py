"""``relance batches``: who matched and waits to be enrolled."""

# ruff: noqa: PLC0415 - Temporal and Postgres are imported by the commands that need them.
from __future__ import annotations

from typing import TYPE_CHECKING

from services.reading.id_kinds import IdKind
from starter.cli import output, tables
from starter.cli.options import Json, Limit
from starter.cli.session import open_database, run
from starter.cli.tables import Whole

if TYPE_CHECKING:
    from adapters.postgres import queries
    from starter.cli.row_names import RowNames


def batches(limit: Limit = 50, as_json: Json = False) -> None:
    """List who matched and waits to be enrolled.

    Batches that need approval, and matches that max_per_day moves to later days.
    """
    rows, names = run(_batches(limit))
    if as_json:
        output.print_json(rows)
        return
    tables.table(
        "Waiting to be enrolled",
        ("sequence", "batch", "waits for", "records", "since", "matched by"),
        (
            (
                Whole(row.sequence),
                names.id(IdKind.BATCH, row.batch_id),
                _waits_for(row),
                row.records,
                row.since,
                row.origin or "change",
            )
            for row in rows
        ),
        empty="no one waits to be enrolled",
    )


def _waits_for(row: queries.ListedBatchesRow) -> object:
    if row.state == "held":
        return output.safe("approval", "yellow")
    return "its turn (approved)" if row.batch_id else "its day (max_per_day)"


async def _batches(limit: int) -> tuple[list[queries.ListedBatchesRow], RowNames]:
    from adapters.postgres import listings
    from adapters.postgres.paging import page
    from starter.cli.row_names import shown

    async with open_database() as database, database.transaction() as connection:
        rows = (await page(connection, listings.BATCHES, {}, limit=limit)).rows
        return rows, await shown(connection, {IdKind.BATCH: [row.batch_id for row in rows]})
