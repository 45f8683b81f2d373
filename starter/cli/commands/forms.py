"""``relance forms``: published forms, and taking back a link to one."""

# ruff: noqa: PLC0415 - Postgres is imported by the commands that need it.
from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from services.reading.id_kinds import IdKind
from starter.cli import output, tables
from starter.cli.lists_by_default import ListsByDefault
from starter.cli.options import Json, Limit
from starter.cli.session import open_database, run
from starter.cli.tables import Whole

if TYPE_CHECKING:
    from services.reading.submissions import FormLine

app = typer.Typer(
    cls=ListsByDefault,
    help="List published forms; revoke a link.\n\n`relance forms` is `relance forms list`.",
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command("list")
def list_(limit: Limit = 100, as_json: Json = False) -> None:
    """List published forms, by name."""
    lines = run(_list(limit))
    if as_json:
        output.print_json(lines)
        return
    tables.table(
        "Forms",
        ("form", "name", "version", "published", "sent to", "answered"),
        ((Whole(each.form), each.name, each.version, each.published_at, each.links, each.answered) for each in lines),
        empty="no form is published",
    )


@app.command("revoke")
def revoke_(
    form: Annotated[str, typer.Argument(help="Name of a form.", show_default=False)],
    enrollment: Annotated[
        str, typer.Argument(help="Id of an enrollment, or its first characters.", show_default=False)
    ],
    as_json: Json = False,
) -> None:
    """Make the link of an enrollment to a form stop working.

    Its page says so. What came in by it stays.
    """
    run_id = run(_revoke(form, enrollment))
    if as_json:
        output.print_json({"form": form, "enrollment": run_id, "revoked": True})
    else:
        output.say(f"the link to {form} does not work any more", style="green")


async def _list(limit: int) -> list[FormLine]:
    from adapters.postgres import listings
    from adapters.postgres.paging import page
    from services.reading.listed import line_of
    from services.reading.submissions import FormLine

    async with open_database() as database, database.transaction() as connection:
        rows = (await page(connection, listings.FORMS, {}, limit=limit)).rows
        return [line_of(FormLine, row) for row in rows]


async def _revoke(form: str, enrollment: str) -> str:
    from adapters.clock import utc_now
    from services.operations.revoke_form import revoke_form
    from services.reading.id_prefix import whole_id

    async with open_database() as database, database.transaction() as connection:
        run_id = await whole_id(connection, IdKind.ENROLLMENT, enrollment)
        await revoke_form(connection, form, run_id, utc_now())
        return run_id
