"""Search attributes on a real server: what is missing is named, with what mends it, and that mends it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from temporalio.api.operatorservice.v1 import RemoveSearchAttributesRequest
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from typer.testing import CliRunner

from adapters.temporal.client import connect, missing_search_attributes, require_search_attributes
from adapters.temporal.runs import TemporalRuns
from sequences.errors import SettingsError
from sequences.names import SEARCH_ATTRIBUTES
from sequences.runs.state import RunState
from services.reading.probes import ATTRIBUTES, Probes
from starter.cli.main import app
from starter.http.routes import health
from tests.support.waiting import PATIENCE

if TYPE_CHECKING:
    from temporalio.client import Client

    from starter.local.temporal import LocalTemporal


async def _namespace(temporal: LocalTemporal, name: str) -> Client:
    """A fresh namespace that knows none of our attributes."""
    client = await connect({**temporal.environment, "TEMPORAL_NAMESPACE": name})
    request = RegisterNamespaceRequest(namespace=name)
    request.workflow_execution_retention_period.FromSeconds(86400)
    await client.workflow_service.register_namespace(request)
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                await missing_search_attributes(client)
            except SettingsError:
                await asyncio.sleep(0.1)
            else:
                return client


@pytest.fixture
def setup(temporal: LocalTemporal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Awaitable[Any]]:
    async def call(namespace: str, *more: str) -> Any:
        monkeypatch.setenv("RELANCE_HOME", str(tmp_path))
        monkeypatch.setenv("TEMPORAL_ADDRESS", temporal.address)
        monkeypatch.setenv("TEMPORAL_NAMESPACE", namespace)
        return await asyncio.to_thread(CliRunner().invoke, app, ["setup", "temporal", *more])

    return call


async def test_what_is_missing_is_named_with_the_command_that_adds_it(temporal: LocalTemporal) -> None:
    client = await _namespace(temporal, "bare")
    with pytest.raises(SettingsError) as error:
        await require_search_attributes(client)
    said = str(error.value)
    assert "in the namespace bare of Temporal: RelanceSequence, RelanceRecord, RelancePerson, RelanceOwner" in said
    assert "relance setup temporal" in said
    # In pairs: with one type for several names the CLI makes the first one only.
    assert all(f"--name {name} --type Keyword" in said for name in SEARCH_ATTRIBUTES)


async def test_setup_adds_what_is_missing_and_may_run_again(
    temporal: LocalTemporal, setup: Callable[..., Awaitable[Any]]
) -> None:
    client = await _namespace(temporal, "to-set-up")
    first = await setup("to-set-up", "--json")
    assert first.exit_code == 0, first.output
    assert json.loads(first.stdout) == {"namespace": "to-set-up", "added": sorted(SEARCH_ATTRIBUTES), "present": []}
    await require_search_attributes(client)
    again = await setup("to-set-up", "--json")
    assert json.loads(again.stdout) == {"namespace": "to-set-up", "added": [], "present": sorted(SEARCH_ATTRIBUTES)}
    assert "all 5 search attributes already exist" in (await setup("to-set-up")).output
    # A namespace of 0.1 lacks the newest one only.
    await client.operator_service.remove_search_attributes(
        RemoveSearchAttributesRequest(namespace="to-set-up", search_attributes=["RelancePerson"])
    )
    with pytest.raises(SettingsError, match=r"of Temporal: RelancePerson; add them: relance setup temporal"):
        await require_search_attributes(client)
    assert json.loads((await setup("to-set-up", "--json")).stdout)["added"] == ["RelancePerson"]


async def test_setup_says_so_when_there_is_no_such_namespace(setup: Callable[..., Awaitable[Any]]) -> None:
    done = await setup("nowhere")
    assert done.exit_code == 2
    assert "Temporal has no namespace nowhere" in done.stderr


async def test_a_start_without_attributes_says_which_are_missing(temporal: LocalTemporal) -> None:
    client = await _namespace(temporal, "bare-start")
    state = RunState("e1aaaaaaaaaa", "new-services", 1, "p1", person="p1", owner="dana")
    with pytest.raises(SettingsError, match=r"RelancePerson, .*relance setup temporal"):
        await TemporalRuns(client).start("enrollment:new-services:p1", state, None)


async def test_a_persons_runs_are_found(temporal: LocalTemporal) -> None:
    client = await connect(temporal.environment)
    runs = TemporalRuns(client)
    for record in ("pl1", "pl2"):
        state = RunState(f"e{record}aaaaaaaaa", "onboarding", 1, record, person="crm:p77", owner="dana")
        await runs.start(f"enrollment:onboarding:{record}", state, None)
    async with asyncio.timeout(PATIENCE):
        found: list[str] = []
        while len(found) < 2:
            found = [each.id async for each in client.list_workflows('RelancePerson = "crm:p77"')]
    assert sorted(found) == ["enrollment:onboarding:pl1", "enrollment:onboarding:pl2"]
    for each in found:
        await client.get_workflow_handle(each).terminate("end of test")


async def test_nobody_is_ready_without_attributes(temporal: LocalTemporal) -> None:
    client = await _namespace(temporal, "bare-ready")
    probes = Probes.of(None, client)  # type: ignore[arg-type]
    assert await health._answers(probes.servers[ATTRIBUTES]()) is False
    assert "relance setup temporal" in ATTRIBUTES
    ready = await connect(temporal.environment)
    probes = Probes.of(None, ready)  # type: ignore[arg-type]
    assert await health._answers(probes.servers[ATTRIBUTES]()) is True
