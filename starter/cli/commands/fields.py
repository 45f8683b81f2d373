"""``relance fields``: the one catalogue that templates, rules, stop rules and ``set_field`` share."""

# ruff: noqa: PLC0415 - the records' adapter is imported by the command, never by `--help`.
from __future__ import annotations

from typing import Annotated, Literal

import typer

from starter.cli import output, tables
from starter.cli.options import Json


def fields(
    record: Annotated[
        Literal["person", "placement"] | None,
        typer.Option(help="Only fields that a sequence about this kind of record can use.", show_default=False),
    ] = None,
    as_json: Json = False,
) -> None:
    """List the fields that sequences and templates may name.

    One catalogue for templates, rules, stop rules and set_field. Needs no server.
    """
    from adapters.authoring_settings import load_authoring_settings
    from services.reading.fields import field_lines

    lines = field_lines(load_authoring_settings().catalogue(), record or "")
    if as_json:
        output.print_json(lines)
        return
    tables.table(
        "Fields",
        ("field", "label", "type", "source", "set_field", "rules"),
        (
            (
                line.name,
                line.label,
                line.type + (f" ({', '.join(line.choices)})" if line.choices else ""),
                line.lives or output.safe("not stored", "bright_black"),
                line.writable,
                line.in_rules,
            )
            for line in lines
        ),
        empty="no fields",
    )
