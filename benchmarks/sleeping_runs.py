"""Many sleeping runs whose day zeros the CRM moves, later and then earlier: ``python -m benchmarks.sleeping_runs``.

Servers are the embedded ones, the worker is a process of its own as in production, and the hook goes the way of the
HTTP hook behind its signature: events of five hundred changes, rows first, signals after. It is checked that exactly
the moved runs have a new plan, and that only those that are due earlier were signalled.
"""

from __future__ import annotations

import asyncio
import functools
import os
import secrets
import sys
import time
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from adapters.clock import utc_now
from benchmarks import consumption
from benchmarks.published import SLEEPING
from benchmarks.report import Report, at_least_one, median, options
from benchmarks.stack import House, at_once, cpu_seconds, memory_mb, open_house, until
from sequences.ids import enrollment_workflow_id
from services.enrolling.enroll import EntryRequest
from services.records.crm import CrmIntake
from services.records.crm_writing import ItemWriter

if TYPE_CHECKING:
    from collections.abc import Iterable

_STARTING = "SELECT count(*) FROM enrollment WHERE state <> 'active'"
_HANDLED = "SELECT count(*) FROM reaction WHERE kind = 'field_changed' AND handled_at IS NOT NULL"
_UNTOLD = "SELECT count(*) FROM enrollment WHERE plan_revision <> plan_signalled"
_DUE = """
SELECT record_id, min(due_at) FROM enrollment_step JOIN enrollment ON enrollment.id = enrollment_id GROUP BY record_id
"""
_AT_ONCE = 16
_OF_AN_EVENT = 500
_SAMPLE = 20
_EVENTS_OF_A_SLEEPER = 5
_PATIENCE = 1_800.0


async def measure(runs: int, moved: int) -> Report:
    """Enrolls, sleeps, moves, and checks."""
    report = Report(f"{runs} sleeping runs, {moved} day zeros moved twice")
    async with open_house() as house:
        await _enroll(house, report, runs)
        for number, (way, days) in enumerate((("later", 88), ("earlier", 40)), start=1):
            await _move(house, report, _Move(way, days, runs, moved, number))
        await _weigh(house, report, runs, moved)
        report.add("worker memory after the moves", memory_mb(house.worker), "MB")
    return report


async def _enroll(house: House, report: Report, runs: int) -> None:
    day_zero = date.today() + timedelta(days=60)  # noqa: DTZ011 - any day far enough away
    await house.publish(SLEEPING)
    await house.add_placements(1, runs, day_zero)
    report.add("worker memory before any run", memory_mb(house.worker), "MB")
    used = _cpu(house)
    began = time.perf_counter()

    async def enroll(number: int) -> None:
        await house.services.enrolling.enroll(
            EntryRequest("bench-sleeping", secrets.token_hex(8), record_id=f"bench-r{number}")
        )

    async def all_begun() -> bool:
        return await house.count(_STARTING) == 0

    await at_once(_AT_ONCE, [functools.partial(enroll, number) for number in range(1, runs + 1)])
    await until(all_begun, seconds=_PATIENCE)
    # Their first tasks are taken in about the order of their starts.
    sample = range(max(1, runs - _SAMPLE), runs + 1)
    await until(functools.partial(_all_asleep, house, sample), seconds=_PATIENCE, every=0.5)
    spent = time.perf_counter() - began
    report.add("enrolled and planned", spent, "s", f"{_AT_ONCE} at a time; load {os.getloadavg()[0]:.1f}")
    report.add("enrolled and planned, rate", runs / spent, "runs/s")
    _add_cpu(house, report, used, "enrolled", runs)
    report.add("worker memory while all sleep", memory_mb(house.worker), "MB")


@dataclass(frozen=True)
class _Move:
    """One move of many day zeros.

    Attributes:
        way: ``later`` or ``earlier`` than before.
        days: from today to the new day zero.
        runs: all of them.
        moved: how many of them move.
        number: of the move, from 1.
    """

    way: str
    days: int
    runs: int
    moved: int
    number: int


