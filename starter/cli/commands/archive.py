"""``relance archive``: nobody enters a sequence any more."""

# ruff: noqa: PLC0415 - Temporal and Postgres are imported by the command, never by `--help`.
from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Annotated

import typer

from starter.cli import output
from starter.cli.options import Json, Yes
from starter.cli.session import open_everything, run

if TYPE_CHECKING:
    from services.publishing.archive import ArchiveChange


def archive(
    sequence: Annotated[str, typer.Argument(help="Name of a published sequence.", show_default=False)],
    stop_runs: Annotated[
        bool, typer.Option("--stop-runs", help="Stop its open runs; else they go on to their end.")
    ] = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Archive a sequence: no person enters it any more.

    Lists leave it out, and its rules are off.
    """
    if stop_runs and not yes:
        typer.confirm(f"Stop all open runs of {sequence}?", abort=True, err=True)
    changed = run(_archive(sequence, stop_runs=stop_runs))
    if as_json:
        output.print_json({"sequence": sequence, "changed": changed.changed, "job": changed.job})
        return
    output.say(f"{sequence}: {'archived' if changed.changed else 'was archived already'}", style="green")
    if changed.job is not None:
        output.say("`relance serve` stops its open runs; the console shows how far it is")


async def _archive(sequence: str, *, stop_runs: bool) -> ArchiveChange:
    from adapters.clock import utc_now
    from services.publishing.archive import ArchiveOrder
    from services.publishing.archive import archive as put_away

    async with open_everything() as services:
        order = ArchiveOrder(sequence, stop_runs, uuid.uuid4().hex)
        return await put_away(services.database, services.rules, order, utc_now())
