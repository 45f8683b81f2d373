"""What must not be left half done, whoever wants the activity to end meanwhile."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

_Result = TypeVar("_Result")


async def to_the_end(work: Coroutine[Any, Any, _Result]) -> _Result:
    """Awaits ``work``, and lets no cancellation reach it.

    One that came meanwhile is forgotten: it was for what is done now. Only for what ends by itself within seconds,
    such as a transaction.
    """
    task = asyncio.ensure_future(work)
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled():
                raise
        except BaseException:
            if not task.done():
                raise
    return task.result()
