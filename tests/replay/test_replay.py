"""Histories that older code left behind replay on today's: a run lives for months, its history is an interface."""

from __future__ import annotations

from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer, WorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

import worker
from adapters.temporal.checked_runner import CheckedRunner
from adapters.temporal.client import converter

HISTORIES = sorted((Path(__file__).parent / "histories").glob("*.json"))


def _text(file: Path) -> str:
    return file.read_text()


@pytest.mark.parametrize("runner", [SandboxedWorkflowRunner(), CheckedRunner()], ids=["sandbox", "production"])
@pytest.mark.parametrize("file", HISTORIES, ids=lambda file: file.stem)
async def test_a_stored_history_replays(file: Path, runner: WorkflowRunner) -> None:
    history = WorkflowHistory.from_json(file.stem, _text(file))
    replayer = Replayer(workflows=worker.WORKFLOWS, workflow_runner=runner, data_converter=converter())
    await replayer.replay_workflow(history)


def test_every_workflow_has_a_stored_history() -> None:
    stored = " ".join(file.read_text() for file in HISTORIES)
    for workflow in worker.WORKFLOWS:
        assert f'"name": "{workflow.__name__}"' in stored, f"no stored history of {workflow.__name__}"
