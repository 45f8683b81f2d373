"""Runs whose payloads are encrypted, from their beginning or from some day on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from temporalio.worker import Replayer

import worker
from adapters.temporal.client import connect, converter
from sequences.errors import PermanentError
from sequences.runs.state import RunState
from tests.support.raw_history import found_in, raw_history
from tests.support.rigs.flow import open_flow

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from services.enrolling.enroll import Accepted
    from starter.local.temporal import LocalTemporal
    from tests.support.rigs.flow import FlowRig

FIRST, SECOND = "the-first-key-of-payloads", "the-second-key-of-payloads"
CLEAR, SEALED = "json/plain", "binary/encrypted"


@pytest_asyncio.fixture
async def encrypted(
    database_url: str, temporal: LocalTemporal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[FlowRig]:
    monkeypatch.setenv("RELANCE_PAYLOAD_KEYS", FIRST)
    async with open_flow(database_url, temporal, tmp_path) as flow:
        yield flow


async def _begun(flow: FlowRig) -> Accepted:
    await flow.publish("new-services")
    await flow.person()
    accepted = await flow.enroll("new-services")
    await flow.until_step(accepted, "introduce")
    return accepted


async def _replayed(flow: FlowRig, accepted: Accepted) -> None:
    history = await flow.handle(accepted).fetch_history()
    await Replayer(workflows=worker.WORKFLOWS, data_converter=converter()).replay_workflow(history)


async def test_a_run_is_encrypted_from_its_input_to_its_result(encrypted: FlowRig) -> None:
    accepted = await _begun(encrypted)
    state: RunState = await encrypted.handle(accepted).query("status", result_type=RunState)
    assert state.enrollment == accepted.enrollment
    await encrypted.skip(accepted, days=7, minutes=1)
    await encrypted.until_step(accepted, "remind")
    await encrypted.reply(accepted, "Please tell me more")
    assert await encrypted.handle(accepted).result() == "replied.positive (replied.positive)"
    history = await raw_history(encrypted.handle(accepted))
    assert found_in(history, [SEALED]) == [SEALED]
    # Summaries, memo and reasons are payloads as well. The id of the workflow, and search attributes, are not.
    assert found_in(history, ["binary/null", "replied.positive", accepted.enrollment, "introduce"]) == []
    await _replayed(encrypted, accepted)
    listed = {
        each.id
        async for each in encrypted.services.client.list_workflows(f"WorkflowId = '{accepted.workflow_id}'")
        if each.search_attributes
    }
    # Other tests may have had a run of that name in the same namespace.
    assert listed == {accepted.workflow_id}


async def test_failures_and_their_stack_traces_are_encrypted(
    encrypted: FlowRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    class TellingError(PermanentError):
        """A failure with words that should not be read in Temporal."""

    async def fails(*_: object, **__: object) -> None:
        raise TellingError("ada@client.example was refused")

    monkeypatch.setattr("services.sending.take_step.TakeStep.take", fails, raising=False)
    await encrypted.publish("new-services")
    await encrypted.person()
    accepted = await encrypted.enroll("new-services")
    await encrypted.until_step(accepted, "introduce", "failed")
    history = await raw_history(encrypted.handle(accepted))
    assert found_in(history, ["TellingError"]) == ["TellingError"], "the type of a failure is no payload"
    assert found_in(history, ["ada@client.example", "was refused", "take_step.py", "Traceback"]) == []
    assert found_in(history, ["Encoded failure"]) == ["Encoded failure"]
    await _replayed(encrypted, accepted)


async def test_it_is_switched_on_and_keys_are_rotated_while_runs_are_open(
    flow: FlowRig, temporal: LocalTemporal, monkeypatch: pytest.MonkeyPatch
) -> None:
    accepted = await _begun(flow)

    async def with_keys(keys: str) -> None:
        monkeypatch.setenv("RELANCE_PAYLOAD_KEYS", keys)
        for queue in worker.QUEUES:
            await flow.stop_worker(queue)
        flow.services = replace(flow.services, client=await connect(temporal.environment))
        for queue in worker.QUEUES:
            await flow.start_worker(queue)

    await with_keys(FIRST)
    await flow.skip(accepted, days=7, minutes=1)
    await flow.until_step(accepted, "remind")
    await with_keys(f"{SECOND},{FIRST}")
    # The dispatcher is yet to be replaced: its signal is in clear.
    await flow.reply(accepted, "Please tell me more")
    await flow.until_state(accepted, "stopped")
    assert await flow.handle(accepted).result() == "replied.positive (replied.positive)"
    history = await raw_history(flow.handle(accepted))
    assert found_in(history, [CLEAR, SEALED]) == [CLEAR, SEALED]
    assert len(set(_key_ids(await flow.handle(accepted).fetch_history()))) == 2
    await _replayed(flow, accepted)


def _key_ids(history: object) -> list[bytes]:
    text = b"".join(event.SerializeToString() for event in history.events)  # type: ignore[attr-defined]
    name = b"encryption-key-id\x12\x0c"
    places = [place for place in range(len(text)) if text.startswith(name, place)]
    return [text[place + len(name) : place + len(name) + 12] for place in places]
