"""Many sleeping runs, then one CRM hook that moves day zeros: ``python -m benchmarks.sleeping_runs [--runs N]``.

Servers are the embedded ones, the worker is a process of its own as in production, and the hook goes the way of the
HTTP hook behind its signature: one event, rows first, signals after. It is checked that exactly the moved runs have
a new plan.
"""

from __future__ import annotations

import asyncio
import functools
import secrets
import sys
import time
from datetime import date, datetime, timedelta

from adapters.clock import utc_now
from benchmarks.published import SLEEPING
from benchmarks.report import Report, at_least_one, median, options
from benchmarks.stack import House, at_once, cpu_seconds, memory_mb, open_house, until
from sequences.ids import enrollment_workflow_id
from services.enrolling.enroll import EntryRequest
from services.records.crm import CrmIntake
from services.records.crm_writing import ItemWriter

_PLACEMENTS = """
INSERT INTO placement (id, person_id, owner_id, status, start_date)
SELECT 'bench-r' || n, 'bench-p' || n, 'bench-owner', 'Placed', $2 FROM generate_series(1, $1::int) AS n
"""
_STARTING = "SELECT count(*) FROM enrollment WHERE state <> 'active'"
_HANDLED = "SELECT count(*) FROM reaction WHERE kind = 'field_changed' AND handled_at IS NOT NULL"
_DUE = """
SELECT record_id, min(due_at) FROM enrollment_step JOIN enrollment ON enrollment.id = enrollment_id GROUP BY record_id
"""
_AT_ONCE = 16
_SAMPLE = 20
_PATIENCE = 1_800.0


async def measure(runs: int, moved: int) -> Report:
    """Enrolls, sleeps, moves, and checks."""
    report = Report(f"{runs} sleeping runs, {moved} day zeros moved by one hook")
    async with open_house() as house:
        await _enroll(house, report, runs)
        await _move(house, report, runs, moved)
        await _weigh(house, report, runs, moved)
        report.add("worker memory after the move", memory_mb(house.worker), "MB")
    return report


async def _enroll(house: House, report: Report, runs: int) -> None:
    day_zero = date.today() + timedelta(days=60)  # noqa: DTZ011 - any day far enough away
    await house.publish(SLEEPING)
    await house.add_people(1, runs)
    await house.services.database.pool.execute(_PLACEMENTS, runs, day_zero.isoformat())
    report.add("worker memory before any run", memory_mb(house.worker), "MB")
    used = _cpu(house)
    began = time.perf_counter()

    async def enroll(number: int) -> None:
        await house.services.enrolling.enroll(
            EntryRequest("bench-sleeping", secrets.token_hex(8), record_id=f"bench-r{number}")
        )

    async def all_asleep() -> bool:
        return await house.count(_STARTING) == 0

    await at_once(_AT_ONCE, [functools.partial(enroll, number) for number in range(1, runs + 1)])
    await until(all_asleep, seconds=_PATIENCE)
    spent = time.perf_counter() - began
    report.add("enrolled and planned", spent, "s", f"{_AT_ONCE} at a time")
    report.add("enrolled and planned, rate", runs / spent, "runs/s")
    _add_cpu(house, report, used, "enrolled", runs)
    report.add("worker memory while all sleep", memory_mb(house.worker), "MB")


async def _move(house: House, report: Report, runs: int, moved: int) -> None:
    before = await _due(house)
    intake = CrmIntake(
        house.services.database, ItemWriter(house.services.changes, origin="crm"), utc_now, house.dispatcher.wake
    )
    later = (date.today() + timedelta(days=88)).isoformat()  # noqa: DTZ011
    changes = [
        {"entity": "placement", "id": f"bench-r{number}", "fields": {"placement.start_date": later}}
        for number in range(1, moved + 1)
    ]
    used = _cpu(house)
    began = time.perf_counter()
    answer = await intake.receive(f"bench-{secrets.token_hex(4)}", changes)
    report.add("hook answered after", time.perf_counter() - began, "s", "all changes are in Postgres")
    if answer["applied"] != moved:
        raise RuntimeError(f"the hook applied {answer['applied']} of {moved} changes")
    for name, share in (("one in ten", 10), ("half", 2), ("all", 1)):
        wanted = max(1, moved // share)
        await until(functools.partial(_handled, house, wanted), seconds=_PATIENCE, every=0.02)
        report.add(f"{name} re-planned after", time.perf_counter() - began, "s", "counted from the hook's arrival")
    _add_cpu(house, report, used, "moved", moved)
    _check(before, await _due(house), moved, runs)


def _cpu(house: House) -> dict[str, float | None]:
    return {"worker": cpu_seconds(house.worker), "Temporal": cpu_seconds(house.temporal.child)}


def _add_cpu(house: House, report: Report, before: dict[str, float | None], what: str, runs: int) -> None:
    for name, after in _cpu(house).items():
        earlier = before[name]
        spent = None if after is None or earlier is None else (after - earlier) * 1_000 / runs
        report.add(f"processor time of {name} for each run {what}", spent, "ms")


async def _handled(house: House, wanted: int) -> bool:
    return await house.count(_HANDLED) >= wanted


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


async def _history(house: House, number: int) -> tuple[int, int]:
    handle = house.services.client.get_workflow_handle(enrollment_workflow_id("bench-sleeping", f"bench-r{number}"))
    info = (await handle.describe()).raw_description.workflow_execution_info
    return info.history_length, info.history_size_bytes


def main() -> int:
    """Prints the figures."""
    parser = options(__doc__)
    parser.add_argument("--runs", type=at_least_one, default=10_000, help="sleeping runs (10000)")
    parser.add_argument("--moved", type=at_least_one, default=1_000, help="day zeros that the hook moves (1000)")
    chosen = parser.parse_args()
    report = asyncio.run(measure(chosen.runs, min(chosen.moved, chosen.runs)))
    report.show(as_json=chosen.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
