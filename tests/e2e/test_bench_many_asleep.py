"""The benchmark of sleeping runs and one worker, small: every figure is there, and the restarted worker answers."""

from __future__ import annotations

import os

import pytest

from benchmarks import many_asleep

pytestmark = pytest.mark.skipif(
    os.environ.get("HYPOTHESIS_PROFILE") != "nightly",
    reason="half a minute of two cores, and it guards a benchmark only: with HYPOTHESIS_PROFILE=nightly",
)


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_forty_runs_fall_asleep_and_a_new_worker_knows_them() -> None:
    report = await many_asleep.measure(40, None)
    assert report.value("worker memory, 40 asleep") == pytest.approx(150, abs=120)
    for figure in ("worker ready again after", "put to sleep", "a run answers after a replay, median"):
        assert (report.value(figure) or 0) > 0
