"""The baseline of the throughput benchmark: a Temporal workflow that does nothing, as often as a run of ours does.

``python -m benchmarks.bare_workflow ADDRESS [SUFFIX]`` works on its queues until SIGTERM, with the options that the
workers of 0.1 had; with the suffix ``-eager`` without sandbox and with eager activities.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

QUEUE = "bench-bare"
SEND_QUEUE = "bench-bare-send"
WORKFLOW = "BareWorkflow"
SLEEPER = "BareSleeper"
EAGER = "-eager"
READY = "bare worker is ready"


@dataclass(frozen=True)
class Shape:
    """How much a run does: activities on each of the two queues, and timers; ``suffix`` ends the queues' names."""

    main: int = 2
    send: int = 3
    timers: int = 0
    suffix: str = ""


@activity.defn
async def nothing(_number: int) -> None:
    """Does nothing."""


@workflow.defn(name=WORKFLOW)
class BareWorkflow:
    """The first activity, the sends with the timers between them, and the rest of the activities."""

    @workflow.run
    async def run(self, shape: Shape) -> None:
        """One after the other, as a run of ours does it."""
        for number in range(shape.main):
            await self._call(number, QUEUE + shape.suffix)
            if number:
                continue
            for sent in range(shape.send):
                if sent < shape.timers:
                    await workflow.sleep(timedelta(milliseconds=1))
                await self._call(sent, SEND_QUEUE + shape.suffix)

    async def _call(self, number: int, queue: str) -> None:
        await workflow.execute_activity(
            nothing, number, task_queue=queue, start_to_close_timeout=timedelta(seconds=60), summary="nothing"
        )


@workflow.defn(name=SLEEPER)
class BareSleeper:
    """Starts one timer: the least that a run does which waits for its first step."""

    @workflow.run
    async def run(self) -> None:
        """Sleeps for longer than any benchmark takes."""
        await workflow.sleep(timedelta(days=30))


async def work(address: str, suffix: str = "") -> None:
    """Works until SIGTERM; with the suffix ``EAGER`` without sandbox, and with eager activities."""
    client = await Client.connect(address)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    eager = suffix == EAGER
    options: dict[str, Any] = {
        "activities": [nothing],
        "max_concurrent_activities": 100,
        "disable_eager_activity_execution": not eager,
        "workflow_runner": UnsandboxedWorkflowRunner() if eager else SandboxedWorkflowRunner(),
    }
    main_worker = Worker(client, task_queue=QUEUE + suffix, workflows=[BareWorkflow, BareSleeper], **options)
    send_worker = Worker(client, task_queue=SEND_QUEUE + suffix, **options)
    async with main_worker, send_worker:
        sys.stderr.write(f"{READY}\n")
        sys.stderr.flush()
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(work(*sys.argv[1:]))
