"""A worker while more and more runs sleep, and after a restart: ``python -m benchmarks.many_asleep [--runs N]``.

One run is enrolled as always. Rows of the others are copies of its rows; each is started as the dispatcher starts it,
and the worker does its first task. Memory is read as the number grows. Then the worker is started again, and asked for
runs that it has never seen. With ``--seconds`` no run is started after that long; the figures say how many sleep.
"""

from __future__ import annotations

import asyncio
import functools
import os
import secrets
import sys
import time
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.consumption import seconds
from benchmarks.published import SLEEPING
from benchmarks.report import Report, at_least_one, median, options
from benchmarks.stack import House, at_once, memory_mb, open_house, until
from sequences.errors import UnavailableError
from sequences.ids import enrollment_workflow_id
from services.enrolling.enroll import EntryRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

# Whatever columns a row has: all but these are those of the run that was enrolled.
_RUNS = """
INSERT INTO enrollment SELECT (jsonb_populate_record(e, jsonb_build_object(
    'id', 'ebench' || lpad(n::text, 10, '0'), 'workflow_id', $4 || n, 'record_id', 'bench-r' || n,
    'person_id', 'bench-p' || n, 'state', 'starting', 'started_at', NULL))).*
FROM enrollment e, generate_series($1::int, $2::int) AS n WHERE e.id = $3
"""
_STEPS = """
INSERT INTO enrollment_step SELECT (jsonb_populate_record(s, jsonb_build_object(
    'enrollment_id', 'ebench' || lpad(n::text, 10, '0')))).*
FROM enrollment_step s, generate_series($1::int, $2::int) AS n WHERE s.enrollment_id = $3
"""
_STARTING = "SELECT count(*) FROM enrollment WHERE state = 'starting'"
_AT_ONCE = 16
_BATCH = 500
_SAMPLE = 200
_PATIENCE = 600.0
_REST = 3
"""So many seconds in a row without work."""
_AT_REST = 0.03
"""Seconds of processor time in one second that are no work."""
_ASLEEP_EVENTS = 5
"""Started, task scheduled, begun and done, and the timer."""


async def measure(runs: int, limit: float | None) -> Report:
    """Puts them to sleep, weighs, restarts, and asks."""
    report = Report(f"{runs} sleeping runs and one worker", live=True)
    async with open_house(dispatching=False) as house:
        report.add("worker memory before any run", memory_mb(house.worker), "MB")
        asleep = await _all_asleep(house, report, runs, limit)
        # Whoever was started last may still have its first task before it: a new worker would do it beside the answers.
        await _rests(house)
        began, before = time.perf_counter(), house.worker
        await before.stop()
        stopped = time.perf_counter() - began
        began = time.perf_counter()
        house.worker = await house.start_worker()
        report.add("worker stopped after", stopped, "s")
        report.add("worker ready again after", time.perf_counter() - began, "s", f"{asleep:,} runs asleep; aim: < 10")
        report.add("its processor time until then", seconds(house.worker.pid), "s", "hardly minds a busy machine")
        report.add("worker memory after the restart", memory_mb(house.worker), "MB")
        began, spent = time.perf_counter(), seconds(house.worker.pid)
        await _rests(house)
        spent, rested = seconds(house.worker.pid) - spent, time.perf_counter() - began
        report.add("its processor time until it rests", spent, "s", f"after {rested:.0f} s: what was left to do")
        report.add("worker memory then", memory_mb(house.worker), "MB")
        await _ask(house, report, asleep)
    return report


async def _all_asleep(house: House, report: Report, runs: int, limit: float | None) -> int:
    """How many sleep in the end."""
    await house.publish(SLEEPING)
    first = await _enroll_one(house)
    done, weighed, began, spent = 1, 1_000, time.perf_counter(), seconds(house.worker.pid)
    while done < runs and (limit is None or time.perf_counter() - began < limit):
        last = min(runs, done + _BATCH, weighed if done < weighed else runs)
        await _begin(house, first, done + 1, last)
        done = last
        if done in (weighed, runs):
            note = f"aim: < 400, flat; after {time.perf_counter() - began:.0f} s, load {os.getloadavg()[0]:.0f}"
            report.add(f"worker memory, {done:,} asleep", memory_mb(house.worker), "MB", note)
            weighed = next(size for size in (1_000, 10_000, 25_000, 50_000, 100_000, sys.maxsize) if size > done)
    if done != runs:
        report.add(f"worker memory, {done:,} asleep", memory_mb(house.worker), "MB", "as far as the time went")
    took = time.perf_counter() - began
    report.add("put to sleep", done / took, "runs/s", f"{_AT_ONCE} at a time")
    report.add("processor time of the worker for each", 1_000 * (seconds(house.worker.pid) - spent) / done, "ms")
    return done


