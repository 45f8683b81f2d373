"""Long reads of pages: of one viewer only the newest goes on, and none for somebody who has left the page."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

_Result = TypeVar("_Result")
AT_ONCE: Final = 2
"""Of all viewers: each takes a connection of the pool and reads everybody."""


class SupersededError(Exception):
    """A newer read of the same viewer took its place, or the page was left."""


class LatestOnly:
    """Cancels the older read of a viewer; with the task its statement in Postgres ends too."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._running: dict[str, asyncio.Task[Any]] = {}
        self._room = asyncio.Semaphore(at_once)

    async def run(self, viewer: str, request: Request, work: Callable[[], Awaitable[_Result]]) -> _Result:
        """Does ``work``, unless it is superseded.

        Args:
            viewer: id of the user.
            request: a page that is left needs no answer. Its body must have been read, or be empty.
            work: what takes long.

        Raises:
            SupersededError: it was cancelled.
        """
        task = asyncio.ensure_future(self._in_turn(work))
        older = self._running.get(viewer)
        self._running[viewer] = task
        if older is not None:
            older.cancel()
        left = asyncio.ensure_future(_left(request))
        try:
            await asyncio.wait({task, left}, return_when=asyncio.FIRST_COMPLETED)
            task.cancel()
            return await task
        except asyncio.CancelledError:
            if task.cancelled():
                raise SupersededError from None
            task.cancel()
            raise
        finally:
            left.cancel()
            if self._running.get(viewer) is task:
                del self._running[viewer]

    async def _in_turn(self, work: Callable[[], Awaitable[_Result]]) -> _Result:
        async with self._room:
            return await work()


async def _left(request: Request) -> None:
    """Ends when the browser has closed the connection."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
