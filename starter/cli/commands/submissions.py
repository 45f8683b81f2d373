"""``relance submissions``: forms that came in."""

# ruff: noqa: PLC0415 - Postgres is imported by the commands that need it.
from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from services.reading.id_kinds import IdKind
from starter.cli import output, tables
from starter.cli.options import Json, Limit
from starter.cli.session import open_database, run
from starter.cli.tables import Whole

if TYPE_CHECKING:
    from adapters.settings import Settings
    from services.reading.submissions import SubmissionLine
    from starter.cli.row_names import RowNames


def submissions(
    form: Annotated[str | None, typer.Option(help="Only those of this form.", show_default=False)] = None,
    person: Annotated[str | None, typer.Option(help="Only those of this person.", show_default=False)] = None,
    links: Annotated[
        bool, typer.Option("--links", help="Print links to the files instead; they work for a week.")
    ] = False,
    limit: Limit = 50,
    as_json: Json = False,
) -> None:
    """List forms that came in, newest first."""
    from adapters.settings import load_settings

    lines, names = run(_read(load_settings(), {"form": form, "person": person}, limit))
    if as_json:
        output.print_json(lines)
        return
    if links:
        for each in lines:
            for file in each.files:
                output.say(f"{each.person_id}: {file.name}")
                output.say(f"  {file.url}")
        return
    tables.table(
        "Submissions",
        ("person", "form", "came", "answers", "files", "enrollment"),
        (
            (
                names.person(each.person_id),
                Whole(each.form) if each.number == 1 else Whole(f"{each.form} ({each.number})"),
                each.at,
                _answers(each),
                ", ".join(file.name for file in each.files),
                names.id(IdKind.ENROLLMENT, each.enrollment_id),
            )
            for each in lines
        ),
        empty="no form came in",
    )
    if any(each.files for each in lines):
        output.say("`relance submissions --links` has links to the files", style="bright_black")


def _answers(line: SubmissionLine) -> str:
    def shown(value: object) -> str:
        return ", ".join(map(str, value)) if isinstance(value, list) else "(emptied)" if value is None else str(value)

    return "\n".join(f"{name}: {shown(value)}" for name, value in line.answers.items())


async def _read(settings: Settings, asked: dict[str, str | None], limit: int) -> tuple[list[SubmissionLine], RowNames]:
    from adapters.clock import utc_now
    from adapters.postgres import listings
    from adapters.postgres.paging import page
    from services.reading.id_prefix import whole_id
    from services.reading.submissions import submission_line
    from starter.cli.row_names import shown
    from starter.composition import organisation_of

    async with open_database() as database, database.transaction() as connection:
        if asked["person"] is not None:
            asked["person"] = await whole_id(connection, IdKind.PERSON, asked["person"])
        rows = (await page(connection, listings.SUBMISSIONS, asked, limit=limit)).rows
        now, organisation = utc_now(), organisation_of(settings)
        ids = {
            IdKind.PERSON: [row.person_id for row in rows],
            IdKind.ENROLLMENT: [row.enrollment_id for row in rows],
        }
        names = await shown(connection, ids)
        return [submission_line(row, organisation, now) for row in rows], names
