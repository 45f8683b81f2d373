"""``relance enroll``: one person, or many from a file or a list."""

# ruff: noqa: PLC0415 - Temporal and Postgres are imported by the commands that need them.
from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sequences.errors import RefusedError
from services.reading.id_kinds import IdKind
from starter.cli import output
from starter.cli.options import Json, Key, Sheet, Yes
from starter.cli.session import interactive, open_everything, run

if TYPE_CHECKING:
    from adapters.postgres.database import Database
    from services.enrolling.enroll import Accepted


def enroll(
    sequence: Annotated[str, typer.Argument(help="Name of a published sequence.", show_default=False)],
    person: Annotated[str | None, typer.Argument(help="Id of the person.", show_default=False)] = None,
    record: Annotated[
        str | None, typer.Option(help="Id of the placement, for a sequence about placements.", show_default=False)
    ] = None,
    file: Annotated[Path | None, typer.Option(help="Enroll everyone whose id is in a CSV file or a workbook.")] = None,
    listed: Annotated[
        str | None, typer.Option("--list", help="Enroll everyone on a list (add_to_list).", show_default=False)
    ] = None,
    column: Annotated[
        str | None, typer.Option(help="The column of --file with the ids; default: found by its name.")
    ] = None,
    sheet: Sheet = None,
    again: Annotated[
        bool, typer.Option("--again", help="With --file or --list: also people who were in the sequence before.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="With --file or --list: only show who would be enrolled.")
    ] = False,
    key: Key = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Enroll a person in a sequence, or many at once.

    In its newest version; or a placement of that person. In a terminal it asks first when the first message would go at
    night or on a weekend.

    With --file or --list, people who are or were in the sequence are skipped, and more than its hold_above need a
    confirmation. Exit status: 0 if no one else was refused, otherwise 2.
    """
    if sum(each is not None for each in (person or record, file, listed)) != 1:
        raise typer.BadParameter("say who: a PERSON, --file FILE or --list NAME")
    if file is not None or listed is not None:
        from starter.cli.enroll_many import ManyAsked, enroll_many

        enroll_many(
            ManyAsked(sequence, file, listed, column, sheet, key, again=again, dry_run=dry_run, yes=yes),
            as_json=as_json,
        )
        return
    if again or dry_run or column or sheet:
        raise typer.BadParameter("--again, --dry-run, --column and --sheet need --file or --list")
    if interactive() and not yes:
        odd = run(_odd_hour(sequence, person, record))
        if odd is not None:
            whom = person or record
            typer.confirm(f"The first message would go {odd}: {sequence}, {whom}. Enroll?", abort=True, err=True)
    accepted = run(_enroll(sequence, person, record, key or uuid.uuid4().hex))
    if as_json:
        output.print_json(accepted)
        return
    word = "already accepted" if accepted.repeated else "enrolled"
    output.say(f"{word}: {accepted.enrollment}, version {accepted.version} of {sequence}", style="green")
    if accepted.problem:
        output.warn(f"it cannot start yet: {accepted.problem}", "red")
    elif not accepted.started:
        output.say("it starts as soon as Temporal answers", style="yellow")
    for warning in accepted.warnings:
        output.say(f"warning: {warning}", style="yellow")
    output.say(f"its story: relance show {accepted.enrollment}")


async def _odd_hour(sequence: str, person: str | None, record: str | None) -> str | None:
    async with open_everything() as services:
        return await services.enrolling.odd_hour(sequence, *await _whom(services.database, person, record))


async def _enroll(sequence: str, person: str | None, record: str | None, nonce: str) -> Accepted:
    from services.enrolling.enroll import EntryRequest, NotNowError

    async with open_everything() as services:
        whole, about = await _whom(services.database, person, record)
        try:
            return await services.enrolling.enroll(EntryRequest(sequence, nonce, whole, record_id=about))
        except NotNowError as error:
            more = f"; for more: `relance explain {whole} {sequence}`" if whole else ""
            raise RefusedError(error.reason, f"{error.reason}: {error.detail}{more}") from None


async def _whom(database: Database, person: str | None, record: str | None) -> tuple[str | None, str | None]:
    from services.reading.id_prefix import whole_id

    async with database.transaction() as connection:
        whole = person and await whole_id(connection, IdKind.PERSON, person)
        return whole, record and await whole_id(connection, IdKind.PLACEMENT, record)
