"""``relance new``: starts a sequence."""

# ruff: noqa: PLC0415 - the domain and its data sets take a third of a second: only in the commands that need them.
from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from starter.cli import output
from starter.cli.options import Json


def new(
    name: Annotated[str, typer.Argument(help="The id of the sequence, such as `new-services`.", show_default=False)],
    title: Annotated[str | None, typer.Option(help="What people call it.", show_default=False)] = None,
    record: Annotated[Literal["person", "placement"], typer.Option(help="What one run is about.")] = "person",
    folder: Annotated[
        Path, typer.Option(help="Folder for `sequences/NAME.yaml` and `templates/NAME/`.", file_okay=False)
    ] = Path(),
    as_json: Json = False,
) -> None:
    """Start a sequence of your own: a file and two e-mails.

    In working hours, with an unsubscribe line. Needs no server.
    """
    from services.publishing.new_sequence import begin_sequence

    written = begin_sequence(folder, name, title, record)
    if as_json:
        output.print_json({"sequence": name, "files": [str(path) for path in written]})
        return
    for path in written:
        output.say(f"written: {path}", style="green")
    output.say(f"Change the words, then: relance check {written[0]}")
