"""The campaign of faults, short: a few people, some faults, and a reader that finds no broken promise.

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
from benchmarks.campaign.reader import AFTER, LOST, ONCE, OWN, ROWS, WINDOW, Verdict, read
from benchmarks.campaign.run import Campaign, run

SEED = int(os.environ.get("RELANCE_CAMPAIGN_SEED", "1"))


# No worker dies here: a claim of a dead one whose run has ended is settled after half an hour.
MILD = (("kill", "serve"), ("kill", "temporal"), ("loses_answers", "mail"), ("refuses", "sms"), ("revokes", "gmail"))


async def played(campaign: Campaign) -> Verdict:
    verdict = await run(campaign, Console(file=io.StringIO()))
    assert [f"{each.promise}: {each.person}: {each.what}\n{each.lines}" for each in verdict.broken] == []
    # A campaign in which nothing happens keeps every promise.
    assert {promise for promise in (ONCE, LOST, AFTER, OWN, ROWS) if not verdict.checked[promise]} == set()
    assert verdict.figures["faults"] == campaign.faults
    assert verdict.figures["mails"] > campaign.people
    assert verdict.figures["texts"] > 0
    assert "a change was refused" not in (campaign.folder / "summary.md").read_text()
    return verdict


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_ten_people_and_a_bad_minute_break_no_promise(scratch: Path) -> None:
    await played(
        Campaign(
            people=10,
            faults=len(MILD),
            minutes=0.3,
            seed=SEED,
            folder=scratch / "campaign",
            quiet_minutes=0.3,
            first=MILD,
        )
    )


@pytest.mark.skipif(
    os.environ.get("HYPOTHESIS_PROFILE") != "nightly",
    reason="four minutes of two cores, and half an hour if a claim of a dead worker has to be settled: "
    "with HYPOTHESIS_PROFILE=nightly",
)
@pytest.mark.slow
@pytest.mark.timeout(2700)
async def test_thirty_people_and_ten_faults_break_no_promise(scratch: Path) -> None:
    folder = scratch / "campaign"
    verdict = await played(Campaign(people=30, faults=10, minutes=0.75, seed=SEED, folder=folder, quiet_minutes=0.5))
    assert verdict.checked[WINDOW]
    # What is kept is enough to judge it once more.
    again = read(load(folder))
    assert (
        json.loads(json.dumps(again.to_json()["promises"]))
        == json.loads((folder / "verdict.json").read_text())["promises"]
    )
