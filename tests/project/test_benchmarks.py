"""The planner's benchmark runs and says what it measured. No speed is asserted: machines differ."""

from __future__ import annotations

import json

import pytest

from benchmarks import payload_codec, planner, report
from sequences.planning.planner import next_step


def test_planner_benchmark_says_what_it_measured(capsys: pytest.CaptureFixture[str]) -> None:
    planner.measure(rounds=1).show(as_json=True)
    said = json.loads(capsys.readouterr().out)
    assert said["benchmark"] == "planning one step"
    assert {"cores", "load_at_start", "python", "date"} == set(said["machine"])
    figures = {figure["name"]: figure for figure in said["figures"]}
    assert figures["cases"]["value"] == len(planner.cases())
    assert all(set(figure) == {"name", "value", "unit", "note"} for figure in figures.values())
    assert all(figure["value"] > 0 for figure in figures.values())
    assert figures["planner / bare"]["unit"] == "ratio"


def test_cases_of_the_planner_benchmark_are_planned_and_some_are_moved() -> None:
    plans = [next_step((case.step,), case.facts) for case in planner.cases()]
    assert all(plan is not None for plan in plans)
    assert any(plan.due_at for plan in plans if plan)
    assert {"weekend", "window", "holiday", "quiet_hours"} <= {rule for plan in plans if plan for rule in plan.moved_by}


async def test_what_encrypting_costs_is_measured_on_every_payload_of_a_run() -> None:
    said = await payload_codec.measure(1)
    assert (said.value("payloads of a run") or 0) > 15
    assert (said.value("size of the history, encrypted / clear") or 0) > 1.1
    assert (said.value("both, for a run") or 0) > 0


def test_table_names_every_figure(capsys: pytest.CaptureFixture[str]) -> None:
    said = report.Report("something")
    said.add("speed", 123.456, "us", "of nothing")
    said.add("unknown", None, "s")
    said.show(as_json=False)
    printed = capsys.readouterr().out
    assert "something" in printed
    assert "123.5" in printed
    assert "unknown" in printed


def test_median_percentile_and_ratio() -> None:
    values = [float(number) for number in range(1, 101)]
    assert report.median(values) == 50.5
    assert report.percentile(values, 95) == 95.0
    assert report.percentile([7.0], 95) == 7.0
    assert report.ratio(1.0, 4.0) == 0.25
    assert report.ratio(1.0, 0.0) is None
