"""``relance lists``: who is on which list."""

from __future__ import annotations

from adapters.postgres import listings
from services.reading.id_kinds import IdKind
from starter.cli.list_table import ListTable
from starter.cli.options import Json, Limit
from starter.cli.tables import Whole

_TABLE = ListTable(
    listings.LIST_MEMBERS,
    "Lists",
    ("person", "list", "enrollment", "added"),
    lambda row, names: (
        names.person(row.person_id),
        Whole(row.list),
        names.id(IdKind.ENROLLMENT, row.enrollment_id),
        row.added_at,
    ),
    "no list has members",
    in_json=("list", "person_id", "added_at", "enrollment_id"),
)


def lists(limit: Limit = 50, as_json: Json = False) -> None:
    """List who is on which list."""
    _TABLE.show(limit, as_json=as_json)
