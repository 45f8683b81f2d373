"""``relance unknown``: messages of which nobody knows whether they went out."""

# ruff: noqa: PLC0415 - Postgres is imported by the commands that need it.
from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from starter.cli import output
from starter.cli.options import Json, Limit
from starter.cli.session import open_database, run

if TYPE_CHECKING:
    from adapters.postgres.queries import Row

_WAYS = {"assume_sent": "is taken as sent", "resend": "is sent again by its run"}


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command()(unknown)


def unknown(
    limit: Limit = 50,
    as_json: Json = False,
) -> None:
    """List messages that may or may not have gone out, and of which nothing has shown it yet, oldest first."""
    rows = run(_read(limit))
    if as_json:
        output.print_json(rows)
        return
    output.table(
        "Unknown", ("send", "enrollment", "step", "by", "handed over", "why", "looked for again", "without proof it"),
        (
            (row["id"], row["enrollment_id"], row["step"], row["channel"], row["claimed_at"], row["reason"],
             row["next_look_at"], _WAYS[row["if_unknown"]])
            for row in rows
        ),
        empty="nothing is unknown",
    )  # fmt: skip


async def _read(limit: int) -> list[Row]:
    from adapters.postgres import queries

    async with open_database() as database, database.transaction() as connection:
        return await queries.rows(connection, "unresolved_sends", limit=limit)
