"""``relance batches``: who matched and waits to be enrolled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres import listings
from services.reading.id_kinds import IdKind
from starter.cli import output
from starter.cli.list_table import ListTable
from starter.cli.options import Json, Limit
from starter.cli.tables import Whole

if TYPE_CHECKING:
    from adapters.postgres import queries


def _waits_for(row: queries.ListedBatchesRow) -> object:
    if row.state == "held":
        return output.safe("approval", "yellow")
    return "its turn (approved)" if row.batch_id else "its day (max_per_day)"


_TABLE = ListTable(
    listings.BATCHES,
    "Waiting to be enrolled",
    ("sequence", "batch", "waits for", "records", "since", "matched by"),
    lambda row, names: (
        Whole(row.sequence),
        names.id(IdKind.BATCH, row.batch_id),
        _waits_for(row),
        row.records,
        row.since,
        row.origin or "change",
    ),
    "no one waits to be enrolled",
)


def batches(limit: Limit = 50, as_json: Json = False) -> None:
    """List who matched and waits to be enrolled.

    Batches that need approval, and matches that max_per_day moves to later days.
    """
    _TABLE.show(limit, as_json=as_json)
