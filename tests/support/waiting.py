"""Waiting for a condition. A deadline only ends what would never end, so it is long: a busy machine takes its time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from inspect import isawaitable

PATIENCE = 240.0
"""Seconds until something counts as hanging. A test of how long something takes says its own number."""


async def until(
    condition: Callable[[], bool | Awaitable[bool]],
    seconds: float = PATIENCE,
    *,
    what: str = "the condition",
    between: float = 0.02,
) -> None:
    """Returns as soon as ``condition`` holds.

    Args:
        condition: looked at again and again; one that blocks belongs into ``asyncio.to_thread``.
        seconds: until it counts as never becoming true.
        what: what is waited for, in words.
        between: seconds between two looks.

    Raises:
        AssertionError: it did not become true in time.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while True:
        met = condition()
        if await met if isawaitable(met) else met:
            return
        assert loop.time() < deadline, f"{what} did not become true in time"
        await asyncio.sleep(between)
