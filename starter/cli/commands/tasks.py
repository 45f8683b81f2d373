"""``relance tasks``: the tasks of recruiters; done, snoozed, given to somebody else."""

# ruff: noqa: PLC0415 - Postgres is imported by the commands that need it.
from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from adapters.postgres import listings
from services.reading.id_kinds import IdKind
from starter.cli import output
from starter.cli.list_table import ListTable
from starter.cli.lists_by_default import ListsByDefault
from starter.cli.options import Json, Limit
from starter.cli.session import open_database, run

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from adapters.postgres.database import Connection
    from services.operations.tasks import TaskChanged

_TABLE = ListTable(
    listings.TASKS,
    "Tasks",
    ("person", "id", "task", "kind", "for", "due", "state", "step", "enrollment", "made"),
    lambda row, names: (
        names.person(row.person_id),
        names.id(IdKind.TASK, row.id),
        row.title,
        row.kind,
        names.id(IdKind.OWNER, row.owner_id),
        row.due_at,
        f"{row.state}: {row.reason}" if row.reason else row.state,
        row.step,
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
        "step",
        "kind",
        "waited_for",
        "decided_at",
        "decided_by",
        "reason",
    ),
    own_id=IdKind.TASK,
)

app = typer.Typer(
    cls=ListsByDefault,
    help="List tasks of recruiters; done, snooze, assign.\n\n`relance tasks` is `relance tasks list`.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
_Task = Annotated[
    str, typer.Argument(metavar="TASK", help="Id of a task, or its first characters.", show_default=False)
]


@app.command("list")
def list_(
    state: Annotated[
        Literal["open", "done", "closed"] | None, typer.Option(help="Only in this state.", show_default=False)
    ] = None,
    owner: Annotated[
        str | None, typer.Option(help="Only of this owner: the id, or its first characters.", show_default=False)
    ] = None,
    limit: Limit = 50,
    as_json: Json = False,
) -> None:
    """List the tasks of recruiters, newest first."""
    asked = {name: value for name, value in (("state", state), ("owner", owner)) if value is not None}
    _TABLE.show(limit, as_json=as_json, asked=asked)


@app.command()
def done(
    task: _Task,
    by: Annotated[str, typer.Option(help="Who did it, for people.", show_default=False)] = "",
    as_json: Json = False,
) -> None:
    """Say that a task is done; a run that waits for it goes on.

    The same again has no effect.
    """

    async def change(connection: Connection, whole: str) -> TaskChanged:
        from adapters.clock import utc_now
        from services.operations.tasks import task_done

        return await task_done(connection, whole, by, utc_now())

    found = run(_change(task, change))
    said = "done" if found.changed else "was done already"
    _report(found, f"{said}; its run goes on" if found.told else said, as_json=as_json)


@app.command()
def snooze(
    task: _Task,
    until: Annotated[
        str, typer.Argument(help="`2 days` from now, a date, or an instant.", show_default=False, metavar="UNTIL")
    ],
    as_json: Json = False,
) -> None:
    """Make a task due later.

    A run that waits for it still goes on at its own time.
    """

    async def change(connection: Connection, whole: str) -> TaskChanged:
        from adapters.clock import utc_now
        from sequences.definition.until_text import read_until
        from services.operations.tasks import snooze as put_off

        return await put_off(connection, whole, read_until(until, utc_now(), "when a task is due"))

    found = run(_change(task, change))
    _report(found, f"is due {output.local(found.due_at, None) if found.due_at else ''} UTC", as_json=as_json)


@app.command()
def assign(
    task: _Task,
    owner: Annotated[str, typer.Argument(help="Id of the user who does it.", show_default=False)],
    as_json: Json = False,
) -> None:
    """Give a task to somebody else."""

    async def change(connection: Connection, whole: str) -> TaskChanged:
        from services.operations.tasks import assign as give
        from services.reading.id_prefix import whole_id

        return await give(connection, whole, await whole_id(connection, IdKind.OWNER, owner))

    found = run(_change(task, change))
    _report(found, f"is {found.owner_id}'s", as_json=as_json)


async def _change(task: str, change: Callable[[Connection, str], Awaitable[TaskChanged]]) -> TaskChanged:
    from services.reading.id_prefix import find

    async with open_database() as database, database.transaction() as connection:
        return await change(connection, await find(connection, IdKind.TASK, task))


def _report(found: TaskChanged, said: str, *, as_json: bool) -> None:
    if as_json:
        output.print_json(found)
        return
    output.say(f"{found.id} {said}", style="green" if found.changed else None)
