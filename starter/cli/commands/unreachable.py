"""``relance unreachable``: addresses that returned mail too often, and that one of them works again."""

# ruff: noqa: PLC0415 - Postgres is imported by the commands that need it.
from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from starter.cli import output, tables
from starter.cli.options import Json, Limit
from starter.cli.session import open_database, run
from starter.cli.tables import Whole

if TYPE_CHECKING:
    from services.operations.unreachable import Unreachable


def unreachable(
    works: Annotated[
        str | None,
        typer.Option("--works", metavar="ADDRESS", help="This address accepts mail again; restart its count."),
    ] = None,
    limit: Limit = 100,
    as_json: Json = False,
) -> None:
    """List addresses that returned mail too often.

    No mail goes there until the person has another address, or somebody says that this one works (--works).
    """
    if works is not None:
        address = run(_works(works))
        if as_json:
            output.print_json({"address": address, "works": True})
        else:
            output.say(f"{address} gets mail again; refusals because of it are checked again", style="green")
        return
    found = run(_list(limit))
    if as_json:
        output.print_json(found)
        return
    tables.table(
        "Addresses that return mail",
        ("address", "person", "since", "returned"),
        ((Whole(each.address), each.person_id, each.since, each.returned) for each in found),
        empty="no address returned mail too often",
    )


async def _list(limit: int) -> list[Unreachable]:
    from services.operations.unreachable import unreachable as listed

    async with open_database(migrate=True) as database, database.transaction() as connection:
        return await listed(connection, limit)


async def _works(address: str) -> str:
    from adapters.clock import utc_now
    from services.operations.unreachable import works_again

    async with open_database(migrate=True) as database, database.transaction() as connection:
        return await works_again(connection, address, utc_now())
