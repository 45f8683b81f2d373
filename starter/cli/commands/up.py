"""``relance up``: everything on this machine."""

# ruff: noqa: PLC0415 - servers, Temporal and torch are imported by the commands that need them.
from __future__ import annotations

import typer


def up() -> None:
    """Start everything on this machine; Ctrl-C stops it.

    The data is kept for the next time.
    """
    from starter.local.up import up as start

    raise typer.Exit(start())
