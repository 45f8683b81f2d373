"""What every benchmark says at its end: figures with their unit, the machine they were taken on, as a table or JSON."""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import statistics
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table

_WIDTH = 110


def machine() -> dict[str, str | int | float]:
    """What a reader needs to judge the numbers. The load says whether something else ran beside the benchmark."""
    return {
        "cores": os.cpu_count() or 0,
        "load_at_start": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "date": datetime.now(UTC).date().isoformat(),
    }


@dataclass(frozen=True)
class Figure:
    """One measured number.

    Attributes:
        name: what was measured.
        value: None when it could not be measured here.
        unit: such as ``us``, ``s``, ``runs/s``; ``ratio`` compares with a baseline of the same run.
        note: what the number depends on.
    """

    name: str
    value: float | None
    unit: str
    note: str = ""


@dataclass
class Report:
    """One benchmark's figures.

    Attributes:
        benchmark: what was measured.
        live: each figure is written to the standard error when it comes, so that a failure later does not lose it.
        figures: in the order of their coming.
        machine: what it was measured on.
    """

    benchmark: str
    live: bool = False
    figures: list[Figure] = field(default_factory=list)
    machine: dict[str, str | int | float] = field(default_factory=machine)

    def add(self, name: str, value: float | None, unit: str, note: str = "") -> None:
        """Adds one figure, rounded to four significant digits."""
        figure = Figure(name, None if value is None else float(f"{value:.4g}"), unit, note)
        self.figures.append(figure)
        if self.live:
            sys.stderr.write(f"{figure.name}: {figure.value} {unit}  {note}\n")

    def value(self, name: str) -> float | None:
        """The figure of that name."""
        return next(figure.value for figure in self.figures if figure.name == name)

    def as_json(self) -> str:
        """One JSON object."""
        figures = [asdict(each) for each in self.figures]
        return json.dumps({"benchmark": self.benchmark, "figures": figures, "machine": self.machine}, indent=2)

    def show(self, *, as_json: bool) -> None:
        """Prints the table, or one JSON object."""
        if as_json:
            sys.stdout.write(self.as_json() + "\n")
            return
        console = Console(width=max(_WIDTH, Console().width))
        words = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in self.machine.items())
        table = Table(title=self.benchmark, title_justify="left", title_style="bold", caption=words)
        table.add_column("measured")
        table.add_column("value", justify="right")
        table.add_column("unit")
        table.add_column("note", style="dim")
        for figure in self.figures:
            value = "-" if figure.value is None else f"{figure.value:g}"
            table.add_row(figure.name, value, figure.unit, figure.note)
        console.print(table)


def median(values: Sequence[float]) -> float:
    """The middle of the values."""
    return statistics.median(values)


def percentile(values: Sequence[float], percent: int) -> float:
    """The smallest value that ``percent`` of the values do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def ratio(ours: float, baseline: float) -> float | None:
    """``ours / baseline``, or None when there is no baseline to divide by."""
    return ours / baseline if baseline else None


def options(description: str | None) -> argparse.ArgumentParser:
    """The command line that all benchmarks share."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    return parser


def at_least_one(text: str) -> int:
    """An option that counts something.

    Raises:
        argparse.ArgumentTypeError: it is no whole number above 0.
    """
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("a whole number above 0")
    return int(text)
