"""``relance calendar``: what is planned to be sent, for all open enrollments."""

# ruff: noqa: PLC0415 - Postgres is imported by the commands that need it.
from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from services.reading.id_kinds import IdKind
from starter.cli import output, tables
from starter.cli.instants import instant
from starter.cli.options import Json
from starter.cli.session import open_database, run
from starter.cli.tables import Whole

if TYPE_CHECKING:
    from datetime import datetime

    from services.reading.calendar import CalendarEntry
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
    entries, names = run(_calendar(instant("--from", start), instant("--to", stop), sequence, owner, limit))
    if as_json:
        output.print_json(entries)
        return
    tables.table(
        "Calendar",
        ("person", "local time", "zone", "step", "sequence", "waits", "moved by", "owner", "enrollment"),
        (
            (
                names.person(entry.person_id),
                Whole(output.local(entry.due_at, entry.timezone) if entry.due_at else output.WAITS),
                Whole(entry.timezone or "UTC"),
                Whole(entry.step),
                Whole(f"{entry.sequence} v{entry.version}"),
                entry.waits,
                ", ".join(entry.moved_by),
                names.id(IdKind.OWNER, entry.owner_id),
                names.id(IdKind.ENROLLMENT, entry.enrollment),
            )
            for entry in entries
        ),
        empty="nothing is planned",
    )
    if len(entries) == limit:
        output.warn(f"only the first {limit}; --limit shows more")


async def _calendar(
    start: datetime | None, stop: datetime | None, sequence: str | None, owner: str | None, limit: int
) -> tuple[list[CalendarEntry], RowNames]:
    from services.reading.calendar import CalendarRequest
    from services.reading.calendar import calendar as planned
    from services.reading.id_prefix import whole_id
    from starter.cli.hints import warn_of_unpublished
    from starter.cli.row_names import shown

    async with open_database() as database, database.transaction() as connection:
        await warn_of_unpublished(connection, sequence)
        owner = owner and await whole_id(connection, IdKind.OWNER, owner)
        entries = await planned(connection, CalendarRequest(start, stop, sequence, owner, limit))
        ids: dict[IdKind, list[str | None]] = {
            IdKind.PERSON: [entry.person_id for entry in entries],
            IdKind.OWNER: [entry.owner_id for entry in entries],
            IdKind.ENROLLMENT: [entry.enrollment for entry in entries],
        }
        return entries, await shown(connection, ids)
