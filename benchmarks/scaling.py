"""The figures of docs/scaling.md, from what was measured: ``python -m benchmarks.scaling [--write] [FILE]``.

``FILE`` is what ``python -m benchmarks.against --json`` printed; without it, the one kept in ``benchmarks/data``.
``--write`` puts the tables into the page. Nothing is measured here: each figure is a product of measured ones and of
the load that the page names.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / "benchmarks" / "data" / "against.json"
PAGE = ROOT / "docs" / "scaling.md"
FIRST, LAST = "<!-- computed by python -m benchmarks.scaling -->", "<!-- end of what is computed -->"
_SIDES = ("0.1", "now")
_DAY = 86_400
_STEPS = 3
"""Of the measured silent run."""


@dataclass(frozen=True)
class Load:
    """What an organisation of this size does.

    Attributes:
        changes: of the CRM, a second, at the peak.
        sends_a_run: how many of the sends one run does, on average.
        peak: how many times the mean the busiest seconds of sending are.
        window_days: how long a window stays open after an enrollment.
        shard_rate: state transitions a second that one history shard is planned for. A shard writes them one after the
            other, and a write to Postgres over a network takes some milliseconds. Not measured.
    """

    people: int = 10_000_000
    open_runs: int = 2_000_000
    sends_a_day: int = 500_000
    changes: int = 1_000
    sends_a_run: int = 4
    peak: int = 10
    window_days: int = 365
    shard_rate: int = 10

    @property
    def enrollments_a_day(self) -> float:
        """As many as keep the sends going."""
        return self.sends_a_day / self.sends_a_run

    @property
    def sends_at_peak(self) -> float:
        """A second."""
        return self.sends_a_day / _DAY * self.peak

    @property
    def windows(self) -> float:
        """Windows that are open at the same time."""
        return self.enrollments_a_day * self.window_days


class Measured:
    """What ``benchmarks.against`` measured, of one side."""

    def __init__(self, rows: list[dict[str, Any]], side: str) -> None:
        self._rows = {row["key"]: row[side] for row in rows}

    def value(self, key: str) -> float:
        """The median of a row; not a number where it was not measured."""
        found = self._rows.get(key, {}).get("median")
        return math.nan if found is None else float(found)

    def part(self, key: str, part: str) -> float:
        """A part of a row."""
        return float(self._rows.get(key, {}).get("parts", {}).get(part, math.nan))

    def window_part(self, key: str) -> float:
        """The share that is not the run's own, by the name of the workflow."""
        parts = self._rows.get(key, {}).get("parts", {})
        return float(sum(number for name, number in parts.items() if "Window" in name)) if parts else math.nan


Line = tuple[str, list[str], str]


def cores(load: Load, sides: list[Measured]) -> list[Line]:
    """Processor cores by part of the stack."""
    wanted = (("serve", "HTTP and dispatch"), ("worker", "workers"), ("temporal", "Temporal"), ("postgres", "Postgres"))
    loads = (
        ("change_cpu", 1, load.changes, f"{load.changes:,} changes a second that no rule reads"),
        ("match_cpu", 1, load.changes, f"{load.changes:,} changes a second that all enroll somebody"),
        ("silent_cpu", _STEPS, load.sends_at_peak, "sends at the peak"),
    )
    found: list[Line] = [
        (
            f"{name}, {what}",
            _cores([side.part(key, part) / units * rate for side in sides]),
            f"{key} ({part}){f' / {units}' if units > 1 else ''} x {rate:,.0f} / s",
        )
        for key, units, rate, what in loads
        for part, name in wanted
    ]
    replays = [side.part("earlier_uncached", "worker") - side.part("earlier_cpu", "worker") for side in sides]
    found.append(
        (
            "workers, to replay the runs that wake for these sends",
            _cores([each * load.sends_at_peak for each in replays]),
            f"(earlier_uncached - earlier_cpu, worker) x {load.sends_at_peak:.0f} / s",
        )
    )
    return found


def _cores(milliseconds: list[float]) -> list[str]:
    return [_number(each / 1000) for each in milliseconds]


def temporal(load: Load, sides: list[Measured]) -> list[Line]:
    """State transitions, shards, histories."""
    starts = [side.value("transitions_asleep") * load.changes for side in sides]
    steps = [
        (side.value("transitions_whole") - side.value("transitions_asleep")) / _STEPS * load.sends_at_peak
        for side in sides
    ]
    total = [first + second for first, second in zip(starts, steps, strict=True)]
    shards = [_power_of_two(each / load.shard_rate) for each in total]
    own = [side.value("history_bytes") - side.window_part("history_bytes") for side in sides]
    return [
        (
            "state transitions a second, all changes enroll somebody",
            [_number(each) for each in starts],
            f"transitions_asleep x {load.changes:,} / s",
        ),
        (
            "state transitions a second, sends at the peak",
            [_number(each) for each in steps],
            f"(transitions_whole - transitions_asleep) / {_STEPS} x {load.sends_at_peak:.0f} / s",
        ),
        (
            "history shards for both",
            [f"{each:,}" if each else "-" for each in shards],
            f"their sum / {load.shard_rate}, the next power of two",
        ),
        ("actions of a run", [_number(side.value("actions_whole")) for side in sides], "actions_whole"),
        (
            "actions a day",
            [_number(side.value("actions_whole") * load.enrollments_a_day) for side in sides],
            f"actions_whole x {load.enrollments_a_day:,.0f}",
        ),
        (
            "histories of open runs, GB",
            [_number(each * load.open_runs / 1e9) for each in own],
            f"history_bytes (runs) x {load.open_runs:,}",
        ),
        (
            "histories of open windows, GB",
            [_number(side.window_part("history_bytes") * load.windows / 1e9) for side in sides],
            f"history_bytes (windows) x {load.windows:,.0f}",
        ),
    ]