async def _rests(house: House) -> None:
    """Returns once the worker has next to nothing to do."""
    async with asyncio.timeout(_PATIENCE):
        quiet, before = 0, seconds(house.worker.pid)
        while quiet < _REST:
            await asyncio.sleep(1.0)
            now = seconds(house.worker.pid)
            quiet, before = (quiet + 1 if now - before <= _AT_REST else 0), now


async def _enroll_one(house: House) -> str:
    await house.add_placements(1, 1, _far_away())
    request = EntryRequest("bench-sleeping", secrets.token_hex(8), record_id="bench-r1")
    accepted = await house.services.enrolling.enroll(request)
    await until(functools.partial(_none_starting, house), seconds=_PATIENCE)
    return accepted.enrollment


def _far_away() -> date:
    return date.today() + timedelta(days=60)  # noqa: DTZ011 - any day far enough away


async def _none_starting(house: House) -> bool:
    return await house.count(_STARTING) == 0


async def _begin(house: House, pattern: str, first: int, last: int) -> None:
    """Writes rows and starts their runs; returns when the newest of them sleep."""
    pool = house.services.database.pool
    await house.add_placements(first, last, _far_away())
    await pool.execute(_RUNS, first, last, pattern, enrollment_workflow_id("bench-sleeping", "bench-r"))
    await pool.execute(_STEPS, first, last, pattern)
    numbers = range(first, last + 1)
    while not await _none_starting(house):
        # Who is told that Temporal was too slow begins it once more.
        await at_once(_AT_ONCE, [functools.partial(_start, house, number) for number in numbers])
    await until(functools.partial(_sleep, house, numbers[-_AT_ONCE:]), seconds=_PATIENCE, every=0.2)


async def _start(house: House, number: int) -> None:
    with suppress(UnavailableError):
        await house.services.enrolling.start(f"ebench{number:010}")


async def _sleep(house: House, numbers: Sequence[int]) -> bool:
    lengths = [await _events(house, number) for number in numbers]
    return min(lengths) >= _ASLEEP_EVENTS


async def _events(house: House, number: int) -> int:
    handle = house.services.client.get_workflow_handle(enrollment_workflow_id("bench-sleeping", f"bench-r{number}"))
    return (await handle.describe()).history_length


async def _ask(house: House, report: Report, asleep: int) -> None:
    """Runs that are spread over all of them, none in the new worker's cache: each is replayed to answer."""
    numbers = range(1, asleep + 1, max(1, asleep // _SAMPLE))
    took, spent = [], seconds(house.worker.pid)
    for number in numbers:
        began = time.perf_counter()
        state = await house.services.runs.status(enrollment_workflow_id("bench-sleeping", f"bench-r{number}"))
        took.append(1_000 * (time.perf_counter() - began))
        if state.record != f"bench-r{number}" or state.due is None:
            raise RuntimeError(f"bench-r{number} does not sleep until its first step: {state}")
    report.add("a run answers after a replay, median", median(took), "ms", f"{len(took)} runs")
    report.add("processor time of the worker for it", 1_000 * (seconds(house.worker.pid) - spent) / len(took), "ms")
    report.add("worker memory after those", memory_mb(house.worker), "MB")


def main() -> int:
    """Prints the figures."""
    parser = options(__doc__)
    parser.add_argument("--runs", type=at_least_one, default=5_000, help="sleeping runs (5000)")
    parser.add_argument("--seconds", type=at_least_one, help="start no more runs after so many seconds")
    parser.add_argument("--keep", type=Path, metavar="FILE", help="write the figures there, too")
    chosen = parser.parse_args()
    report = asyncio.run(measure(chosen.runs, chosen.seconds))
    if chosen.keep is not None:
        chosen.keep.write_text(report.as_json() + "\n")
    report.show(as_json=chosen.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
