"""Tells Temporal every few seconds that this worker lives, so that one that was killed is noticed and replaced soon."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from temporalio import activity
from temporalio.worker import (
    ActivityInboundInterceptor,
    ActivityOutboundInterceptor,
    ExecuteActivityInput,
    Interceptor,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

_EVERY_SECONDS = 2.0


@asynccontextmanager
async def heartbeats(beat_once: Callable[[], None]) -> AsyncIterator[None]:
    """Beats until the block ends. Most activities are done before the first beat, and cost no message more."""

    async def beat() -> None:
        while True:
            await asyncio.sleep(_EVERY_SECONDS)
            beat_once()

    task = asyncio.create_task(beat())
    try:
        yield
    finally:
        task.cancel()


class HeartbeatInterceptor(Interceptor):
    """Beats for every activity that Temporal expects it of (those with a heartbeat time-out)."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        """Puts the beating around the activity."""
        return _Beating(next)


class _Beating(ActivityInboundInterceptor):
    def init(self, outbound: ActivityOutboundInterceptor) -> None:
        self._outbound = outbound
        super().init(outbound)

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        if activity.info().heartbeat_timeout is None:
            return await super().execute_activity(input)
        # Not activity.heartbeat(): while a sync activity runs on its thread that one is for the thread, and called here
        # it would wait ten seconds for the very loop that it stops.
        async with heartbeats(self._outbound.heartbeat):
            return await super().execute_activity(input)
