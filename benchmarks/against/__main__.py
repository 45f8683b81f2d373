"""An older commit and this tree in turns: ``python -m benchmarks.against [COMMIT] [--rounds N] [--only SCENARIO]``.

Both codes run at the same time on the same Postgres, Temporal and mail sink, each with a database, a namespace and
processes of its own; they take turns, and every other round the other one begins. They are asked by HTTP, SQL and
Temporal only. Processor time is that of the side's worker and server and of both servers, less what these use while
nothing happens. Figures are medians of the rounds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import traceback
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from benchmarks.against.bare import Bare
from benchmarks.against.rows import ROWS
from benchmarks.against.scenarios import SCENARIOS, Sizes, Turn
from benchmarks.against.side import Side
from benchmarks.against.tree import HERE, tree_of
from benchmarks.ground import Ground
from benchmarks.report import at_least_one, machine, median, options, ratio

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.against.rows import Measured
    from benchmarks.against.scenarios import Scenario
    from benchmarks.against.tree import Tree

OF_0_1 = "e27a86e462b0c19526729b635d5886a00283a8db"
OLD, NOW = "0.1", "now"


@dataclass(frozen=True)
class Taken:
    """One value, with who gave it and the load of the machine then."""

    side: str
    measured: Measured
    load: float


@dataclass
class Results:
    """What came of the turns.

    Attributes:
        failed: a scenario that fails once is left out afterwards.
        keep: a file that gets everything after each turn, so that an hour's figures outlive a benchmark that is killed.
    """

    about: dict[str, Any]
    rounds: int
    keep: Path | None = None
    taken: list[Taken] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """For programs."""
        return {"about": self.about, "rows": figures(self.taken), "failed": self.failed}

    def save(self) -> None:
        """Writes the file, if one is wanted."""
        if self.keep is not None:
            self.keep.write_text(json.dumps(self.as_dict(), indent=2) + "\n")


async def measure(
    trees: Sequence[Tree], folder: Path, scenarios: Sequence[Scenario], sizes: Sizes, results: Results
) -> None:
    """Takes turns: the scenarios in order, both sides of each, as many rounds as are wanted."""
    turns = [
        (scenario, number)
        for number in range(results.rounds)
        for scenario in scenarios
        if number == 0 or not scenario.once
    ]
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    async with AsyncExitStack() as stack:
        bar = stack.enter_context(Progress(*columns, console=console, disable=not console.is_terminal))
        task = bar.add_task("servers", total=len(turns) * len(trees))
        ground = await stack.enter_async_context(Ground.open(folder))
        sides = [await stack.enter_async_context(Side.open(tree, ground)) for tree in trees]
        bare = await stack.enter_async_context(Bare.open(ground.temporal.address, folder))
        given_up: set[str] = set()
        for scenario, number in turns:
            for side in sides if number % 2 == 0 else reversed(sides):
                bar.update(task, description=f"{scenario.name}, {side.name}, round {number + 1}")
                if scenario.name not in given_up:
                    try:
                        found = await scenario.measure(Turn(side, bare, sizes, number))
                    except Exception as error:  # noqa: BLE001 - what was measured so far is worth an hour
                        given_up.add(scenario.name)
                        results.failed.append(f"{scenario.name}, {side.name}, round {number + 1}: {error!r}")
                        console.print("".join(traceback.format_exception(error)), highlight=False)
                    else:
                        results.taken += [Taken(side.name, each, os.getloadavg()[0]) for each in found]
                results.save()
                bar.advance(task)


def figures(taken: Sequence[Taken], names: tuple[str, str] = (OLD, NOW)) -> list[dict[str, Any]]:
    """One entry a row that was measured, as the table and programs want it."""
    found = []
    for row in ROWS:
        mine = [each for each in taken if each.measured.key == row.key]
        if not mine:
            continue
        entry: dict[str, Any] = {"key": row.key, "title": row.title, "unit": row.unit, "aim": row.aim}
        for name in names:
            entry[name] = _medians([each.measured for each in mine if each.side == name])
        old, now = (entry[name]["median"] for name in names)
        compared = ratio(now, old) if old is not None and now is not None else None
        entry["ratio"] = None if compared is None else _rounded(compared)
        entry["rounds"] = max(len(entry[name]["values"]) for name in names)
        entry["load"] = round(median([each.load for each in mine]), 1)
        found.append(entry)
    return found


def _medians(values: Sequence[Measured]) -> dict[str, Any]:
    if not values:
        return {"median": None, "values": [], "parts": {}}
    parts = {name: _rounded(median([each.parts.get(name, 0.0) for each in values])) for name in values[0].parts}
    numbers = [each.value for each in values]
    return {"median": _rounded(median(numbers)), "values": [_rounded(each) for each in numbers], "parts": parts}


def _rounded(value: float) -> float:
    return float(f"{value:.3g}")


def show(entries: Sequence[dict[str, Any]], about: dict[str, Any]) -> None:
    """Prints the table."""
    console = Console(width=max(150, Console().width))
    words = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in about.items() if not isinstance(value, list))
    table = Table(title="0.1 and now, in turns", title_justify="left", title_style="bold", caption=words)
    table.add_column("measured")
    for name in (OLD, NOW, "ratio"):
        table.add_column(name, justify="right")
    for name in ("unit", "aim", "parts, 0.1 and now"):
        table.add_column(name, style="dim")
    for name in ("rounds", "load"):
        table.add_column(name, justify="right", style="dim")
    for each in entries:
        table.add_row(
            each["title"],
            *(_shown(each[name]["median"]) for name in (OLD, NOW)),
            _shown(each["ratio"]),
            each["unit"],
            each["aim"],
            _parts(each),
            str(each["rounds"]),
            str(each["load"]),
        )
    console.print(table)


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"


def _parts(entry: dict[str, Any]) -> str:
    old, now = entry[OLD]["parts"], entry[NOW]["parts"]
    return ", ".join(f"{name} {_shown(old.get(name))} {_shown(now.get(name))}" for name in {**old, **now})


def main() -> int:
    """Prints the table, or one JSON object."""
    parser = options(__doc__)
    names = [scenario.name for scenario in SCENARIOS]
    parser.add_argument("old", nargs="?", default=OF_0_1, metavar="COMMIT", help="the older code (0.1's commit)")
    parser.add_argument("--now", default=HERE, metavar="COMMIT", help="the newer code (this tree as it lies here)")
    parser.add_argument("--rounds", type=at_least_one, default=3)
    parser.add_argument("--only", action="append", choices=names, help="only this; may be given several times")
    parser.add_argument(
        "--bytecode", action=argparse.BooleanOptionalAction, default=True, help="compile both before (yes)"
    )
    parser.add_argument("--keep", type=Path, metavar="FILE", help="write the figures here after each turn, as JSON")
    for each in fields(Sizes):
        parser.add_argument(f"--{each.name}", type=at_least_one, default=each.default, help=f"({each.default})")
    chosen = parser.parse_args()
    scenarios = [each for each in SCENARIOS if chosen.only is None or each.name in chosen.only]
    sizes = Sizes(**{each.name: getattr(chosen, each.name) for each in fields(Sizes)})
    with tempfile.TemporaryDirectory(prefix="relance-against-") as folder:
        trees = []
        for name, commit in ((OLD, chosen.old), (NOW, chosen.now)):
            into = Path(folder) / f"code-{name}"
            into.mkdir()
            trees.append(tree_of(name, commit, into, bytecode=chosen.bytecode))
        about = {**machine(), "rounds": chosen.rounds, "bytecode": chosen.bytecode}
        about |= {each.name: each.commit[:12] + "+" * each.commit.endswith("+") for each in trees}
        about |= {each.name: getattr(sizes, each.name) for each in fields(Sizes)}
        about["other_versions"] = list(trees[0].other_versions)
        results = Results(about, chosen.rounds, chosen.keep)
        asyncio.run(measure(trees, Path(folder), scenarios, sizes, results))
    if chosen.json:
        sys.stdout.write(json.dumps(results.as_dict(), indent=2) + "\n")
    else:
        show(figures(results.taken), about)
        for line in results.failed:
            sys.stderr.write(f"failed: {line}\n")
    return 1 if results.failed else 0


if __name__ == "__main__":
    sys.exit(main())
