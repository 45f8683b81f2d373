"""How long statistics take: ``python -m benchmarks.statistics_speed [--people N] [--folder DIR] [--json]``.

On the database of ``make bench-sql``: 20,000 people have 100,000 sends, 200,000 people a million. The baseline is the
query that one would write without a table of outcomes: sends, runs and replies joined, and people counted distinct.
Both must count the same people. What a send pays for it, the mark on its run, is measured by turns with and without.
"""

from __future__ import annotations

import asyncio
import sys
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.postgres.database import Database
from benchmarks.consumption import family, seconds
from benchmarks.report import Report, at_least_one, median, options, ratio
from benchmarks.sql.seeded import seeded
from sequences.statistics.outcomes import By
from services.reading import run_outcomes
from services.reading.statistics import StatisticsRequest, statistics

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from adapters.postgres.database import Connection

_ROUNDS = 5
_MARKED = 1_000
_SEQUENCE = "s3"
_STEPS = """
UPDATE sequence_version SET definition = definition || '{"auto_enroll": null, "steps": [{"id": "one", "email": "a/b"},
    {"id": "two", "email": "a/b"}, {"id": "three", "email": "a/b"}, {"id": "four", "email": "a/b"}]}'::jsonb
"""
_NAIVE = """
SELECT e.sequence, e.version, s.step, count(DISTINCT e.person_id) AS sent, count(DISTINCT r.person_id) AS replied
FROM send s JOIN enrollment e ON e.id = s.enrollment_id
LEFT JOIN reaction r ON r.send_id = s.id AND r.kind = 'replied'
WHERE s.state = 'sent' GROUP BY 1, 2, 3
"""
_SETTLE = "UPDATE send SET state = 'sent' WHERE id = $1"


async def measure(people: int, folder: Path | None) -> Report:
    """Seeds a database unless the folder has one, and measures."""
    report = Report("statistics")
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(seeded(people, folder))
        database = await Database.connect(server.url)
        stack.push_async_callback(database.close)
        async with database.pool.acquire(timeout=60) as connection:
            await connection.execute(_STEPS)
            sends = await connection.fetchval("SELECT count(*) FROM send WHERE state = 'sent'")
        await _rows(report, database)
        assert server.child is not None
        pid = server.child.pid
        await _counts(report, database, f"{sends:,} sends", lambda: time.process_time() + family(pid))
        await _marks(report, database)
    return report


async def _rows(report: Report, database: Database) -> None:
    began = time.perf_counter()
    runs = await run_outcomes.rebuild(database)
    report.add("rows of all runs written", time.perf_counter() - began, "s", f"{runs:,} runs; once after an upgrade")
    async with database.pool.acquire() as connection:
        await connection.execute("VACUUM (ANALYZE) run_outcome", timeout=600)
        await connection.execute(
            "INSERT INTO run_outcome_mark SELECT id FROM enrollment ORDER BY md5(id) LIMIT $1", _MARKED
        )
    began = time.perf_counter()
    await run_outcomes.write_all_marked(database)
    report.add(f"rows of {_MARKED:,} marked runs", (time.perf_counter() - began) * 1000, "ms")


async def _counts(report: Report, database: Database, size: str, processor: Callable[[], float]) -> None:
    async with database.pool.acquire() as connection:
        naive = await connection.fetch(_NAIVE, timeout=600)
        asked: dict[str, Callable[[], Awaitable[object]]] = {
            "all sequences": lambda: statistics(database, StatisticsRequest(By.SEQUENCE)),
            "all sequences by step": lambda: statistics(database, StatisticsRequest(By.STEP)),
            "one sequence by step": lambda: statistics(database, StatisticsRequest(By.STEP, _SEQUENCE)),
            "one sequence by week": lambda: statistics(database, StatisticsRequest(By.WEEK, _SEQUENCE)),
            "naive query by step": lambda: connection.fetch(_NAIVE, timeout=600),
        }
        found = await statistics(database, StatisticsRequest(By.STEP))
        ours = {
            (row.sequence, row.version, row.step): (row.people["sent"], row.people["replied"])
            for row in found.rows
            if row.step and row.people["sent"]
        }
        if ours != {tuple(row)[:3]: (row["sent"], row["replied"]) for row in naive}:
            raise RuntimeError("the statistics differ from the naive count")
        taken: dict[str, list[float]] = {name: [] for name in asked}
        used: dict[str, list[float]] = {name: [] for name in asked}
        for _ in range(_ROUNDS):
            for name, ask in asked.items():
                before, began = processor(), time.perf_counter()
                await ask()
                taken[name].append(time.perf_counter() - began)
                used[name].append(processor() - before)
    for name, walls in taken.items():
        report.add(name, median(walls) * 1000, "ms", size)
        report.add(f"{name}, processor time", median(used[name]) * 1000, "ms", "Python's and Postgres'")
    slow, quick = median(taken["naive query by step"]), median(taken["all sequences by step"])
    report.add("naive query, compared with ours", ratio(slow, quick), "ratio", "by step")


async def _marks(report: Report, database: Database) -> None:
    async with database.pool.acquire() as connection:
        backend = await connection.fetchval("SELECT pg_backend_pid()")
        ids = await connection.fetch("SELECT id FROM send WHERE state = 'sent' LIMIT $1", 2 * _MARKED)
        plain: list[float] = []
        marked: list[float] = []
        for turn in range(_ROUNDS):
            for taken, switch in ((plain, "DISABLE"), (marked, "ENABLE")):
                await connection.execute(f"ALTER TABLE send {switch} TRIGGER send_changed_marks")
                taken.append(await _settled(connection, backend, [row["id"] for row in ids[turn % 2 :: 2]]))
    note = "Postgres' processor time for the statement alone"
    report.add("settling one send", median(plain) * 1e6, "us", note)
    report.add("settling one send that marks its run", median(marked) * 1e6, "us", note)


async def _settled(connection: Connection, backend: int, ids: list[str]) -> float:
    await connection.execute("UPDATE send SET state = 'unknown' WHERE id = ANY($1)", ids)
    statement = await connection.prepare(_SETTLE)
    before = seconds(backend)
    for each in ids:
        await statement.fetch(each)
    return (seconds(backend) - before) / len(ids)


def main() -> int:
    """Prints the table, or one JSON object."""
    parser = options(__doc__)
    parser.add_argument("--people", type=at_least_one, default=20_000, help="200000 have a million sends")
    parser.add_argument(
        "--folder", type=Path, help="where the database is, or is to stay; the one of bench-sql will do"
    )
    chosen = parser.parse_args()
    asyncio.run(measure(chosen.people, chosen.folder)).show(as_json=chosen.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
