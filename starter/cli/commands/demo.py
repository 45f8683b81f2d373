"""``relance demo``: three weeks on example data."""

# ruff: noqa: PLC0415 - servers, Temporal and torch are imported by the commands that need them.
from __future__ import annotations

import typer


def demo() -> None:
    """Play three weeks on example data in a minute, and check it.

    Time is skipped. Exit status 0 only if every expectation was met.
    """
    from starter.demo.run import demo as play

    raise typer.Exit(play())
