"""Workflows looked at from outside, on a real server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from temporalio import workflow
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from adapters.temporal.client import connect
from adapters.temporal.executions import TemporalExecutions
from sequences.runs.whereabouts import Whereabouts
from starter.local.temporal import LocalTemporal
from tests.support.waiting import until

if TYPE_CHECKING:
    from pathlib import Path


@workflow.defn(name="Waiting")
class Waiting:
    @workflow.run
    async def run(self) -> None:
        await workflow.wait_condition(lambda: False)


@workflow.defn(name="Broken")
class Broken:
    @workflow.run
    async def run(self) -> None:
        raise TypeError("a fault of ours: the task fails, and is tried again and again")


async def test_a_workflow_whose_task_fails_again_and_again_is_stuck(scratch: Path) -> None:
    name = "system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute"
    async with LocalTemporal(scratch / "stuck", ui_port=None, dynamic_config={name: "1"}) as server:
        client = await connect(server.environment)
        executions = TemporalExecutions(client)
        async with Worker(
            client, task_queue="q", workflows=[Waiting, Broken], workflow_runner=UnsandboxedWorkflowRunner()
        ):
            for each in ("Waiting", "Broken"):
                await client.start_workflow(each, id=each, task_queue="q")

            async def told() -> bool:
                return await executions.stuck("Broken", 10) == ["Broken"]

            await until(told)
            assert await executions.stuck("Waiting", 10) == []


async def test_pages_of_open_workflows_and_a_token_that_is_not_known_any_more(
    temporal: LocalTemporal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.temporal.executions._PAGE", 2)
    client = await connect(temporal.environment)
    executions = TemporalExecutions(client)
    ids = [f"paged-{number}" for number in range(5)]
    for each in ids:
        await client.start_workflow("Paged", id=each, task_queue="nobody", memo={"enrollment": f"e-{each}"})

    async def listed() -> bool:
        return await executions.open_among(ids) == set(ids)

    await until(listed)
    found, token = [], None
    while True:
        page, token = await executions.open_page("Paged", token)
        found += page
        if token is None:
            break
    assert sorted((each.workflow_id, each.enrollment) for each in found) == [(each, f"e-{each}") for each in ids]
    assert await executions.open_page("Paged", b"nonsense") == ([], None)
    since = datetime.now(UTC) - timedelta(minutes=1)
    for run in found:
        assert await executions.whose(run) == f"e-{run.workflow_id}"
        assert await executions.terminate(run, "end of test")
        assert not await executions.terminate(run, "end of test")
        assert await executions.whereabouts(run.workflow_id) is Whereabouts.TERMINATED
        assert await executions.whose(run) is None

    async def ended() -> bool:
        return sorted(await executions.ended_since("Paged", since)) == ids

    await until(ended)
    assert await executions.whereabouts("never-there") is Whereabouts.GONE
