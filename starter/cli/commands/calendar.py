"""``relance calendar``: what is planned to be sent, for all open enrollments."""

# ruff: noqa: PLC0415 - Postgres is imported by the commands that need it.
from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from sequences.number_words import number_of
from services.reading.id_kinds import IdKind
from starter.cli import output, tables
from starter.cli.instants import instant
from starter.cli.options import Json
from starter.cli.session import open_database, run
from starter.cli.tables import Whole

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence
    from datetime import datetime

    from adapters.postgres.database import Connection
    from services.reading.calendar import CalendarEntries, CalendarEntry, CalendarRequest
    from services.reading.calendar_days import CalendarGroup, CalendarGroups, CalendarSums
    from services.reading.calendar_later import CalendarAhead
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
        int,
        typer.Option(min=1, max=_MOST, help="Maximum number of rows."),
    ] = _USUAL,
    each: Annotated[bool, typer.Option("--each", help="A line for every recipient, however many.")] = False,
    grouped: Annotated[
        bool, typer.Option("--grouped", help="Per day and step: the default, but for --json.", show_default=False)
    ] = False,
    only_sums: Annotated[bool, typer.Option("--sum", help="Only the numbers of each day.")] = False,
    as_json: Json = False,
) -> None:
    """Show what is planned to be sent, earliest first.

    All planned steps of all open enrollments, with local time and zone. Up to five recipients of a step on a day are
    named; more are one line with their number. "only if": the step is skipped if this does not hold when it is due.
    "later": a limit of messages to one person, or of a mailbox, puts it off.

    Steps that wait for day zero are listed last, unless `--to` is given.
    """
    if each + grouped + only_sums > 1:
        raise typer.BadParameter("choose one of --each, --grouped and --sum")
    from services.reading.calendar import CalendarRequest

    asked = CalendarRequest(instant("--from", start), instant("--to", stop), sequence, owner, limit)
    if only_sums:
        more = _show_sums(run(_sums(asked)), as_json=as_json)
    # A program that chooses no view gets every recipient, as ever.
    elif each or (as_json and not grouped):
        more = _show_each(*run(_each(asked)), as_json=as_json)
    else:
        more = _show_groups(*run(_groups(asked)), as_json=as_json)
    if more:
        shown = number_of(limit, "day" if only_sums else "row")
        hint = "ask for less by --from, --to, --sequence or --owner" if limit == _MOST else "--limit shows more"
        output.warn(f"only the first {shown}; {hint}")


def _show_sums(found: CalendarSums, *, as_json: bool) -> bool:
    if as_json:
        output.print_json(found.items)
        return found.more
    tables.table(
        "Calendar",
        ("day", "number", "wait", "later", "only if", "steps"),
        (
            (
                Whole(f"{day.day:%a %d %b %Y}" if day.day else output.WAITS),
                day.number,
                day.waiting,
                day.later or None,
                day.conditional or None,
                ", ".join(f"{step} {number}" for step, number in day.steps.items()),
            )
            for day in found.items
        ),
        empty="nothing is planned",
    )
    return found.more


def _show_groups(found: CalendarGroups, names: RowNames, *, as_json: bool) -> bool:
    if as_json:
        output.print_json(found.items)
        return found.more
    tables.table(
        "Calendar",
        ("person", "local time", "zone", "step", "sequence", "waits", "later", "only if", "owner", "enrollment"),
        (row for group in found.items for row in _rows(group, names)),
        empty="nothing is planned",
    )
    return found.more


def _rows(group: CalendarGroup, names: RowNames) -> Iterator[tuple[object, ...]]:
    if not group.recipients:
        since = Whole(f"from {output.local(group.due_at, group.timezone)}" if group.due_at else output.WAITS)
        waits = f"{group.waiting} wait" if group.waiting else None
        people, step, sequence = Whole(f"{group.number} people"), Whole(group.step), Whole(group.sequence)
        later = f"{group.later} later" if group.later else None
        yield people, since, None, step, sequence, waits, later, group.only_if, None, None
    for entry in group.recipients:
        yield (
            names.person(entry.person_id, entry.person_name),
            Whole(output.local(entry.due_at, entry.timezone) if entry.due_at else output.WAITS),
            Whole(entry.timezone or "UTC"),
            Whole(entry.step),
            Whole(f"{entry.sequence} v{entry.version}"),
            entry.waits,
            _later(entry),
            entry.only_if,
            names.id(IdKind.OWNER, entry.owner_id),
            names.id(IdKind.ENROLLMENT, entry.enrollment),
        )


