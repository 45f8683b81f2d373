"""``relance leads``: the leads that sequences made."""

from __future__ import annotations

from adapters.postgres import listings
from services.reading.id_kinds import IdKind
from starter.cli.list_table import ListTable
from starter.cli.options import Json, Limit
from starter.cli.tables import Whole

_TABLE = ListTable(
    listings.LEADS,
    "Leads",
    ("person", "source", "owner", "enrollment", "made"),
    lambda row, names: (
        names.person(row.person_id),
        row.source and Whole(row.source),
        names.id(IdKind.OWNER, row.owner_id),
        names.id(IdKind.ENROLLMENT, row.enrollment_id),
        row.created_at,
    ),
    "no leads",
    in_json=("id", "person_id", "source", "owner_id", "enrollment_id", "created_at"),
)


def leads(limit: Limit = 50, as_json: Json = False) -> None:
    """List leads, newest first."""
    _TABLE.show(limit, as_json=as_json)
