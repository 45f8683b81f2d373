"""Every query of ours on a seeded database: ``python -m benchmarks.sql [--people N] [--only NAME] [--json]``.

Each query is called ten times with each kind of arguments, prepared, as the product calls it, and then on connections
that saw another kind first: Postgres may settle on one plan that suits the first kind only. Listed are the time, the
rows that were read, and the indexes of the plan; the slowest come first. A query that runs for each event must stay
under 20 ms, and 20 more for each thousand rows that it gives. Writes are undone. ``--folder`` keeps the database: the
next call with the same folder measures at once.
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from benchmarks.report import at_least_one, machine, options
from benchmarks.sql import asking
from benchmarks.sql.often import LIMIT_MS, Often, is_slow, often
from benchmarks.sql.seeded import say, seeded

if TYPE_CHECKING:
    from benchmarks.sql.calls import Told

_SMALL = 20_000


async def measure(people: int, folder: Path | None, only: str) -> list[tuple[Often, Told]]:
    """Seeds a database unless the folder has one, and measures; the slowest query first."""
    async with seeded(people, folder) as server:
        said = say if sys.stderr.isatty() else _say_nothing
        told = [(often(one.name), one) async for one in asking.everything(server.url, only, said)]
    return sorted(told, key=lambda each: -each[1].worst_ms)


def _say_nothing(_: str) -> None:
    pass


def _show(told: list[tuple[Often, Told]]) -> None:
    table = Table(title=f"{len(told)} calls", title_justify="left", title_style="bold", caption=str(machine()))
    for name in ("query", "runs per", "ms alone", "ms worst", "rows", "read", "pages", "plan"):
        table.add_column(
            name, justify="right" if name.startswith("ms") or name in ("rows", "read", "pages") else "left"
        )
    for frequency, one in told:
        slow = is_slow(frequency, one)
        name = f"{one.name} ({one.label})" if one.label else one.name
        table.add_row(
            f"[red]{name}[/red]" if slow or one.failed else name,
            frequency,
            f"{one.alone_ms:.2f}",
            f"{one.worst_ms:.2f}",
            str(one.rows),
            str(one.read),
            str(one.pages),
            one.failed or one.plan + (" (one plan for all)" if one.generic else ""),
        )
    Console(width=max(200, Console().width)).print(table)
    over = sorted({one.name for frequency, one in told if is_slow(frequency, one)})
    sys.stdout.write(f"over {LIMIT_MS:g} ms on a path that runs per event: {', '.join(over) or 'none'}\n")


def main() -> int:
    """Prints the table, or one JSON object."""
    parser = options(__doc__)
    parser.add_argument(
        "--people", type=at_least_one, default=_SMALL, help="in thousands best; 1000000 is the full size"
    )
    parser.add_argument("--folder", type=Path, help="where the database is, or is to stay")
    parser.add_argument("--only", default="", help="queries whose name contains this")
    chosen = parser.parse_args()
    told = asyncio.run(measure(chosen.people, chosen.folder, chosen.only))
    if chosen.json:
        rows = [{"often": frequency.value, **asdict(one)} for frequency, one in told]
        sys.stdout.write(json.dumps({"machine": machine(), "limit_ms": LIMIT_MS, "queries": rows}, indent=1) + "\n")
    else:
        _show(told)
    return 0


if __name__ == "__main__":
    sys.exit(main())
