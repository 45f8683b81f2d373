"""``relance people``, ``tasks``, ``leads``, ``lists``, ``notifications`` and ``unmatched``: rows as tables."""

# ruff: noqa: PLC0415 - Postgres is imported by the commands that need it.
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from starter.cli import output
from starter.cli.options import Json, Limit
from starter.cli.session import open_database, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    Names = Mapping[str, str]
    Cells = Callable[[Mapping[str, Any], Names], Iterable[object]]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    for command in (people, tasks, leads, lists, notifications, unmatched):
        app.command()(command)


def people(limit: Limit = 50, as_json: Json = False) -> None:
    """List people, by id."""
    _list(
        "people", limit, as_json, "People",
        ("person", "name", "type", "e-mail", "mobile number", "status", "owner", "open runs", "suppressed"),
        cells=lambda row, _: (
            row["id"], " ".join(filter(None, (row["first_name"], row["last_name"]))), row["type"], row["email"],
            row["phone"], row["status"], row["owner_id"], row["open_runs"] or None,
            output.safe("suppressed", "red") if row["suppressed"] else None,
        ),
        empty="no people; the CRM posts them to the hook, /hooks/crm",
    )  # fmt: skip


def tasks(limit: Limit = 50, as_json: Json = False) -> None:
    """List the tasks of recruiters, the newest first."""
    _list(
        "tasks", limit, as_json, "Tasks", ("task", "for", "due", "state", "about", "enrollment", "made"),
        cells=lambda row, names: (
            row["title"], row["owner_id"], row["due_at"], row["state"], _about(row, names), row["enrollment_id"],
            row["created_at"],
        ),
        empty="no tasks",
    )  # fmt: skip


def leads(limit: Limit = 50, as_json: Json = False) -> None:
    """List leads, the newest first."""
    _list(
        "leads", limit, as_json, "Leads", ("person", "source", "owner", "enrollment", "made"),
        cells=lambda row, names: (
            _about(row, names), row["source"], row["owner_id"], row["enrollment_id"], row["created_at"]
        ),
        empty="no leads",
    )  # fmt: skip


def lists(limit: Limit = 50, as_json: Json = False) -> None:
    """List who is on which list."""
    _list(
        "list_members", limit, as_json, "Lists", ("list", "person", "enrollment", "added"),
        cells=lambda row, names: (row["list"], _about(row, names), row["enrollment_id"], row["added_at"]),
        empty="nobody is on a list",
    )  # fmt: skip


def notifications(limit: Limit = 50, as_json: Json = False) -> None:
    """List what recruiters were told, the newest first."""
    _list(
        "notifications", limit, as_json, "Notifications", ("for", "what", "kind", "enrollment", "when"),
        cells=lambda row, _: (row["owner_id"], row["title"], row["kind"], row["enrollment_id"], row["created_at"]),
        empty="no notifications",
    )  # fmt: skip


def unmatched(limit: Limit = 50, as_json: Json = False) -> None:
    """List replies that belong to no run that we know, the newest first."""
    _list(
        "unmatched_inbound", limit, as_json, "Unmatched", ("id", "by", "what", "words", "received"),
        cells=lambda row, _: (row["id"], row["channel"], row["event"], row["reply_text"], row["received_at"]),
        empty="nothing is unmatched",
    )  # fmt: skip


def _about(row: Mapping[str, Any], names: Names) -> str:
    person = row["person_id"]
    return f"{names[person]} ({person})" if person in names else str(person)


def _list(
    query: str, limit: int, as_json: bool, title: str, columns: tuple[str, ...], *, cells: Cells, empty: str
) -> None:
    rows, names = run(_read(query, limit))
    if as_json:
        output.print_json(rows)
    else:
        output.table(title, columns, (cells(row, names) for row in rows), empty=empty)


async def _read(query: str, limit: int) -> tuple[list[dict[str, Any]], dict[str, str]]:
    from adapters.postgres import queries
    from starter.views import person_names

    async with open_database() as database, database.transaction() as connection:
        rows = await queries.rows(connection, query, limit=limit)
        people = {row["person_id"] for row in rows if row.get("person_id")}
        return rows, await person_names(connection, people)
