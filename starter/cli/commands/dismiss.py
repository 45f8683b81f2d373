"""``relance dismiss``: puts aside an unmatched message that answers no run."""

# ruff: noqa: PLC0415 - Postgres is imported by the commands that need it.
from __future__ import annotations

from typing import Annotated

import typer

from services.reading.id_kinds import IdKind
from starter.cli import output
from starter.cli.options import Json
from starter.cli.session import open_database, run

BY = "CLI"


def dismiss(
    inbound: Annotated[
        str, typer.Argument(help="Id of a message of `relance unmatched`, or its first characters.", show_default=False)
    ],
    as_json: Json = False,
) -> None:
    """Dismiss an unmatched reply that answers no run.

    It leaves the queue, and runs that waited for it continue.
    """
    found, done = run(_dismiss(inbound))
    if as_json:
        output.print_json({"inbound": found, "repeated": not done})
    elif done:
        output.say(f"{found} is dismissed; runs that waited for it continue within five minutes", style="green")
    else:
        output.say(f"{found} was already dismissed", style="yellow")


async def _dismiss(inbound: str) -> tuple[str, bool]:
    from adapters.clock import utc_now
    from services.operations.attach import dismiss as dismiss_by_hand
    from services.reading.id_prefix import find

    async with open_database(migrate=True) as database, database.transaction() as connection:
        found = await find(connection, IdKind.INBOUND, inbound)
        return found, await dismiss_by_hand(connection, found, by=BY, now=utc_now())
