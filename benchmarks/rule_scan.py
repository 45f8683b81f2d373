"""Rules against everybody: ``python -m benchmarks.rule_scan [--people N] [--rules N] [--json]``.

One rule of each group, then many rules, each run as the scan runs it: page by page by record id. The memory is this
process's own; the database is the embedded one.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from adapters.clock import utc_now
from adapters.postgres import migrations
from adapters.postgres.database import Database
from adapters.postgres.rules.evaluator import Rules, ScanScope
from adapters.postgres.rules.statements import CompiledRule, compile_rule
from adapters.postgres.versions import Version
from benchmarks.report import Report, at_least_one, options
from sequences.auto_enroll.messages import Origin
from sequences.definition.model import SequenceDefinition
from starter.local.postgres import LocalPostgres

PAGE = 1_000
PEOPLE = """
INSERT INTO person (id, type, first_name, last_name, email, phone, status, city, owner_id, resume, created,
                    last_contacted, custom)
SELECT 'bench-p' || lpad(n::text, 7, '0'),
       CASE n % 3 WHEN 0 THEN 'Client contact' ELSE 'Candidate' END, 'Alex', 'Example',
       CASE WHEN n % 100 <> 7 THEN 'p' || n || '@client.example' END, '+4479' || lpad(n::text, 8, '0'),
       'status ' || n % 200, 'city ' || n % 1000, 'owner-' || n % 50, CASE WHEN n % 2 = 0 THEN 'resume.pdf' END,
       $2::timestamptz - make_interval(mins => n % 1000000),
       CASE WHEN n % 5 <> 0 THEN $2::timestamptz - make_interval(mins => (n::bigint * 7919 % 1051200)::int) END,
       jsonb_build_object('grade', n % 100)
FROM generate_series(1, $1::int) AS n
"""
LARGE = {"historical": {"last_contacted": "more than 1 year ago"}}
"""True for four of ten people."""
GROUPS: dict[str, dict[str, Any]] = {
    "historical": {"historical": {"last_contacted": "more than 23 months ago"}},
    "qualitative": {"qualitative": {"person.email": "missing"}},
    "real": {"real": {"person.status": ["status 3", "status 5"]}},
    "custom field": {"real": {"custom.grade": [17]}},
    "all three": {
        "historical": {"last_contacted": "more than 1 year ago or never"},
        "qualitative": {"person.resume": "present"},
        "real": {"person.status": ["status 2", "status 4"]},
    },
}


def rule(name: str, groups: dict[str, Any]) -> CompiledRule:
    """The compiled rule of a sequence with a window of half a year."""
    content = {
        "sequence": name,
        "name": name,
        "record": "person",
        "steps": [{"id": "one", "do": [{"notify": "owner"}]}],
        "auto_enroll": {**groups, "prevent_reenrollment_within": "6 months"},
    }
    return compile_rule(Version(name, 1, SequenceDefinition.model_validate(content), {}))


def many(number: int) -> list[CompiledRule]:
    """Rules of two or three groups, each about other people."""
    return [
        rule(
            f"bench-{each}",
            {
                "historical": {"last_contacted": f"more than {each % 20 + 1} months ago"},
                "qualitative": {("person.email", "person.resume")[each % 2]: "present"},
                "real": {"person.status": [f"status {each * 4 + value}" for value in range(3)]},
            },
        )
        for each in range(number)
    ]


def own_memory_mb() -> float | None:
    """Resident memory of this process in MB; None where the system has no ``/proc``."""
    try:
        status = Path("/proc/self/status").read_text()
    except FileNotFoundError:
        return None
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:"))) / 1024


async def scan(connection: Any, compiled: CompiledRule, origin: Origin) -> tuple[int, float]:
    """All pages of one rule: matches and seconds."""
    rules, now, after, found = Rules(), utc_now(), "", 0
    began = time.perf_counter()
    while True:
        page = await rules.page(
            connection, compiled, ScanScope(origin, now, now - timedelta(days=1)), after=after, limit=PAGE
        )
        found += len(page)
        if len(page) < PAGE:
            return found, time.perf_counter() - began
        after = page[-1].record_id


async def measure(people: int, number: int) -> Report:
    """Fills the database and runs the rules."""
    report = Report(f"rules against {people:,} people")
    with tempfile.TemporaryDirectory(prefix="relance-bench-") as folder:
        async with LocalPostgres(Path(folder)) as server:
            await migrations.apply(server.url)
            database = await Database.connect(server.url, max_size=2)
            try:
                async with database.pool.acquire() as connection:
                    began = time.perf_counter()
                    await connection.execute(PEOPLE, people, utc_now(), timeout=1_800)
                    await connection.execute("VACUUM ANALYZE person", timeout=1_800)
                    report.add("people inserted", time.perf_counter() - began, "s", "straight into the table")
                    await _run(connection, report, number)
            finally:
                await database.close()
    return report


async def _run(connection: Any, report: Report, number: int) -> None:
    before = own_memory_mb()
    await scan(connection, rule("bench-warm", GROUPS["real"]), Origin.EXISTING)
    for name, groups in GROUPS.items():
        found, seconds = await scan(connection, rule(f"bench-{name.replace(' ', '-')}", groups), Origin.EXISTING)
        report.add(f"{name}, everybody for whom it is true", seconds, "s", f"{found:,} matches; aim: under 1 s")
    for name in ("historical", "all three"):
        found, seconds = await scan(connection, rule(f"bench-{name.replace(' ', '-')}", GROUPS[name]), Origin.SCAN)
        report.add(f"{name}, the daily scan", seconds, "s", f"{found:,} came true in a day; aim: under 1 s")
    seconds = 0.0
    total = 0
    for each in many(number):
        found, took = await scan(connection, each, Origin.SCAN)
        total, seconds = total + found, seconds + took
    report.add(f"{number} rules, the daily scan", seconds, "s", f"{total:,} matches; aim: under 30 s for 50")
    began = time.perf_counter()
    counts = await Rules().count(
        connection, rule("bench-count", LARGE), ScanScope(Origin.EXISTING, utc_now(), utc_now())
    )
    report.add("preview of a rule true for many", time.perf_counter() - began, "s", f"{sum(counts.values()):,} counted")
    found, seconds = await scan(connection, rule("bench-large", LARGE), Origin.EXISTING)
    report.add("all pages of the same", seconds, "s", f"{found:,} matches read")
    report.add("memory before", before, "MB", "of this process")
    report.add("memory after", own_memory_mb(), "MB", f"pages of {PAGE:,}")


def main() -> int:
    """Prints the figures."""
    parser = options(__doc__)
    parser.add_argument("--people", type=at_least_one, default=1_000_000)
    parser.add_argument("--rules", type=at_least_one, default=50)
    chosen = parser.parse_args()
    asyncio.run(measure(chosen.people, chosen.rules)).show(as_json=chosen.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
