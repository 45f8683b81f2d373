"""``relance tasks``: the tasks of recruiters."""

from __future__ import annotations

from adapters.postgres import listings
from services.reading.id_kinds import IdKind
from starter.cli.list_table import ListTable
from starter.cli.options import Json, Limit

_TABLE = ListTable(
    listings.TASKS,
    "Tasks",
    ("person", "task", "for", "due", "state", "enrollment", "made"),
    lambda row, names: (
        names.person(row.person_id),
        row.title,
        names.id(IdKind.OWNER, row.owner_id),
        row.due_at,
        row.state,
        names.id(IdKind.ENROLLMENT, row.enrollment_id),
        row.created_at,
    ),
    "no tasks",
    in_json=(
        "id",
        "title",
        "description",
        "due_at",
        "owner_id",
        "person_id",
        "enrollment_id",
        "reaction_id",
        "state",
        "created_at",
    ),
)


def tasks(limit: Limit = 50, as_json: Json = False) -> None:
    """List the tasks of recruiters, newest first."""
    _TABLE.show(limit, as_json=as_json)
