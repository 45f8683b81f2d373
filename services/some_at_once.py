"""Asks a server many things, some of them at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

_AT_ONCE: Final = 20
_Item = TypeVar("_Item")
_Answer = TypeVar("_Answer")


async def some_at_once(items: Sequence[_Item], work: Callable[[_Item], Awaitable[_Answer]]) -> list[_Answer]:
    """The answers in the order of the items, twenty at once at the most."""
    turns = asyncio.Semaphore(_AT_ONCE)

    async def one(item: _Item) -> _Answer:
        async with turns:
            return await work(item)

    return list(await asyncio.gather(*(one(item) for item in items)))
