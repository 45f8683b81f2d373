"""``relance schema``: the JSON Schema of a sequence file, or of a form file."""

# ruff: noqa: PLC0415 - the domain and its data sets take a third of a second: only in the commands that need them.
from __future__ import annotations

import sys
from typing import Annotated, Literal

import typer


def schema(
    kind: Annotated[Literal["sequence", "form"], typer.Argument(help="Of which kind of file.")] = "sequence",
) -> None:
    """Print the JSON Schema of a sequence or form file."""
    from sequences.definition.schema import schema_text
    from sequences.forms.schema import form_schema_text

    # Bytes: the schema is UTF-8 whatever the terminal's encoding, as the committed file is.
    sys.stdout.flush()
    sys.stdout.buffer.write((schema_text() if kind == "sequence" else form_schema_text()).encode())
    sys.stdout.buffer.flush()
