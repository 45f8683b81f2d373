"""``relance jobs``: background work that somebody asked for; how far it is, and its end."""

# ruff: noqa: PLC0415 - Postgres is imported by the commands that need it.
from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from adapters.postgres import listings
from services.reading.id_kinds import IdKind
from starter.cli import output, tables
from starter.cli.list_table import ListTable
from starter.cli.lists_by_default import ListsByDefault
from starter.cli.options import Json, Limit
from starter.cli.session import open_database, run

if TYPE_CHECKING:
    from adapters.postgres import queries
    from services.reading.listed import JobRecord

_KEYS = (
    "id",
    "kind",
    "subject",
    "user_id",
    "state",
    "done",
    "total",
    "result",
    "notes",
    "problem",
    "created_at",
    "started_at",
    "ended_at",
    "cancel_asked_at",
)


def _how_far(row: queries.ListedJobsRow | JobRecord) -> str:
    return f"{row.done} of {row.total}" if row.total is not None else str(row.done or "")


_TABLE = ListTable(
    listings.JOBS,
    "Background work",
    ("id", "work", "about", "asked by", "asked", "state", "done", "result"),
    lambda row, names: (
        names.id(IdKind.JOB, row.id),
        tables.Whole(row.kind),
        row.subject,
        row.user_name,
        row.created_at,
        row.state,
        _how_far(row),
        row.problem or row.result,
    ),
    "no background work",
    in_json=_KEYS,
    own_id=IdKind.JOB,
)

app = typer.Typer(
    cls=ListsByDefault,
    help="List background work that somebody asked for; show, cancel.\n\n`relance jobs` is `relance jobs list`.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
_Job = Annotated[str, typer.Argument(metavar="JOB", help="Id of a job, or its first characters.", show_default=False)]


@app.command("list")
def list_(
    only_open: Annotated[bool, typer.Option("--open", help="Only what has not ended.")] = False,
    limit: Limit = 50,
    as_json: Json = False,
) -> None:
    """List background work, newest first."""
    _TABLE.show(limit, as_json=as_json, asked={"open": True} if only_open else {})


@app.command()
def show(job: _Job, as_json: Json = False) -> None:
    """Show how far a job is, and what came of it."""
    found = run(_show(job))
    if as_json:
        output.print_json(found)
        return
    output.say(f"{found.id}: {found.kind} of {found.subject}, {found.state} {_how_far(found)}".rstrip())
    if found.cancel_asked_at is not None and found.ended_at is None:
        output.say("somebody has asked for its end", style="yellow")
    for line in (found.result, found.problem, *found.notes):
        if line:
            output.say(line)


@app.command()
def cancel(job: _Job, as_json: Json = False) -> None:
    """Ask for the end of a job; what was done stays done."""
    identity, asked = run(_cancel(job))
    if as_json:
        output.print_json({"id": identity, "asked": asked})
    elif asked:
        output.say(f"{identity} ends within seconds; what was done stays done", style="green")
    else:
        output.say(f"{identity} had ended already", style="yellow")


async def _show(job: str) -> JobRecord:
    from adapters.postgres.paging import one
    from services.reading.id_prefix import find
    from services.reading.listed import JobRecord, line_of

    async with open_database() as database, database.transaction() as connection:
        row = await one(connection, listings.JOBS, "id", await find(connection, IdKind.JOB, job))
        assert row is not None, "it was found by its beginning"
        return line_of(JobRecord, row)


async def _cancel(job: str) -> tuple[str, bool]:
    from adapters.clock import utc_now
    from services.access.audit import CLI, Deed, record
    from services.jobs.ask import cancel_job
    from services.reading.id_prefix import find

    async with open_database() as database, database.transaction() as connection:
        identity = await find(connection, IdKind.JOB, job)
        asked = await cancel_job(connection, identity, None, utc_now())
        if asked:
            await record(connection, CLI, Deed("cancel", f"job:{identity}"), utc_now())
        return identity, asked
