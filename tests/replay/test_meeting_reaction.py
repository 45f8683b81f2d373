"""A run that an older worker began hears of a meeting: the kind of a reaction is data, and its history replays."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

import worker
from adapters.temporal.client import converter

FOLDER = Path(__file__).parent / "histories"
HISTORIES = ["enrollment-pause-reply", "enrollment-several-at-once", "planned-pause-reply"]


def _with_kind(history: dict[str, Any], kind: str) -> int:
    """Makes every reaction that was told one of that kind; how many."""
    changed = 0
    for event in history["events"]:
        signal = event.get("workflowExecutionSignaledEventAttributes")
        if signal is None or signal["signalName"] != "react":
            continue
        for payload in signal["input"]["payloads"]:
            told = json.loads(b64decode(payload["data"]))
            for each in told if isinstance(told, list) else [told]:
                # A reply is scored first, which is an activity of its own: what is told of a meeting is not.
                if not each.get("scored"):
                    each["kind"] = kind
                    changed += 1
            payload["data"] = b64encode(json.dumps(told).encode()).decode()
    return changed


@pytest.mark.parametrize("kind", ["meeting_booked", "meeting_cancelled"])
@pytest.mark.parametrize("name", HISTORIES)
async def test_a_run_of_an_older_release_that_hears_of_a_meeting_replays(name: str, kind: str) -> None:
    history = json.loads((FOLDER / f"{name}.json").read_text())
    if not _with_kind(history, kind):
        pytest.fail(f"{name} tells of no reaction that could be a meeting")
    replayer = Replayer(workflows=worker.WORKFLOWS, data_converter=converter())
    await replayer.replay_workflow(WorkflowHistory.from_json(name, json.dumps(history)))
