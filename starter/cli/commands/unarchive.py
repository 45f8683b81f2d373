"""``relance unarchive``: takes an archived sequence back."""

# ruff: noqa: PLC0415 - Temporal and Postgres are imported by the command, never by `--help`.
from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from starter.cli import output
from starter.cli.options import Json
from starter.cli.session import open_everything, run

if TYPE_CHECKING:
    from services.publishing.archive import ArchiveChange


def unarchive(
    sequence: Annotated[str, typer.Argument(help="Name of an archived sequence.", show_default=False)],
    as_json: Json = False,
) -> None:
    """Take an archived sequence back: people can enter it again.

    Its rules count from now on.
    """
    changed = run(_unarchive(sequence))
    if as_json:
        output.print_json({"sequence": sequence, "changed": changed.changed})
        return
    output.say(f"{sequence}: {'in use again' if changed.changed else 'was not archived'}", style="green")


async def _unarchive(sequence: str) -> ArchiveChange:
    from adapters.clock import utc_now
    from services.publishing.archive import unarchive as take_back

    async with open_everything() as services:
        return await take_back(services.database, services.versions, services.rules, sequence, utc_now())
