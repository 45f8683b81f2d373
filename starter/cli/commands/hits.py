"""``relance hits``: who asked for the links of a mail, and why that was a person or a machine."""

# ruff: noqa: PLC0415 - Postgres is imported by the commands that need it.
from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sequences.sending.tracked_links import shorten
from services.reading.id_kinds import IdKind
from starter.cli import output, tables
from starter.cli.options import Json
from starter.cli.session import open_database, run

if TYPE_CHECKING:
    from adapters.postgres import queries


def hits(
    about: Annotated[
        str, typer.Argument(help="Id of an enrollment or of one send, or its first characters.", show_default=False)
    ],
    as_json: Json = False,
) -> None:
    """List link requests for a run or for one mail.

    Each with its verdict, a person or a machine, and the reasons.
    """
    rows = run(_hits(about))
    if as_json:
        output.print_json([row.as_dict() for row in rows])
        return
    tables.table(
        "Hits",
        ("when", "verdict", "step", "link", "reasons", "agent", "address", "method"),
        (
            (
                row.at,
                row.verdict,
                row.step,
                "honeypot" if row.honeypot else shorten(row.target or ""),
                ", ".join(row.reasons),
                row.user_agent,
                row.address,
                row.method,
            )
            for row in rows
        ),
        empty="no link has been requested yet",
    )


async def _hits(about: str) -> list[queries.HitsOfRow]:
    from adapters.postgres import queries
    from services.reading.id_prefix import find

    # Ids of sends begin with s, those of enrollments with e.
    kind = IdKind.SEND if about.startswith("s") else IdKind.ENROLLMENT
    async with open_database() as database, database.transaction() as connection:
        return await queries.hits_of(connection, id=await find(connection, kind, about))
