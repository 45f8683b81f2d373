"""Temporal with nothing of ours, to compare rates with."""

from __future__ import annotations

import asyncio
import secrets
import time
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHandle

from benchmarks.bare_workflow import EAGER, QUEUE, READY, SLEEPER, WORKFLOW, Shape
from benchmarks.stack import at_once, start_python

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SANDBOXED = ""


class Bare:
    """The baseline: a worker as those of 0.1 were, and one without sandbox and with eager activities."""

    def __init__(self, client: Client) -> None:
        self._client = client

    @classmethod
    @asynccontextmanager
    async def open(cls, address: str, folder: Path) -> AsyncIterator[Bare]:
        """Starts the workers, and stops them at the end."""
        async with AsyncExitStack() as stack:
            for suffix in (SANDBOXED, EAGER):
                arguments = [address, *([suffix] if suffix else [])]
                name = f"bare{suffix}"
                child = await start_python(folder, name, "benchmarks.bare_workflow", *arguments, env={}, ready=READY)
                stack.push_async_callback(child.stop)
            yield cls(await Client.connect(address))

    async def runs(self, shape: Shape, number: int, in_flight: int, kind: str) -> float:
        """Runs of this shape a second, from the first start to the last end."""
        wanted = replace(shape, suffix=kind)

        async def one() -> None:
            identity = f"bare-{secrets.token_hex(8)}"
            await self._client.execute_workflow(WORKFLOW, wanted, id=identity, task_queue=QUEUE + kind)

        began = time.perf_counter()
        await at_once(in_flight, [one] * number)
        return number / (time.perf_counter() - began)

    async def sleepers(self, number: int, in_flight: int) -> float:
        """Starts with a timer a second, from the first start until the last timer."""
        handles: list[WorkflowHandle[Any, Any]] = []

        async def one() -> None:
            identity = f"bare-{secrets.token_hex(8)}"
            handles.append(await self._client.start_workflow(SLEEPER, id=identity, task_queue=QUEUE + EAGER))

        began = datetime.now(UTC)
        await at_once(in_flight, [one] * number)
        last = began
        for handle in handles:
            while (at := await _timer(handle)) is None:  # noqa: ASYNC110 - another process starts it
                await asyncio.sleep(0.1)
            last = max(last, at)
        for handle in handles:
            await handle.terminate()
        return number / (last - began).total_seconds()


async def _timer(handle: WorkflowHandle[Any, Any]) -> datetime | None:
    async for event in handle.fetch_history_events():
        if event.event_type == EventType.EVENT_TYPE_TIMER_STARTED:
            at: datetime = event.event_time.ToDatetime(tzinfo=UTC)
            return at
    return None
