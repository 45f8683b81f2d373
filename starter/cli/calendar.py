"""``relance calendar``: what is planned to be sent, for all open enrollments."""

# ruff: noqa: PLC0415 - Postgres is imported by the commands that need it.
from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from starter.cli import output
from starter.cli.options import Json
from starter.cli.session import open_database, run


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command()(calendar)


def calendar(
    start: Annotated[
        str | None, typer.Option("--from", help="From this instant on; a date is midnight UTC.", show_default=False)
    ] = None,
    stop: Annotated[
        str | None, typer.Option("--to", help="Before this instant; a date is midnight UTC.", show_default=False)
    ] = None,
    sequence: Annotated[str | None, typer.Option(help="Only of this sequence.", show_default=False)] = None,
    owner: Annotated[str | None, typer.Option(help="Only of this owner.", show_default=False)] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="How many at the most.")] = 1000,
    as_json: Json = False,
) -> None:
    """Show all planned steps of all open enrollments, the earliest first, with local time and zone.

    Steps that wait for day zero stand at the end, unless `--to` is given.
    """
    rows, names = run(_calendar(_instant("--from", start), _instant("--to", stop), sequence, owner, limit))
    if as_json:
        output.print_json(rows)
        return
    output.table(
        "Calendar",
        ("local time", "zone", "sequence", "step", "person", "owner", "moved by", "waits", "enrollment"),
        (
            (
                output.local(row["due_at"], row["timezone"]) if row["due_at"] else output.WAITS,
                row["timezone"] or "UTC",
                f"{row['sequence']} v{row['version']}", row["step"], names.get(row["person_id"], row["person_id"]),
                row["owner_id"], ", ".join(row["moved_by"]), row["waits"], row["enrollment"],
            )
            for row in rows
        ),
        empty="nothing is planned",
    )  # fmt: skip
    if len(rows) == limit:
        output.warn(f"only the first {limit}; --limit shows more")


async def _calendar(
    start: datetime | None, stop: datetime | None, sequence: str | None, owner: str | None, limit: int
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    from adapters.postgres import queries
    from starter.views import person_names

    async with open_database() as database, database.transaction() as connection:
        rows = await queries.rows(
            connection, "calendar", start=start, stop=stop, sequence=sequence, owner=owner, limit=limit
        )
        return [_entry(row) for row in rows], await person_names(connection, (row["person_id"] for row in rows))


def _entry(row: dict[str, Any]) -> dict[str, Any]:
    """A row with its local time, and with what it waits for beside the clock."""
    zone = ZoneInfo(row["timezone"]) if row["timezone"] else UTC
    due = row["due_at"]
    waits = "held" if row.pop("held") else "resume" if row["state"] == "paused" else None if due else "day_zero"
    return {**row, "local": due and due.astimezone(zone).isoformat(), "waits": waits}


def _instant(option: str, text: str | None) -> datetime | None:
    """An instant of the command line.

    Raises:
        typer.BadParameter: it is neither a date nor an instant with ``Z`` or an offset.
    """
    if text is None:
        return None
    try:
        if len(text) == len("2027-05-04"):
            return datetime.combine(date.fromisoformat(text), time(), UTC)
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise typer.BadParameter(f"{option} takes a date, or an instant with Z or an offset: 2027-05-04T09:00:00Z")
    return instant.astimezone(UTC)
