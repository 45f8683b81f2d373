"""Stores how a message ended, also when Postgres is away for a moment: what is known must not become a doubt."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_log = logging.getLogger("relance.sends")
_Result = TypeVar("_Result")

AGAIN: Final = (0.5, 1.0, 2.0, 4.0)
"""Seconds before each further try."""


async def stored(store: Callable[[], Awaitable[_Result]], message: str) -> _Result:
    """Stores the end of a message, again when that fails; the last failure is raised.

    Args:
        store: safe to repeat.
        message: its id, for logs.
    """
    for wait in AGAIN:
        try:
            return await store()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is tried again, and raised at last
            _log.warning("the end of %s cannot be stored now (%s)", message, type(error).__name__)
            await asyncio.sleep(wait)
    return await store()
