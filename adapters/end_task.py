"""Ends a task for certain."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asyncio import Future

_AGAIN = 0.02
_TRIES = 150


async def cut_off(task: Future[Any]) -> bool:
    """Cancels a task until it has ended; False when it does not want to, for three seconds.

    Once is not enough: ``asyncio.wait_for`` of Python 3.11 forgets a cancellation that comes in the moment in which
    what it waits for is done, and the task goes on as if nothing had been said. A cancellation of the caller is kept
    back until then, and is the caller's to raise.
    """
    for _ in range(_TRIES):
        if task.done():
            break
        task.cancel()
        try:
            await asyncio.wait({task}, timeout=_AGAIN)
        except asyncio.CancelledError:
            continue
    if task.done() and not task.cancelled():
        task.exception()  # marks it as seen
    return task.done()
