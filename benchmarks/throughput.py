"""Silent three-step runs through the whole engine: ``python -m benchmarks.throughput [--runs N] [--rounds N]``.

A run is enrolled, planned, sends three mails to the embedded SMTP sink and finishes without a reaction. The baseline is
a bare Temporal workflow with the same number of activities on two queues and the same number of timers, all of them
no-ops, on the same server, turn by turn. How many there are is read from the history of a run of ours, so that
the baseline follows when the engine changes. Both workers are processes of their own.
"""

from __future__ import annotations

import asyncio
import functools
import secrets
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from temporalio.api.enums.v1 import EventType

from benchmarks import bare_workflow
from benchmarks.published import SILENT
from benchmarks.report import Report, at_least_one, median, options, ratio
from benchmarks.stack import House, at_once, cpu_seconds, open_house, start_python
from sequences.ids import enrollment_workflow_id
from sequences.names import SEND_QUEUE
from services.enrolling.enroll import EntryRequest
from starter.local.processes import Child

_STEPS = 3
_WARM_UP = 20
_FINISHED = "SELECT count(*) FROM enrollment WHERE state = 'finished'"


class _Engine:
    """Our side. Every run has a person of its own: nobody is enrolled twice."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._people = 0

    async def go(self, runs: int, in_flight: int) -> float:
        """Runs per second, from the first enrollment to the end of the last run."""
        first, self._people = self._people + 1, self._people + runs
        await self._house.add_people(first, self._people)
        began = time.perf_counter()
        await at_once(in_flight, [functools.partial(self._one, number) for number in range(first, self._people + 1)])
        return runs / (time.perf_counter() - began)

    async def _one(self, number: int) -> None:
        accepted = await self._house.services.enrolling.enroll(
            EntryRequest("bench-silent", secrets.token_hex(8), f"bench-p{number}")
        )
        if not accepted.started:
            raise RuntimeError("Temporal did not start a run in time; try fewer at once")
        await self._house.services.client.get_workflow_handle(accepted.workflow_id).result()

    async def check(self) -> None:
        """All runs have finished, and every mail arrived once."""
        finished = await self._house.count(_FINISHED)
        mails = len(await asyncio.to_thread(lambda: list(self._house.mail.folder.glob("*.eml"))))
        if (finished, mails) != (self._people, self._people * _STEPS):
            raise RuntimeError(f"{finished} of {self._people} runs finished with {mails} mails")

    async def shape(self) -> tuple[bare_workflow.Shape, Counter[int]]:
        """What the first run did, for the baseline; and its events by type."""
        handle = self._house.services.client.get_workflow_handle(enrollment_workflow_id("bench-silent", "bench-p1"))
        events = (await handle.fetch_history()).events
        queues = [
            event.activity_task_scheduled_event_attributes.task_queue.name
            for event in events
            if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED
        ]
        send = queues.count(SEND_QUEUE)
        kinds = Counter(int(event.event_type) for event in events)
        timers = kinds[EventType.EVENT_TYPE_TIMER_STARTED]
        return bare_workflow.Shape(len(queues) - send, send, timers, bare_workflow.EAGER), kinds


# As our own workers run: without sandbox, and with eager activities.
_BARE_QUEUE = bare_workflow.QUEUE + bare_workflow.EAGER


async def _bare(house: House, shape: bare_workflow.Shape, runs: int, in_flight: int) -> float:
    async def one() -> None:
        await house.services.client.execute_workflow(
            bare_workflow.WORKFLOW, shape, id=f"bare-{secrets.token_hex(8)}", task_queue=_BARE_QUEUE
        )

    began = time.perf_counter()
    await at_once(in_flight, [one] * runs)
    return runs / (time.perf_counter() - began)


async def measure(runs: int, rounds: int, in_flight: int) -> Report:
    """Goes ``rounds`` rounds after a warm-up of both; every other round the baseline begins."""
    report = Report(f"{runs} silent three-step runs a round, {rounds} rounds, {in_flight} at a time")
    ours: list[float] = []
    baseline: list[float] = []
    used = Counter[str]()
    async with open_house() as house:
        await house.publish(SILENT)
        address = house.temporal.address
        worker = await start_python(
            house.folder,
            "bare",
            "benchmarks.bare_workflow",
            address,
            bare_workflow.EAGER,
            env={},
            ready=bare_workflow.READY,
        )
        try:
            engine = _Engine(house)
            await engine.go(_WARM_UP, in_flight)
            shape, kinds = await engine.shape()
            await _bare(house, shape, _WARM_UP, in_flight)
            for number in range(rounds):
                for turn in (0, 1):
                    if (number + turn) % 2:
                        with _spent(used, "bare", worker, house.temporal.child):
                            baseline.append(await _bare(house, shape, runs, in_flight))
                    else:
                        with _spent(used, "ours", house.worker, house.temporal.child):
                            ours.append(await engine.go(runs, in_flight))
            await engine.check()
        finally:
            await worker.stop()
    _say(report, ours, baseline, shape, kinds)
    for side in ("ours", "bare"):
        report.add(f"processor time of a run, {side}", used[side] / (runs * rounds), "ms", "worker and Temporal")
    report.add("processor time, bare / ours", ratio(used["bare"], used["ours"]), "ratio", "hardly minds a busy machine")
    return report


@contextmanager
def _spent(used: Counter[str], side: str, *processes: Child | None) -> Iterator[None]:
    """Adds the processor time, in milliseconds, that the processes use meanwhile."""
    before = sum(cpu_seconds(process) or 0.0 for process in processes)
    yield
    used[side] += round(1_000 * (sum(cpu_seconds(process) or 0.0 for process in processes) - before))


def _say(
    report: Report, ours: list[float], baseline: list[float], shape: bare_workflow.Shape, kinds: Counter[int]
) -> None:
    report.add("activities of a run", shape.main + shape.send, "activities", "the same in both")
    report.add("timers of a run", shape.timers, "timers", "the same in both; steps without `when` need none")
    report.add("events of a run of ours", kinds.total(), "events")
    report.add("ours, median", median(ours), "runs/s", "enroll to finished, with three mails")
    report.add("bare, median", median(baseline), "runs/s", "no-op activities, no Postgres, no mail")
    shares = [ratio(mine, theirs) or 0.0 for mine, theirs in zip(ours, baseline, strict=True)]
    report.add("ours / bare, median of the rounds", median(shares), "ratio")
    report.add("ours / bare, lowest round", min(shares), "ratio")
    report.add("ours / bare, highest round", max(shares), "ratio")
    report.add("mails, median", median(ours) * _STEPS, "mails/s")


def main() -> int:
    """Prints the figures."""
    parser = options(__doc__)
    parser.add_argument("--runs", type=at_least_one, default=200, help="runs a round (200)")
    parser.add_argument("--rounds", type=at_least_one, default=3)
    parser.add_argument("--in-flight", type=at_least_one, default=32, help="open at the same time (32)")
    chosen = parser.parse_args()
    asyncio.run(measure(chosen.runs, chosen.rounds, chosen.in_flight)).show(as_json=chosen.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
