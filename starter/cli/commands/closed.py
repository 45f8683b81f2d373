"""``relance closed``: days on which nothing goes."""

# ruff: noqa: PLC0415 - Postgres is imported by the commands that need it.
from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sequences.number_words import number_of
from services.reading.id_kinds import IdKind
from starter.cli import output, tables
from starter.cli.options import Json
from starter.cli.session import open_database, run
from starter.cli.tables import Whole

if TYPE_CHECKING:
    from services.operations.closed_days import ClosedList


def closed(
    days: Annotated[
        str | None, typer.Argument(help="A day, or FIRST..LAST: 2026-12-24..2027-01-02.", show_default=False)
    ] = None,
    owner: Annotated[str | None, typer.Option(help="Only for the records of this owner.", show_default=False)] = None,
    everybody: Annotated[bool, typer.Option("--all", help="For the whole organisation.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Open the days again.")] = False,
    listed: Annotated[bool, typer.Option("--list", help="List closed days; so does `relance closed` alone.")] = False,
    as_json: Json = False,
) -> None:
    """Close days: nothing is sent or done on them.

    Open runs are planned again: each step moves to the first time that is allowed after (or, before day zero, ahead of)
    the closed days.
    """
    if days is None or listed:
        if days is not None or remove:
            raise typer.BadParameter("--list takes no days")
        _show(run(_list(owner)), as_json=as_json)
        return
    if everybody == (owner is not None):
        raise typer.BadParameter("give either --all or --owner ID, not both")
    done, asked = run(_change(days, owner, remove=remove, quiet=as_json))
    if as_json:
        output.print_json({"days": days, "owner": owner, "removed": remove, "changed": done, "runs": asked})
        return
    output.say(f"{number_of(done, 'day')} {'opened' if remove else 'closed'}", style="green")
    if asked:
        output.say(f"{number_of(asked, 'run')} will be planned again; `relance closed` shows how many are left")


def _show(found: ClosedList, *, as_json: bool) -> None:
    if as_json:
        output.print_json(found)
        return
    tables.table(
        "Closed days",
        ("from", "to", "days", "for"),
        (
            (Whole(str(each.first)), Whole(str(each.last)), each.days, each.owner or "the whole organisation")
            for each in found.closed
        ),
        empty="no day is closed",
    )
    if found.planning:
        output.say(f"{number_of(found.planning, 'run')} still to be planned again")


async def _list(owner: str | None) -> ClosedList:
    from services.operations.closed_days import closed_list
    from services.reading.id_prefix import whole_id

    async with open_database(migrate=True) as database, database.transaction() as connection:
        owner = owner and await whole_id(connection, IdKind.OWNER, owner)
        return await closed_list(connection, owner, None)


async def _change(text: str, owner: str | None, *, remove: bool, quiet: bool) -> tuple[int, int]:
    """How many days changed, and how many runs are to be planned again."""
    from adapters.clock import utc_now
    from sequences.planning.closed_days import parse_days
    from services.operations.closed_days import DaysChange, change_closed_days, plan_again
    from services.reading.id_prefix import whole_id

    days, now, asked = parse_days(text), utc_now(), 0
    async with open_database(migrate=True) as database:
        async with database.transaction() as connection:
            owner = owner and await whole_id(connection, IdKind.OWNER, owner)
        change = DaysChange(days, owner, remove)
        done = await change_closed_days(database, change, now)
        with output.progress(quiet=quiet) as bar:
            task = bar.add_task("runs to plan again", total=None)
            async for asked in plan_again(database, change, now):
                bar.update(task, completed=asked)
    return done, asked
