"""``relance calendar``: what is planned to be sent, for all open enrollments."""

# ruff: noqa: PLC0415 - Postgres is imported by the commands that need it.
from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from services.reading.id_kinds import IdKind
from starter.cli import output, tables
from starter.cli.options import Json
from starter.cli.session import open_database, run
from starter.cli.tables import Whole

if TYPE_CHECKING:
    from adapters.postgres import queries
    from starter.cli.row_names import RowNames


def calendar(
    start: Annotated[
        str | None, typer.Option("--from", help="Start: an instant or a date (midnight UTC).", show_default=False)
    ] = None,
    stop: Annotated[
        str | None,
        typer.Option("--to", help="End, exclusive: an instant or a date (midnight UTC).", show_default=False),
    ] = None,
    sequence: Annotated[str | None, typer.Option(help="Only of this sequence.", show_default=False)] = None,
    owner: Annotated[str | None, typer.Option(help="Only of this owner.", show_default=False)] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="Maximum number of rows.")] = 1000,
    as_json: Json = False,
) -> None:
    """Show what is planned to be sent, earliest first.

    All planned steps of all open enrollments, with local time and zone.

    Steps that wait for day zero are listed last, unless `--to` is given.
    """
    rows, names = run(_calendar(_instant("--from", start), _instant("--to", stop), sequence, owner, limit))
    if as_json:
        output.print_json(rows)
        return
    tables.table(
        "Calendar",
        ("person", "local time", "zone", "step", "sequence", "waits", "moved by", "owner", "enrollment"),
        (
            (
                names.person(row["person_id"]),
                Whole(output.local(row["due_at"], row["timezone"]) if row["due_at"] else output.WAITS),
                Whole(row["timezone"] or "UTC"),
                Whole(row["step"]),
                Whole(f"{row['sequence']} v{row['version']}"),
                row["waits"],
                ", ".join(row["moved_by"]),
                names.id(IdKind.OWNER, row["owner_id"]),
                names.id(IdKind.ENROLLMENT, row["enrollment"]),
            )
            for row in rows
        ),
        empty="nothing is planned",
    )
    if len(rows) == limit:
        output.warn(f"only the first {limit}; --limit shows more")


async def _calendar(
    start: datetime | None, stop: datetime | None, sequence: str | None, owner: str | None, limit: int
) -> tuple[list[dict[str, Any]], RowNames]:
    from adapters.postgres import queries
    from services.reading.id_prefix import whole_id
    from starter.cli.hints import warn_of_unpublished
    from starter.cli.row_names import shown

    async with open_database() as database, database.transaction() as connection:
        await warn_of_unpublished(connection, sequence)
        owner = owner and await whole_id(connection, IdKind.OWNER, owner)
        rows = await queries.calendar(connection, start=start, stop=stop, sequence=sequence, owner=owner, limit=limit)
        ids: dict[IdKind, list[str | None]] = {
            IdKind.PERSON: [row.person_id for row in rows],
            IdKind.OWNER: [row.owner_id for row in rows],
            IdKind.ENROLLMENT: [row.enrollment for row in rows],
        }
        return [_entry(row) for row in rows], await shown(connection, ids)


def _entry(row: queries.CalendarRow) -> dict[str, Any]:
    """A row with its local time, and with what it waits for beside the clock."""
    zone = ZoneInfo(row.timezone) if row.timezone else UTC
    due = row.due_at
    waits = "held" if row.held else "resume" if row.state == "paused" else None if due else "day_zero"
    shown = row.as_dict()
    del shown["held"]
    return {**shown, "local": due and due.astimezone(zone).isoformat(), "waits": waits}


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
