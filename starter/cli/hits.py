"""``relance hits``: who asked for the links of a mail, and why that was a person or a machine."""

# ruff: noqa: PLC0415 - Postgres is imported by the commands that need it.
from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from sequences.tracking import shorten
from starter.cli import output
from starter.cli.options import Json
from starter.cli.session import open_database, run

if TYPE_CHECKING:
    from adapters.postgres.queries import Row


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command()(hits)


def hits(
    about: Annotated[
        str, typer.Argument(help="Id of an enrollment (or its beginning), or of one send.", show_default=False)
    ],
    as_json: Json = False,
) -> None:
    """List the hits of the tracked links of a run or of one mail, each with its verdict and the reasons."""
    rows = run(_hits(about))
    if as_json:
        output.print_json(rows)
        return
    output.table(
        "Hits", ("when", "step", "link", "verdict", "reasons", "method", "address", "agent"),
        (
            (
                row["at"], row["step"], "honeypot" if row["honeypot"] else shorten(row["target"]), row["verdict"],
                ", ".join(row["reasons"]), row["method"], row["address"], row["user_agent"],
            )
            for row in rows
        ),
        empty="nobody has asked for a link yet",
    )  # fmt: skip


async def _hits(about: str) -> list[Row]:
    from adapters.postgres import queries
    from starter.views import find_enrollment

    async with open_database() as database, database.transaction() as connection:
        identity: Any = about
        if await queries.value(connection, "send_enrollment", id=about) is None:
            identity = await find_enrollment(connection, about)
        return await queries.rows(connection, "hits_of", id=identity)
