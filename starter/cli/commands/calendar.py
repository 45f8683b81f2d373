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
    from services.reading.calendar_days import CalendarLine, CalendarSum
    from starter.cli.row_names import RowNames

_USUAL = 1000
_MOST = 100_000


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
    limit: Annotated[
        int | None,
        typer.Option(
            min=1, max=_MOST, help=f"Maximum number of rows. Default: 1000, and {_MOST} with --sum.", show_default=False
        ),
    ] = None,
    each: Annotated[bool, typer.Option("--each", help="A line for every recipient, however many.")] = False,
    only_sums: Annotated[bool, typer.Option("--sum", help="Only the numbers of each day.")] = False,
    as_json: Json = False,
) -> None:
    """Show what is planned to be sent, earliest first.

    All planned steps of all open enrollments, with local time and zone. Up to five recipients of a step on a day are
    named; more are one line with their number.

    Steps that wait for day zero are listed last, unless `--to` is given.
    """
    from services.reading.calendar_days import lines, sums

    # A sum of some rows is no sum.
    most = limit or (_MOST if only_sums else _USUAL)
    asked = _calendar(instant("--from", start), instant("--to", stop), sequence, owner, most)
    entries, names = run(asked)
    if only_sums:
        days = sums(entries)
        output.print_json(days) if as_json else _show_sums(days)
    elif as_json:
        output.print_json(entries)
    elif each:
        _show_each(entries, names)
    else:
        _show_lines(lines(entries), names)
    if len(entries) == most and (only_sums or not as_json):
        hint = "ask for less by --from, --to, --sequence or --owner" if most == _MOST else "--limit shows more"
        output.warn(f"only the first {most}; {hint}")


def _show_lines(lines: list[CalendarLine], names: RowNames) -> None:
    tables.table(
        "Calendar",
        ("person", "local time", "zone", "step", "sequence", "waits", "owner", "enrollment"),
        (_line(line, names) for line in lines),
        empty="nothing is planned",
    )


def _line(line: CalendarLine, names: RowNames) -> tuple[object, ...]:
    entry = line.entry
    at = output.local(entry.due_at, entry.timezone) if entry.due_at else ""
    if line.number > 1:
        waits = f"{line.waiting} wait" if line.waiting else None
        since = Whole(f"from {at}" if at else output.WAITS)
        return Whole(f"{line.number} people"), since, None, Whole(entry.step), Whole(entry.sequence), waits, None, None
    return (
        names.person(entry.person_id),
        Whole(at or output.WAITS),
        Whole(entry.timezone or "UTC"),
        Whole(entry.step),
        Whole(f"{entry.sequence} v{entry.version}"),
        entry.waits,
        names.id(IdKind.OWNER, entry.owner_id),
        names.id(IdKind.ENROLLMENT, entry.enrollment),
    )


def _show_sums(days: list[CalendarSum]) -> None:
    tables.table(
        "Calendar",
        ("day", "number", "wait", "steps"),
        (
            (
                Whole(f"{day.day:%a %d %b %Y}" if day.day else output.WAITS),
                day.number,
                day.waiting,
                ", ".join(f"{step} {number}" for step, number in day.steps.items()),
            )
            for day in days
        ),
        empty="nothing is planned",
    )


def _show_each(entries: list[CalendarEntry], names: RowNames) -> None:
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
