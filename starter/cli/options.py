"""Options that several commands share: the same words mean the same everywhere."""

from __future__ import annotations

from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Plain JSON on standard output, nothing else.")]
Limit = Annotated[int, typer.Option(min=1, max=10_000, help="Maximum number of rows.")]
Key = Annotated[str | None, typer.Option(help="Idempotency key: the same key again has no effect.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]
Encoding = Annotated[
    str | None,
    typer.Option(
        help="Encoding of a CSV file; default: detected from its first bytes, otherwise UTF-8.", show_default=False
    ),
]
Sheet = Annotated[
    str | None,
    typer.Option(help="Sheet of a workbook; default: the only visible one with rows.", show_default=False),
]
