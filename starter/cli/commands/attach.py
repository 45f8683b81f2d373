"""``relance attach``: gives an unmatched message to the run that it belongs to."""

# ruff: noqa: PLC0415 - Postgres is imported by the commands that need it.
from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from services.reading.id_kinds import IdKind
from starter.cli import output
from starter.cli.options import Json
from starter.cli.session import open_database, run

if TYPE_CHECKING:
    from services.operations.attach import Attached

BY = "CLI"


def attach(
    inbound: Annotated[
        str, typer.Argument(help="Id of a message of `relance unmatched`, or its first characters.", show_default=False)
    ],
    enrollment: Annotated[
        str, typer.Argument(help="Id of an enrollment, or its first characters.", show_default=False)
    ],
    as_json: Json = False,
) -> None:
    """Give an unmatched reply to the run that it belongs to.

    The run reacts as if the reply had just arrived.
    """
    done = run(_attach(inbound, enrollment))
    if as_json:
        output.print_json(done)
        return
    if done.repeated:
        output.say(f"{done.inbound} already belongs to {done.enrollment}", style="yellow")
        return
    what = f"the run gets the reaction: {done.kind}" if done.kind else f"no reaction: it is {done.event}"
    output.say(f"{done.inbound} belongs to {done.enrollment}; {what}", style="green")
    for note in done.notes:
        output.say(note, style="yellow")


async def _attach(inbound: str, enrollment: str) -> Attached:
    from adapters.clock import utc_now
    from services.operations.attach import attach as attach_by_hand
    from services.reading.id_prefix import find

    async with open_database(migrate=True) as database, database.transaction() as connection:
        found = await find(connection, IdKind.INBOUND, inbound)
        whole = await find(connection, IdKind.ENROLLMENT, enrollment)
        return await attach_by_hand(connection, found, whole, by=BY, now=utc_now())
