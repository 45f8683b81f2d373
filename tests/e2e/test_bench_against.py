"""The benchmark against an older commit takes its turns, on this tree twice. No speed is asserted: machines differ."""

from __future__ import annotations

import json
import math
import os
from typing import TYPE_CHECKING

import pytest

from benchmarks import consumption
from benchmarks.against.__main__ import NOW, OLD, Results, figures, measure
from benchmarks.against.scenarios import SCENARIOS, Sizes
from benchmarks.against.tree import HERE, tree_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.skipif(
    os.environ.get("HYPOTHESIS_PROFILE") != "nightly",
    reason="a minute of two cores, and it guards a benchmark only: with HYPOTHESIS_PROFILE=nightly",
)
@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_matches_of_this_tree_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumption, "_IDLE_SECONDS", 0.5)
    trees = [tree_of(name, HERE, tmp_path / name, bytecode=False) for name in (OLD, NOW)]
    scenarios = [each for each in SCENARIOS if each.name == "matches"]
    # Postgres runs as nobody when this is root, and must get into the folder.
    for folder in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
        folder.chmod(0o755)
    results = Results({}, 1, tmp_path / "kept.json")
    await measure(trees, tmp_path / "ground", scenarios, Sizes(units=3), results)
    assert results.failed == []
    assert json.loads((tmp_path / "kept.json").read_text()) == results.as_dict()
    rows = {row["key"]: row for row in figures(results.taken)}
    assert {"match_cpu", "begun_ratio", "begun_rate", "change_cpu"} <= set(rows)
    match = rows["match_cpu"]
    for side in (OLD, NOW):
        assert match[side]["median"] > 0
        assert set(match[side]["parts"]) == {"worker", "serve", "temporal", "postgres"}
        assert math.isclose(sum(match[side]["parts"].values()), match[side]["values"][0], rel_tol=0.05)
        assert rows["begun_ratio"][side]["parts"]["bare"] > 0
    assert match["rounds"] == 1
    assert 0 < match["ratio"] < 100
