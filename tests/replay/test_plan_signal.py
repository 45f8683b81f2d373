"""A signal of a new plan that a worker of an older release passed over is passed over in every replay of it."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path
from typing import Any

from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

import worker
from adapters.temporal.client import converter

OLD = Path(__file__).parent / "histories" / "enrollment-silent.json"
DUE = {"step": "remind", "at": "2099-01-01T00:00:00+00:00", "why": "planned", "revision": 1}


def _shifted(value: Any, first: int) -> Any:
    """The same with room for one event: who refers to a later one refers to its new number."""
    if isinstance(value, dict):
        return {
            key: str(int(each) + 1)
            if key.lower().endswith("eventid") and str(each).isdigit() and int(each) >= first
            else _shifted(each, first)
            for key, each in value.items()
        }
    return [_shifted(each, first) for each in value] if isinstance(value, list) else value


def _with_signal(history: dict[str, Any]) -> dict[str, Any]:
    """The signal came together with the first timer that fired."""
    events = history["events"]
    place = next(n for n, event in enumerate(events) if event["eventType"] == "EVENT_TYPE_TIMER_FIRED")
    number = int(events[place]["eventId"])
    payload = {
        "metadata": {"encoding": b64encode(b"json/plain").decode()},
        "data": b64encode(json.dumps(DUE).encode()).decode(),
    }
    signal = {
        "eventId": str(number),
        "eventTime": events[place]["eventTime"],
        "eventType": "EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED",
        "workflowExecutionSignaledEventAttributes": {"signalName": "plan", "input": {"payloads": [payload]}},
    }
    return {"events": [*events[:place], signal, *_shifted(events[place:], number)]}


async def test_a_signal_of_a_plan_that_an_older_worker_passed_over_replays() -> None:
    history = WorkflowHistory.from_json("silent", json.dumps(_with_signal(json.loads(OLD.read_text()))))
    replayer = Replayer(workflows=worker.WORKFLOWS, data_converter=converter())
    await replayer.replay_workflow(history)
