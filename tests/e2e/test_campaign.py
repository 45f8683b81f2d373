"""The campaign of faults, short: thirty people, ten faults, and a reader that finds no broken promise.

`RELANCE_CAMPAIGN_SEED=7` plays another script. `python -m benchmarks.campaign` is the long form.
"""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.campaign.evidence import load
from benchmarks.campaign.reader import AFTER, LOST, ONCE, OWN, ROWS, WINDOW, read
from benchmarks.campaign.run import Campaign, run

SEED = int(os.environ.get("RELANCE_CAMPAIGN_SEED", "1"))


@pytest.mark.skipif(
    os.environ.get("HYPOTHESIS_PROFILE") != "nightly",
    reason="four minutes of two cores, and half an hour if a claim of a dead worker has to be settled: "
    "with HYPOTHESIS_PROFILE=nightly",
)
@pytest.mark.slow
@pytest.mark.timeout(2700)
async def test_thirty_people_and_ten_faults_break_no_promise(scratch: Path) -> None:
    folder = scratch / "campaign"
    campaign = Campaign(people=30, faults=10, minutes=0.75, seed=SEED, folder=folder, quiet_minutes=0.5)
    verdict = await run(campaign, Console(file=io.StringIO()))
    assert [f"{each.promise}: {each.person}: {each.what}\n{each.lines}" for each in verdict.broken] == []
    # A campaign in which nothing happens keeps every promise.
    assert {promise for promise in (ONCE, LOST, AFTER, WINDOW, OWN, ROWS) if not verdict.checked[promise]} == set()
    assert verdict.figures["faults"] == 10
    assert verdict.figures["mails"] > 30
    assert verdict.figures["texts"] > 0
    assert "a change was refused" not in (folder / "summary.md").read_text()
    # What is kept is enough to judge it once more.
    again = read(load(folder))
    assert (
        json.loads(json.dumps(again.to_json()["promises"]))
        == json.loads((folder / "verdict.json").read_text())["promises"]
    )
