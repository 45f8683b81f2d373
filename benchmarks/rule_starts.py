"""Matches that become runs: ``python -m benchmarks.rule_starts [--matches N]``.

N people change at once; one rule is true for all of them. Ours: the watcher matches and writes enrollments and windows;
the dispatcher starts a window's workflow for each, and the run beside it. The baseline is N bare ``start_workflow``
calls of a workflow that does nothing, as many at a time, on the same server in the same run. Both workers are processes
of their own.
"""

from __future__ import annotations

import asyncio
import secrets
import sys
import time

from adapters.clock import utc_now
from benchmarks import bare_workflow
from benchmarks.published import by_rule
from benchmarks.report import Report, at_least_one, options, ratio
from benchmarks.stack import House, at_once, cpu_seconds, open_house, start_python, until
from sequences.records.record_view import RecordView
from services.auto_enroll import batches
from services.enrolling.preflight import Preflight

_CHANGE = "UPDATE person SET status = 'Hot' WHERE id LIKE 'bench-p%' AND status IS DISTINCT FROM 'Hot'"
_NOTED = """
INSERT INTO change (entity, entity_id, fields, before, after, origin, at)
SELECT 'person', id, '{person.status}', '{"status": null}', '{"status": "Hot"}', 'import', $1 FROM person
WHERE id LIKE 'bench-p%'
"""
_MATCHED = "SELECT count(*) FROM enrollment WHERE via = 'rule'"
_WINDOWS = "SELECT count(*) FROM reenrollment_window WHERE state = 'open'"
_BEGUN = "SELECT count(*) FROM enrollment WHERE via = 'rule' AND started_at IS NOT NULL"
_AT_ONCE = 20
_LONGEST = 1800.0


async def publish_with_rules(house: House, text: str) -> None:
    """Publishes, and switches the rules on."""
    await house.publish(text)
    name = text.partition("sequence:")[2].split()[0]
    async with house.services.database.transaction() as connection:
        version = await house.services.versions.get(connection, name)
        await batches.switch_on(connection, version, utc_now())


async def _reached(house: House, query: str, wanted: int, began: float) -> float:
    """Per second, from the change to the last one."""

    async def met() -> bool:
        return await house.count(query) >= wanted

    await until(met, seconds=_LONGEST)
    return wanted / (time.perf_counter() - began)


async def _bare(house: House, number: int) -> float:
    async def one() -> None:
        await house.services.client.start_workflow(
            bare_workflow.WORKFLOW,
            bare_workflow.Shape(0, 0, 0),
            id=f"bare-{secrets.token_hex(8)}",
            task_queue=bare_workflow.QUEUE,
        )

    began = time.perf_counter()
    await at_once(_AT_ONCE, [one] * number)
    return number / (time.perf_counter() - began)


async def _checked(house: House, number: int) -> float:
    """People a second of whom it is asked whether their messages can be written: one process, nothing else."""
    async with house.services.database.transaction() as connection:
        version = await house.services.versions.get(connection, "bench-rule")
    preflight = Preflight(house.services.renderer)
    people = [RecordView("person", f"bench-p{n}", {"id": f"bench-p{n}", "first_name": "Alex"}) for n in range(number)]
    began = time.perf_counter()
    for person in people:
        preflight.lacks(version, person, frozenset())
    return number / (time.perf_counter() - began)


async def measure(matches: int) -> Report:
    """One round of each, the baseline first."""
    report = Report(f"{matches} matches of one rule started")
    async with open_house() as house:
        worker = await start_python(
            house.folder, "bare", "benchmarks.bare_workflow", house.temporal.address, env={}, ready=bare_workflow.READY
        )
        try:
            await _bare(house, 50)
            baseline = await _bare(house, matches)
        finally:
            await worker.stop()
        await publish_with_rules(house, by_rule("bench-rule"))
        await house.add_people(1, matches)
        before = [cpu_seconds(process) for process in (house.worker, house.temporal.child)]
        began = time.perf_counter()
        async with house.services.database.transaction() as connection:
            await connection.execute(_CHANGE)
            await connection.execute(_NOTED, utc_now())
        house.dispatcher.wake()
        matched, started, begun = await asyncio.gather(
            *(_reached(house, query, matches, began) for query in (_MATCHED, _WINDOWS, _BEGUN))
        )
        entered = await house.count(_MATCHED)
        if entered != matches:
            raise RuntimeError(f"{entered} enrollments for {matches} people")
        after = [cpu_seconds(process) for process in (house.worker, house.temporal.child)]
        checked = await _checked(house, matches)
    report.add("matched and written", matched, "matches/s", "enrollment and window rows are committed")
    report.add("messages checked, alone", checked, "people/s", "a part of matching: can they be written?")
    report.add("windows started", started, "windows/s", "Temporal has the window and its run")
    report.add("runs begun", begun, "runs/s", "asleep until their first step")
    report.add("bare start_workflow", baseline, "workflows/s", f"{_AT_ONCE} at a time, no-op, its worker running")
    report.add("windows started / bare", ratio(started, baseline), "ratio", "two starts each: the window and its run")
    report.add("runs begun / bare", ratio(begun, baseline), "ratio", "the same: a window opens after its run")
    for name, first, last in zip(("worker", "Temporal"), before, after, strict=True):
        spent = None if first is None or last is None else 1000 * (last - first) / matches
        report.add(f"processor time of a match, {name}", spent, "ms", "hardly minds a busy machine")
    return report


def main() -> int:
    """Prints the figures."""
    parser = options(__doc__)
    parser.add_argument("--matches", type=at_least_one, default=1000, help="people who match (1000)")
    chosen = parser.parse_args()
    asyncio.run(measure(chosen.matches)).show(as_json=chosen.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