def _later(entry: CalendarEntry) -> Whole | None:
    """When it goes instead, on the recipient's clock, and whose limit puts it off."""
    if entry.later_from is None:
        return None
    return Whole(f"{output.local(entry.later_from, entry.timezone)} ({entry.later_limit})")


def _show_each(found: CalendarEntries, names: RowNames, *, as_json: bool) -> bool:
    if as_json:
        output.print_json(found.items)
        return found.more
    tables.table(
        "Calendar",
        (
            *("person", "local time", "zone", "step", "sequence", "waits", "later"),
            *("only if", "moved by", "owner", "enrollment"),
        ),
        (
            (
                names.person(entry.person_id, entry.person_name),
                Whole(output.local(entry.due_at, entry.timezone) if entry.due_at else output.WAITS),
                Whole(entry.timezone or "UTC"),
                Whole(entry.step),
                Whole(f"{entry.sequence} v{entry.version}"),
                entry.waits,
                _later(entry),
                entry.only_if,
                ", ".join(entry.moved_by),
                names.id(IdKind.OWNER, entry.owner_id),
                names.id(IdKind.ENROLLMENT, entry.enrollment),
            )
            for entry in found.items
        ),
        empty="nothing is planned",
    )
    return found.more


async def _sums(asked: CalendarRequest) -> CalendarSums:
    async with _looked_up(asked) as (connection, ahead, whole, now):
        return await ahead.sums(connection, whole, now)


async def _groups(asked: CalendarRequest) -> tuple[CalendarGroups, RowNames]:
    async with _looked_up(asked) as (connection, ahead, whole, now):
        found = await ahead.groups(connection, whole, now)
        return found, await _names(connection, [each for group in found.items for each in group.recipients])


async def _each(asked: CalendarRequest) -> tuple[CalendarEntries, RowNames]:
    async with _looked_up(asked) as (connection, ahead, whole, now):
        found = await ahead.entries(connection, whole, now)
        return found, await _names(connection, found.items)


@asynccontextmanager
async def _looked_up(
    asked: CalendarRequest,
) -> AsyncIterator[tuple[Connection, CalendarAhead, CalendarRequest, datetime]]:
    """A connection, the calendar with its limits, what is asked with whole ids, and now."""
    from adapters.clock import utc_now
    from adapters.postgres.versions import Versions
    from adapters.settings import load_settings
    from services.reading.calendar_later import CalendarAhead
    from starter.limits import limits_ahead_of

    async with open_database() as database, database.transaction() as connection:
        ahead = CalendarAhead(limits_ahead_of(load_settings(), Versions()))
        yield connection, ahead, await _whole(connection, asked), utc_now()


async def _whole(connection: Connection, asked: CalendarRequest) -> CalendarRequest:
    """With the whole id of the owner; warns if there is no such sequence, and if everything is on hold."""
    from services.reading.id_prefix import whole_id
    from starter.cli.hints import warn_of_hold, warn_of_unpublished

    await warn_of_unpublished(connection, asked.sequence)
    await warn_of_hold(connection)
    return replace(asked, owner=asked.owner and await whole_id(connection, IdKind.OWNER, asked.owner))


async def _names(connection: Connection, entries: Sequence[CalendarEntry]) -> RowNames:
    from starter.cli.row_names import shown

    ids: dict[IdKind, list[str | None]] = {
        IdKind.PERSON: [entry.person_id for entry in entries],
        IdKind.OWNER: [entry.owner_id for entry in entries],
        IdKind.ENROLLMENT: [entry.enrollment for entry in entries],
    }
    return await shown(connection, ids)
