"""``relance approve``: approves or discards a batch."""

# ruff: noqa: PLC0415 - Temporal and Postgres are imported by the commands that need them.
from __future__ import annotations

from typing import Annotated

import typer

from sequences.number_words import number_of
from services.reading.id_kinds import IdKind
from starter.cli import output
from starter.cli.options import Json
from starter.cli.session import open_database, run

BY = "command line"


def approve(
    key: Annotated[
        str,
        typer.Argument(
            metavar="BATCH|SEQUENCE",
            help="A batch (its id or first characters), or a sequence for all of its batches.",
            show_default=False,
        ),
    ],
    discard: Annotated[bool, typer.Option("--discard", help="Discard the batch: enroll no one in it.")] = False,
    as_json: Json = False,
) -> None:
    """Approve or discard a batch that awaits approval.

    Everyone in it is checked again before enrollment.
    """
    records = run(_decide(key, discard=discard))
    if as_json:
        output.print_json({"key": key, "decision": "discarded" if discard else "approved", "records": records})
        return
    people = number_of(records, "record")
    if discard:
        output.say(f"{key}: discarded; {people} will not be enrolled", style="yellow")
    else:
        output.say(
            f"{key}: approved; {people} will be enrolled within half a minute, or as max_per_day allows", style="green"
        )


async def _decide(key: str, *, discard: bool) -> int:
    from adapters.clock import utc_now
    from services.auto_enroll import batches
    from services.reading.id_prefix import whole_id

    async with open_database() as database, database.transaction() as connection:
        decide = batches.discard if discard else batches.approve
        whole = await whole_id(connection, IdKind.BATCH, key)
        return await decide(connection, whole, BY, utc_now())