def _power_of_two(wanted: float) -> int:
    return 0 if math.isnan(wanted) else 2 ** max(0, math.ceil(math.log2(max(1.0, wanted))))


def storage(load: Load, sides: list[Measured]) -> list[Line]:
    """Postgres and memory."""
    a_run = [side.value("match_bytes") for side in sides]
    a_send = [max(0.0, side.value("silent_bytes") - first) / _STEPS for side, first in zip(sides, a_run, strict=True)]
    daily = [
        first * load.enrollments_a_day + second * load.sends_a_day for first, second in zip(a_run, a_send, strict=True)
    ]
    mean = load.changes / load.peak
    changes = [side.value("change_bytes") * mean * _DAY for side in sides]
    return [
        (
            "Postgres, enrollments and sends, GB a day",
            [_number(each / 1e9) for each in daily],
            f"match_bytes x {load.enrollments_a_day:,.0f} "
            f"+ (silent_bytes - match_bytes) / {_STEPS} x {load.sends_a_day:,}",
        ),
        (
            "Postgres, changes, GB a day",
            [_number(each / 1e9) for each in changes],
            f"change_bytes x {mean:,.0f} / s, a tenth of the peak",
        ),
        ("memory of one worker, MB", [_number(side.value("worker_memory")) for side in sides], "worker_memory"),
        ("worker ready after, s", [_number(side.value("worker_ready")) for side in sides], "worker_ready"),
        (
            "reactions a second, one dispatcher and two",
            [f"{_number(side.value('reactions_one'))}, {_number(side.value('reactions_two'))}" for side in sides],
            "reactions_one, reactions_two",
        ),
        (
            "10,000 moved day zeros are planned again after, s",
            [_number(side.value("moves_seconds") / side.part("moves_seconds", "runs") * 10_000) for side in sides],
            "moves_seconds / runs x 10,000",
        ),
    ]


def _number(value: float) -> str:
    if math.isnan(value) or value < 0:
        return "-"  # not measured, or by too few units: a difference that is smaller than its error
    return f"{value:,.0f}" if value >= 100 else f"{value:.2g}"


def tables(measured: dict[str, Any], load: Load | None = None) -> str:
    """The tables as Markdown, with what they were computed from."""
    size, about = load or Load(), measured["about"]
    sides = [Measured(measured["rows"], side) for side in _SIDES]
    parts = ((cores, "processor cores"), (temporal, "Temporal"), (storage, "storage, memory, rates"))
    text = [
        f"Measured on {about['date']}, {about['cores']} cores, load {about['load_at_start']} at the start; "
        f"0.1 is {about['0.1']}, now is {about['now']}.",
    ]
    for lines, title in parts:
        text += ["", f"| {title} | 0.1 | now | from |", "|---|---|---|---|"]
        text += [f"| {name} | {' | '.join(values)} | {how} |" for name, values, how in lines(size, sides)]
    return "\n".join([*text, "", *_measured(measured["rows"])]) + "\n"


def _measured(rows: list[dict[str, Any]]) -> Iterator[str]:
    """What the tables were computed from, by the names that they use."""
    yield "| name | measured | 0.1 | now | now / 0.1 | aim | rounds | load |"
    yield "|---|---|---|---|---|---|---|---|"
    for row in rows:
        values = [row[side]["median"] for side in _SIDES]
        shown = [_or_dash(value) for value in (*values, row["ratio"])]
        what = f"{row['title']}, {row['unit']}" if row["unit"] not in ("", "ratio") else row["title"]
        yield f"| {row['key']} | {what} | {' | '.join(shown)} | {row['aim']} | {row['rounds']} | {row['load']} |"


def _or_dash(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"


def inserted(page: str, computed: str) -> str:
    """The page with these tables between its two marks."""
    head, _, rest = page.partition(FIRST)
    _, _, tail = rest.partition(LAST)
    return f"{head}{FIRST}\n\n{computed}\n{LAST}{tail}"


def main() -> int:
    """Prints the tables, or writes them into the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, default=KEPT)
    parser.add_argument("--write", action="store_true", help="put the tables into docs/scaling.md")
    chosen = parser.parse_args()
    computed = tables(json.loads(chosen.file.read_text()))
    if chosen.write:
        PAGE.write_text(inserted(PAGE.read_text(), computed))
    else:
        sys.stdout.write(computed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