async def _move(house: House, report: Report, move: _Move) -> None:
    before, handled = await _due(house), await house.count(_HANDLED)
    intake = CrmIntake(
        house.services.database, ItemWriter(house.services.changes, origin="crm"), utc_now, house.dispatcher.wake
    )
    day = (date.today() + timedelta(days=move.days)).isoformat()  # noqa: DTZ011
    changes: list[dict[str, object]] = [
        {"entity": "placement", "id": f"bench-r{number}", "fields": {"placement.start_date": day}}
        for number in range(1, move.moved + 1)
    ]
    used, began = _cpu(house), time.perf_counter()
    answered = asyncio.create_task(_tell(intake, changes))
    for name, share in (("one in ten", 10), ("half", 2), ("all", 1)):
        wanted = handled + max(1, move.moved // share)
        await until(functools.partial(_handled, house, wanted), seconds=_PATIENCE, every=0.02)
        note = f"counted from the first event's arrival; load {os.getloadavg()[0]:.1f}"
        report.add(f"{name} moved {move.way} planned again after", time.perf_counter() - began, "s", note)
    await until(functools.partial(_all_told, house), seconds=_PATIENCE, every=0.02)
    report.add(f"moved {move.way}, and all told who are due earlier, after", time.perf_counter() - began, "s")
    report.add(f"moved {move.way}: events answered after", await answered, "s", "all changes are in Postgres")
    _add_cpu(house, report, used, f"moved {move.way}", move.moved)
    _check(before, await _due(house), move.moved, move.runs)


async def _tell(intake: CrmIntake, changes: list[dict[str, object]]) -> float:
    """The CRM's events, one after the other; returns how long they took."""
    began = time.perf_counter()
    for first in range(0, len(changes), _OF_AN_EVENT):
        part = changes[first : first + _OF_AN_EVENT]
        answer = await intake.receive(f"bench-{secrets.token_hex(4)}", part)
        if answer["applied"] != len(part):
            raise RuntimeError(f"the hook applied {answer['applied']} of {len(part)} changes")
    return time.perf_counter() - began


def _cpu(house: House) -> dict[str, float | None]:
    return {
        "worker": cpu_seconds(house.worker),
        "Temporal": cpu_seconds(house.temporal.child),
        "hook and dispatcher": consumption.seconds(os.getpid()),
        "Postgres": consumption.family(house.postgres),
    }


def _add_cpu(house: House, report: Report, before: dict[str, float | None], what: str, runs: int) -> None:
    for name, after in _cpu(house).items():
        earlier = before[name]
        spent = None if after is None or earlier is None else (after - earlier) * 1_000 / runs
        report.add(f"processor time of {name} for each run {what}", spent, "ms")


async def _handled(house: House, wanted: int) -> bool:
    return await house.count(_HANDLED) >= wanted


async def _all_told(house: House) -> bool:
    return await house.count(_UNTOLD) == 0


async def _due(house: House) -> dict[str, datetime]:
    return {ident: at for ident, at in await house.services.database.pool.fetch(_DUE)}  # noqa: C416


def _check(before: dict[str, datetime], after: dict[str, datetime], moved: int, runs: int) -> None:
    changed = {record for record in after if after[record] != before[record]}
    if changed != {f"bench-r{number}" for number in range(1, moved + 1)} or len(after) != runs:
        raise RuntimeError(f"{len(changed)} of {len(after)} runs have a new plan, {moved} of {runs} should")


async def _weigh(house: House, report: Report, runs: int, moved: int) -> None:
    groups = {"that slept": range(moved + 1, runs + 1), "that was moved": range(1, moved + 1)}
    for name, numbers in groups.items():
        found = [await _history(house, number) for number in numbers[:_SAMPLE]]
        if found:
            report.add(f"events of a run {name}", median([length for length, _ in found]), "events", "median")
            report.add(f"history of a run {name}", median([size for _, size in found]) / 1024, "KB", "median")


async def _all_asleep(house: House, numbers: Iterable[int]) -> bool:
    found = [await _history(house, each) for each in numbers]
    return all(length >= _EVENTS_OF_A_SLEEPER for length, _ in found)


async def _history(house: House, number: int) -> tuple[int, int]:
    handle = house.services.client.get_workflow_handle(enrollment_workflow_id("bench-sleeping", f"bench-r{number}"))
    info = (await handle.describe()).raw_description.workflow_execution_info
    return info.history_length, info.history_size_bytes


def main() -> int:
    """Prints the figures."""
    parser = options(__doc__)
    parser.add_argument("--runs", type=at_least_one, default=10_000, help="sleeping runs (10000)")
    parser.add_argument("--moved", type=at_least_one, default=1_000, help="day zeros that are moved (1000)")
    chosen = parser.parse_args()
    report = asyncio.run(measure(chosen.runs, min(chosen.moved, chosen.runs)))
    report.show(as_json=chosen.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
