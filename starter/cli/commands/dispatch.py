"""``relance dispatch``: the outbox, beside ``relance serve``."""

# ruff: noqa: PLC0415 - Temporal is imported by the command.
from __future__ import annotations

import asyncio


def dispatch() -> None:
    """Tell Temporal what Postgres knows, beside `relance serve`.

    Any number of these processes share the work.
    """
    from adapters.settings import load_settings
    from starter.server.dispatch import dispatch as empty_the_outbox

    asyncio.run(empty_the_outbox(load_settings()))
