"""What the benchmark against an older commit does without servers: trees, meter, table, and the page on size."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks import consumption, scaling
from benchmarks.against.__main__ import NOW, OLD, Taken, figures, show
from benchmarks.against.rows import ROWS, Measured
from benchmarks.against.scenarios import Sizes
from benchmarks.against.tree import ROOT, tree_of

if TYPE_CHECKING:
    from pathlib import Path


def test_tree_of_a_commit_is_written_out_and_its_requirements_are_here(tmp_path: Path) -> None:
    tree = tree_of("old", "HEAD", tmp_path, bytecode=False)
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert tree.commit == head.strip()
    assert (tree.folder / "worker.py").exists()
    assert tree.path == (tree.folder,)
    assert tree.folder != ROOT


async def test_meter_takes_away_what_is_used_while_idle() -> None:
    now, extra = [0.0], [0.0]

    async def pass_time(seconds: float) -> None:
        now[0] += seconds

    watch = consumption.Watch(lambda: now[0], pass_time)
    meter = await consumption.Meter.of({"worker": lambda: now[0] / 2 + extra[0]}, watch)
    assert meter.idle == {"worker": 0.5}
    reading = meter.start()
    extra[0] = 0.4
    await pass_time(7)
    assert reading.stop(4)["worker"] == pytest.approx(100)
    await meter.rest()
    assert now[0] == pytest.approx(3 * 3 + 7 + 2)


def test_processor_time_of_a_family_counts_its_ended_children() -> None:
    mine = os.getpid()
    before = consumption.family(mine)
    work = "import time\nwhile time.process_time() < 0.3: pass"
    subprocess.run([sys.executable, "-c", work], check=True)
    assert consumption.family(mine) - before >= 0.25
    assert consumption.seconds(2**22 + 1) == 0


def test_figures_are_medians_and_ratios(capsys: pytest.CaptureFixture[str]) -> None:
    taken = [
        Taken(side, Measured("match_cpu", value, {"worker": value / 2}), load)
        for side, values in ((OLD, (90, 100, 140)), (NOW, (20, 25, 40)))
        for value, load in zip(values, (1.0, 2.0, 3.0), strict=True)
    ]
    taken.append(Taken(NOW, Measured("reactions_two", 900), 2.0))
    match, reactions = figures(taken)
    assert (match[OLD]["median"], match[NOW]["median"], match["ratio"]) == (100, 25, 0.25)
    assert (match["rounds"], match["load"], match[NOW]["parts"]) == (3, 2.0, {"worker": 12.5})
    assert (reactions[OLD]["median"], reactions["ratio"]) == (None, None)
    show([match, reactions], {"cores": 2})
    printed = capsys.readouterr().out
    assert "until its run sleeps" in printed
    assert "ratio <= 0.30" in printed


def test_rows_have_names_of_their_own() -> None:
    assert len({row.key for row in ROWS}) == len(ROWS)


def test_every_aim_is_beside_its_figure() -> None:
    """What `make bench` prints with an aim: each is of a figure now, or of its ratio to the older commit."""
    aims = {row.key: row.aim for row in ROWS if row.aim}
    assert set(aims) == {
        "match_cpu",
        "manual_cpu",
        "earlier_cpu",
        "later_cpu",
        "earlier_uncached",
        "later_uncached",
        "silent_ratio",
        "transitions_asleep",
        "actions_whole",
        "begun_ratio",
        "hook_p95",
        "reactions_one",
        "reactions_two",
        "moves_seconds",
        "worker_memory",
        "worker_ready",
    }
    assert all(aim.startswith(("ratio <= ", "now ")) for aim in aims.values())
    # From a hook to a run: as long and as often as its aim says.
    assert (Sizes.rate, Sizes.seconds) == (20, 120)


def _measured() -> dict[str, Any]:
    parts = {"worker": 10.0, "serve": 2.0, "temporal": 20.0, "postgres": 3.0, "runs": 100.0}
    side = {"median": 40.0, "values": [40.0], "parts": parts}
    about = {"date": "2026-11-29", "cores": 2, "load_at_start": 1.0, "0.1": "e27a86e", "now": "abc"}
    more = {OLD: side, NOW: side, "ratio": 1.0, "rounds": 3, "load": 0.5}
    return {"about": about, "rows": [{**asdict(row), **more} for row in ROWS]}


def test_figures_of_the_page_on_size_are_products_of_measured_ones() -> None:
    text = scaling.tables(_measured())
    assert (
        "| Temporal, 1,000 changes a second that all enroll somebody | 20 | 20 | match_cpu (temporal) x 1,000 / s |"
        in text
    )
    assert "| state transitions a second, all changes enroll somebody | 40,000 | 40,000 |" in text
    assert "| 10,000 moved day zeros are planned again after, s | 4,000 | 4,000 |" in text
    assert "| worker_ready | worker from start to ready, the runs asleep, s | 40 | 40 | 1 | now < 10 |" in text
    less = _measured()
    less["rows"] = [row for row in less["rows"] if row["key"] != "worker_memory"]
    assert "| memory of one worker, MB | - | - | worker_memory |" in scaling.tables(less)


def test_page_on_size_has_the_figures_that_were_measured_last() -> None:
    page = scaling.PAGE.read_text()
    assert scaling.inserted(page, scaling.tables(json.loads(scaling.KEPT.read_text()))) == page
