"""How long the screens of the console read: ``python -m benchmarks.console_speed [--people N] [--folder F] [--json]``.

On the database of ``make bench-sql``. Each read model is asked as its screen asks it, in its own transactions, in turns
with other arguments and as viewers of everybody, of a team and of their own people; shown are the median and the 95th
percentile of one reading, the shortest, and how many lines it gave. What is over its limit is listed at the end.
``--folder`` keeps the database for the next call; ``--plans FOLDER`` keeps what Postgres says of each statement.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final

from adapters.postgres.database import Database
from benchmarks.console_plans import Plans
from benchmarks.console_screens import screens
from benchmarks.consumption import family
from benchmarks.report import Report, at_least_one, median, options, percentile
from benchmarks.sql.seeded import say, seeded
from sequences.errors import UnavailableError
from services.reading import run_outcomes
from starter.process import set_aside_what_stays

if TYPE_CHECKING:
    from benchmarks.console_screens import Ask

# The seed's sequences have no steps that a page could show.
_STEPS: Final = """
UPDATE sequence_version SET definition = definition || '{"auto_enroll": null, "steps": [{"id": "one", "email": "a/b"},
    {"id": "two", "email": "a/b"}, {"id": "three", "email": "a/b"}, {"id": "four", "email": "a/b"}]}'::jsonb
WHERE jsonb_typeof(definition -> 'steps' -> 0) = 'string'
"""
_FOLLOW_UPS: Final = """
UPDATE follow_up SET arguments = jsonb_build_object('create_task', jsonb_build_object('title', 'Read the reply'),
    'webhook', jsonb_build_object('url', 'https://agency.example'), 'enroll', 's3', 'notify', 'owner')
WHERE NOT arguments ? 'webhook'
"""
_UNSAID: Final = "DELETE FROM waiting_review"


async def measure(people: int, rounds: int, folder: Path | None, only: str, plans: Path | None) -> Report:
    """Seeds a database unless the folder has one, and measures."""
    report = Report("screens of the console")
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(seeded(people, folder))
        database = await Database.connect(server.url)
        stack.push_async_callback(database.close)
        await prepare(database)
        assert server.child is not None
        async with database.pool.acquire(timeout=60) as connection:
            report.add("people", float(await connection.fetchval("SELECT count(*) FROM person")), "people")
        kept = await stack.enter_async_context(Plans.kept(server.url, plans)) if plans else None
        over = []
        # As `relance serve` does: a full round of the collector, over everything that is loaded, is not the screen's.
        set_aside_what_stays()
        for screen in screens():
            if only.lower() not in screen.name.lower():
                continue
            # The first one reads from disk.
            await _times(database, screen.ask, 1)
            before = time.process_time() + family(server.child.pid)
            spent, lines = await _times(database, screen.ask, rounds)
            used = (time.process_time() + family(server.child.pid) - before) / rounds * 1000
            note = f"{min(lines):g} to {max(lines):g} lines; shortest {min(spent):.1f} ms"
            report.add(f"{screen.name}, half of them within", median(spent), "ms", note)
            report.add(f"{screen.name}, 95 of 100 within", percentile(spent, 95), "ms", note)
            report.add(f"{screen.name}, processor time of one", used, "ms", "Python's and Postgres'")
            say(f"{screen.name}: {median(spent):.1f}, {percentile(spent, 95):.1f}, processor {used:.1f} ms; {note}")
            if screen.limit_ms is not None and percentile(spent, 95) > screen.limit_ms:
                over.append(f"{screen.name} ({screen.limit_ms})")
            if kept is not None:
                await kept.keep(screen)
        say(f"over their limit: {', '.join(over) or 'none'}")
    return report


async def prepare(database: Database) -> None:
    """What pages of the console need besides the seed; once for a database."""
    async with database.pool.acquire(timeout=60) as connection:
        await connection.execute(_STEPS)
        await connection.execute(_FOLLOW_UPS, timeout=600)
        await connection.execute(_UNSAID)
        counted = await connection.fetchval("SELECT EXISTS (SELECT FROM run_outcome)")
    if not counted:
        began = time.perf_counter()
        say(f"{await run_outcomes.rebuild(database)} rows of runs: {time.perf_counter() - began:.1f} s")
        async with database.pool.acquire() as connection:
            await connection.execute("VACUUM (ANALYZE) run_outcome, follow_up", timeout=600)


async def _times(database: Database, ask: Ask, rounds: int) -> tuple[list[float], list[int]]:
    spent, lines = [], []
    for turn in range(rounds):
        begun = time.perf_counter()
        try:
            lines.append(await ask(database, turn))
        except UnavailableError:
            # A statement was cut off: the page says so, and shows nothing.
            lines.append(0)
        spent.append((time.perf_counter() - begun) * 1000)
    return spent, lines


def main() -> None:
    """Measures, and prints the figures."""
    parser = options(__doc__)
    parser.add_argument("--people", type=at_least_one, default=20_000, help="people in the database (20000)")
    parser.add_argument("--rounds", type=at_least_one, default=20, help="readings of each screen (20)")
    parser.add_argument("--folder", type=Path, help="keep the database here")
    parser.add_argument("--only", default="", help="screens whose name contains this")
    parser.add_argument("--plans", type=Path, help="keep EXPLAIN (ANALYZE, BUFFERS) of each statement here")
    given = parser.parse_args()
    if given.plans is not None:
        given.plans.mkdir(parents=True, exist_ok=True)
    report = asyncio.run(measure(given.people, given.rounds, given.folder, given.only, given.plans))
    report.show(as_json=given.json)


if __name__ == "__main__":
    main()
