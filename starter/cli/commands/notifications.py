"""``relance notifications``: notifications to recruiters."""

from __future__ import annotations

from adapters.postgres import listings
from services.reading.id_kinds import IdKind
from starter.cli.list_table import ListTable
from starter.cli.options import Json, Limit

_TABLE = ListTable(
    listings.NOTIFICATIONS,
    "Notifications",
    ("person", "what", "for", "kind", "enrollment", "when"),
    lambda row, names: (
        names.person(row.person_id),
        row.title,
        names.id(IdKind.OWNER, row.owner_id),
        row.kind,
        names.id(IdKind.ENROLLMENT, row.enrollment_id),
        row.created_at,
    ),
    "no notifications",
)


def notifications(limit: Limit = 50, as_json: Json = False) -> None:
    """List notifications to recruiters, newest first."""
    _TABLE.show(limit, as_json=as_json)
