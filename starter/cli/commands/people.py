"""``relance people``: the people that the CRM knows."""

from __future__ import annotations

from adapters.postgres import listings
from services.reading.id_kinds import IdKind
from starter.cli import output
from starter.cli.list_table import ListTable
from starter.cli.options import Json, Limit
from starter.cli.tables import Whole

_TABLE = ListTable(
    listings.PEOPLE,
    "People",
    ("person", "e-mail", "mobile number", "status", "type", "owner", "open runs", "suppressed"),
    lambda row, names: (
        names.person(row.id),
        row.email and Whole(row.email),
        row.phone and Whole(row.phone),
        row.status,
        row.type,
        names.id(IdKind.OWNER, row.owner_id),
        row.open_runs or None,
        output.safe("yes", "red") if row.suppressed else None,
    ),
    "no people yet; the CRM sends them to the hook, /hooks/crm, or `relance import` reads them from a file",
    in_json=(
        "id",
        "type",
        "first_name",
        "last_name",
        "email",
        "phone",
        "status",
        "owner_id",
        "open_runs",
        "suppressed",
    ),
    own_id=IdKind.PERSON,
)


def people(limit: Limit = 50, as_json: Json = False) -> None:
    """List people, by id."""
    _TABLE.show(limit, as_json=as_json)
