"""``relance audit``: who did what in the console, and to its users."""

# ruff: noqa: PLC0415 - Postgres is imported by the commands that need it.
from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Final

import typer

from adapters.postgres import listings
from starter.cli import output, tables
from starter.cli.options import Json, Limit
from starter.cli.session import open_database, run

if TYPE_CHECKING:
    from adapters.postgres import queries

_WAYS: Final = {"cli": "command line", "api": "RELANCE_BEARER_TOKEN"}


def audit(
    since: Annotated[
        str | None,
        typer.Option(help="A date, an instant, or a time back such as `7 days`.", show_default=False),
    ] = None,
    who: Annotated[str | None, typer.Option(help="E-mail address or id of a user.", show_default=False)] = None,
    limit: Limit = 50,
    as_csv: Annotated[bool, typer.Option("--csv", help="CSV on standard output, whatever the limit.")] = False,
    as_json: Json = False,
) -> None:
    """List what users and programs did, newest first.

    Users in the console, programs by the API, and what was done about both on the command line. Entries are never
    changed or deleted.
    """
    if as_csv and as_json:
        raise typer.BadParameter("choose one of --csv and --json")
    found = run(_read(since, who, limit, as_csv=as_csv))
    if isinstance(found, str):
        sys.stdout.write(found)
    elif as_json:
        output.print_json(found)
    else:
        tables.table(
            "Audit log",
            ("when", "who", "act", "on what", "from", "details"),
            (
                (
                    row.at,
                    row.email or (f"token:{row.token_name}" if row.token_name else _WAYS.get(row.way, "not signed in")),
                    row.act,
                    row.subject,
                    row.address,
                    ", ".join(f"{key}: {value}" for key, value in row.detail.items()),
                )
                for row in found
            ),
            empty="nothing was done",
        )


async def _read(
    since: str | None, who: str | None, limit: int, *, as_csv: bool
) -> str | list[queries.ListedAuditEventsRow]:
    from adapters.clock import utc_now
    from adapters.postgres.paging import page
    from services.access.audit_file import audit_csv
    from services.access.users import user_of
    from starter.cli.instants import moment_since

    asked: dict[str, object] = {"since": moment_since("--since", since, utc_now())}
    async with open_database() as database, database.transaction() as connection:
        if who is not None:
            asked["user"] = (await user_of(connection, who)).id
        if as_csv:
            return await audit_csv(connection, asked)
        return (await page(connection, listings.AUDIT_EVENTS, asked, limit=limit)).rows
