"""``relance serve``: the HTTP app and the mail listener."""

# ruff: noqa: PLC0415 - servers and Temporal are imported by the command.
from __future__ import annotations

import asyncio
from typing import Annotated

import typer


def serve(
    dispatch: Annotated[
        bool, typer.Option(help="Also tell Temporal what Postgres knows; not where `relance dispatch` runs.")
    ] = True,
) -> None:
    """Serve the HTTP hooks and the listener of incoming mail."""
    from adapters.settings import load_settings
    from starter.server.serve import serve as serve_all

    asyncio.run(serve_all(load_settings(), dispatch=dispatch))
