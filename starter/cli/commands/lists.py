"""``relance people``, ``tasks``, ``leads``, ``lists``, ``notifications`` and ``unmatched``: rows as tables."""

# ruff: noqa: PLC0415 - Postgres is imported by the commands that need it.
from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import typer

from adapters.postgres import listings
from services.reading.id_kinds import IdKind
from starter.cli import output, tables
from starter.cli.options import Json, Limit
from starter.cli.session import open_database, run
from starter.cli.tables import Whole

_R = TypeVar("_R", bound="Row")

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from adapters.postgres.paging import Listing
    from adapters.postgres.row import Row
    from starter.cli.row_names import RowNames

    Cells = Callable[[_R, RowNames], Iterable[object]]

_KEYS = {IdKind.PERSON: "person_id", IdKind.OWNER: "owner_id", IdKind.ENROLLMENT: "enrollment_id"}
_OWN_IDS = {listings.PEOPLE.name: IdKind.PERSON, listings.UNMATCHED.name: IdKind.INBOUND}
"""What the ``id`` of a row names, where people type it."""
_IN_JSON: Mapping[str, tuple[str, ...]] = {
    listings.PEOPLE.name: (
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
    listings.TASKS.name: (
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
    listings.LEADS.name: ("id", "person_id", "source", "owner_id", "enrollment_id", "created_at"),
    listings.LIST_MEMBERS.name: ("list", "person_id", "added_at", "enrollment_id"),
    listings.UNMATCHED.name: ("id", "channel", "received_at", "event", "reply_text", "state"),
}
"""What ``--json`` has of a row; lists that are not here: everything."""


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    for command in (people, tasks, leads, lists, notifications, unmatched):
        app.command()(command)


def people(limit: Limit = 50, as_json: Json = False) -> None:
    """List people, by id."""
    _list(
        listings.PEOPLE,
        limit,
        as_json,
        "People",
        ("person", "e-mail", "mobile number", "status", "type", "owner", "open runs", "suppressed"),
        cells=lambda row, names: (
            names.person(row.id),
            row.email and Whole(row.email),
            row.phone and Whole(row.phone),
            row.status,
            row.type,
            names.id(IdKind.OWNER, row.owner_id),
            row.open_runs or None,
            output.safe("yes", "red") if row.suppressed else None,
        ),
        empty="no people yet; the CRM sends them to the hook, /hooks/crm, or `relance import` reads them from a file",
    )


def tasks(limit: Limit = 50, as_json: Json = False) -> None:
    """List the tasks of recruiters, newest first."""
    _list(
        listings.TASKS,
        limit,
        as_json,
        "Tasks",
        ("person", "task", "for", "due", "state", "enrollment", "made"),
        cells=lambda row, names: (
            names.person(row.person_id),
            row.title,
            names.id(IdKind.OWNER, row.owner_id),
            row.due_at,
            row.state,
            names.id(IdKind.ENROLLMENT, row.enrollment_id),
            row.created_at,
        ),
        empty="no tasks",
    )


def leads(limit: Limit = 50, as_json: Json = False) -> None:
    """List leads, newest first."""
    _list(
        listings.LEADS,
        limit,
        as_json,
        "Leads",
        ("person", "source", "owner", "enrollment", "made"),
        cells=lambda row, names: (
            names.person(row.person_id),
            row.source and Whole(row.source),
            names.id(IdKind.OWNER, row.owner_id),
            names.id(IdKind.ENROLLMENT, row.enrollment_id),
            row.created_at,
        ),
        empty="no leads",
    )


def lists(limit: Limit = 50, as_json: Json = False) -> None:
    """List who is on which list."""
    _list(
        listings.LIST_MEMBERS,
        limit,
        as_json,
        "Lists",
        ("person", "list", "enrollment", "added"),
        cells=lambda row, names: (
            names.person(row.person_id),
            Whole(row.list),
            names.id(IdKind.ENROLLMENT, row.enrollment_id),
            row.added_at,
        ),
        empty="no list has members",
    )


def notifications(limit: Limit = 50, as_json: Json = False) -> None:
    """List notifications to recruiters, newest first."""
    _list(
        listings.NOTIFICATIONS,
        limit,
        as_json,
        "Notifications",
        ("person", "what", "for", "kind", "enrollment", "when"),
        cells=lambda row, names: (
            names.person(row.person_id),
            row.title,
            names.id(IdKind.OWNER, row.owner_id),
            row.kind,
            names.id(IdKind.ENROLLMENT, row.enrollment_id),
            row.created_at,
        ),
        empty="no notifications",
    )


def unmatched(limit: Limit = 50, as_json: Json = False) -> None:
    """List replies that match no run.

    The newest first.
    """
    _list(
        listings.UNMATCHED,
        limit,
        as_json,
        "Unmatched",
        ("id", "words", "what", "by", "received"),
        cells=lambda row, names: (
            names.id(IdKind.INBOUND, row.id),
            row.reply_text,
            row.event,
            row.channel,
            row.received_at,
        ),
        empty="no unmatched messages",
    )


def _list(
    listing: Listing[_R],
    limit: int,
    as_json: bool,
    title: str,
    columns: tuple[str, ...],
    *,
    cells: Cells[_R],
    empty: str,
) -> None:
    rows, names = run(_read(listing, limit))
    if as_json:
        output.print_json(
            [{key: getattr(row, key) for key in _IN_JSON.get(listing.name, row.__slots__)} for row in rows]
        )
    else:
        tables.table(title, columns, (cells(row, names) for row in rows), empty=empty)


async def _read(listing: Listing[_R], limit: int) -> tuple[list[_R], RowNames]:
    from adapters.postgres.paging import page
    from starter.cli.row_names import shown

    async with open_database() as database, database.transaction() as connection:
        # The first page is all: of people, those whom the CRM has not deleted.
        asked = {"gone": False} if "gone" in listing.filters else {}
        rows = (await page(connection, listing, asked, limit=limit)).rows
        ids = {kind: [getattr(row, key, None) for row in rows] for kind, key in _KEYS.items()}
        if listing.name in _OWN_IDS:
            ids[_OWN_IDS[listing.name]] = [getattr(row, "id", None) for row in rows]
        return rows, await shown(connection, ids)
