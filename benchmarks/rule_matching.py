"""Changes matched against published rules: ``python -m benchmarks.rule_matching [--changes N] [--rules N] [--json]``.

Ours reads the change log in batches of 1,000 and runs, for each rule, one statement over the people whose change is of
a field that the rule reads. The naive loop asks every rule about every change; it is run on a sample of the same
changes, and its rate is that of the sample.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from adapters.clock import utc_now
from adapters.postgres import migrations
from adapters.postgres.database import Database
from adapters.postgres.rules.evaluator import ChangedRecords, Rules
from adapters.postgres.rules.statements import CompiledRule
from benchmarks.report import Report, at_least_one, options, ratio
from benchmarks.rule_scan import PEOPLE, rule
from starter.local.postgres import LocalPostgres

BATCH = 1_000
_TEXTS = ("status", "city", "company", "job_title", "language", "source")
_CUSTOM = tuple(f"custom.c{number}" for number in range(8))
FIELDS = (
    *(f"person.{name}" for name in _TEXTS),
    "person.type",
    "person.email",
    "person.resume",
    "person.last_contacted",
    "person.owner",
    *_CUSTOM,
)
_CHANGES = """
INSERT INTO change (entity, entity_id, fields, before, after, origin, at)
SELECT 'person', 'bench-p' || lpad((n * 7919 % $2::int + 1)::text, 7, '0'),
       ARRAY[($3::text[])[n % cardinality($3) + 1]], '{}', '{}', 'crm', $4
FROM generate_series(1, $1::int) AS n
"""
_NEXT = """
SELECT id, entity_id, fields FROM change WHERE watched_at IS NULL AND batch = '' ORDER BY id LIMIT $1
FOR UPDATE SKIP LOCKED
"""


def published(number: int) -> list[CompiledRule]:
    """Rules that read one to three fields each, spread over all fields."""
    rules = []
    for each in range(number):
        groups: dict[str, Any] = {"real": {f"person.{_TEXTS[each % 6]}": [f"{_TEXTS[each % 6]} {each % 40}"]}}
        if each % 2:
            groups["real"][_CUSTOM[each % 8]] = [each % 5]
        if each % 3 == 0:
            groups["qualitative"] = {("person.email", "person.resume", "person.owner")[each % 9 // 3]: "present"}
        if each % 5 == 0:
            groups["historical"] = {"last_contacted": f"more than {each % 7 + 1} months ago or never"}
        rules.append(rule(f"bench-{each}", groups))
    return rules


async def ours(database: Database, rules: list[CompiledRule]) -> tuple[int, float, set[tuple[str, str]]]:
    """All unwatched changes: their number, seconds, and (sequence, record) of the matches."""
    runner, changes = Rules(), 0
    found: set[tuple[str, str]] = set()
    began = time.perf_counter()
    while True:
        async with database.transaction() as connection:
            batch = await connection.fetch(_NEXT, BATCH)
            if not batch:
                return changes, time.perf_counter() - began, found
            changed: dict[str, set[str]] = defaultdict(set)
            for row in batch:
                for name in row["fields"]:
                    changed[name].add(row["entity_id"])
            now = utc_now()
            for each in rules:
                people = set().union(*(changed[name] for name in each.fields & changed.keys()))
                matches = await runner.for_changes(connection, each, now, ChangedRecords(persons=sorted(people)))
                found.update((each.sequence, match.record_id) for match in matches)
            await connection.execute("UPDATE change SET watched_at = $1 WHERE id = ANY($2)", now, [r[0] for r in batch])
            changes += len(batch)


async def naive(database: Database, rules: list[CompiledRule], sample: int) -> tuple[int, float]:
    """The first changes again, each against every rule: their number and seconds."""
    runner = Rules()
    async with database.pool.acquire() as connection:
        rows = await connection.fetch("SELECT entity_id FROM change ORDER BY id LIMIT $1", sample)
        began = time.perf_counter()
        for row in rows:
            for each in rules:
                await runner.of_records(connection, each, utc_now(), [row["entity_id"]])
        return len(rows), time.perf_counter() - began


async def measure(changes: int, number: int, people: int, sample: int) -> Report:
    """Fills the database and runs both."""
    report = Report(f"{changes:,} changes of {people:,} people against {number} rules")
    with tempfile.TemporaryDirectory(prefix="relance-bench-") as folder:
        async with LocalPostgres(Path(folder)) as server:
            await migrations.apply(server.url)
            database = await Database.connect(server.url, max_size=2)
            try:
                await _fill(database, people)
                rules = published(number)
                # Statements are prepared and plans are made once per connection, as in a worker that runs for weeks.
                await _log_changes(database, BATCH, people)
                await ours(database, rules)
                await database.pool.execute("DELETE FROM change")
                await _log_changes(database, changes, people)
                count, seconds, found = await ours(database, rules)
                again, slow = await naive(database, rules, sample)
            finally:
                await database.close()
    note = f"batches of {BATCH:,}, {len(found):,} matches; aim: 2,000"
    report.add("changes a second", count / seconds, "1/s", note)
    note = f"every rule, every change; {again} changes measured"
    report.add("naive loop, changes a second", again / slow, "1/s", note)
    report.add("ours / naive", ratio(count / seconds, again / slow), "ratio")
    report.add("naive loop, all changes", slow / again * count, "s", "extrapolated from the sample")
    report.add("ours, all changes", seconds, "s")
    return report


async def _fill(database: Database, people: int) -> None:
    await database.pool.execute(PEOPLE, people, utc_now())
    await database.pool.execute(
        "UPDATE person SET company = 'company ' || right(id, 2)::int % 40, "
        "job_title = 'job_title ' || right(id, 2)::int % 40, "
        "language = 'language ' || right(id, 2)::int % 40, source = 'source ' || right(id, 2)::int % 40, "
        "custom = (SELECT jsonb_object_agg('c' || n, (right(id, 3)::int + n) % 5) FROM generate_series(0, 7) AS n)"
    )
    await database.pool.execute("VACUUM ANALYZE person")


async def _log_changes(database: Database, changes: int, people: int) -> None:
    await database.pool.execute(_CHANGES, changes, people, list(FIELDS), utc_now())
    await database.pool.execute("VACUUM ANALYZE change")


def main() -> int:
    """Prints the figures."""
    parser = options(__doc__)
    parser.add_argument("--changes", type=at_least_one, default=10_000)
    parser.add_argument("--rules", type=at_least_one, default=200)
    parser.add_argument("--people", type=at_least_one, default=100_000)
    parser.add_argument("--sample", type=at_least_one, default=50, help="changes for the naive loop")
    chosen = parser.parse_args()
    report = asyncio.run(measure(chosen.changes, chosen.rules, chosen.people, chosen.sample))
    report.show(as_json=chosen.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
