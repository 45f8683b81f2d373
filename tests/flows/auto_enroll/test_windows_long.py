"""A window with a long history continues as new, and stays the gate that it was."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest_asyncio
from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError

from sequences import ids
from sequences.auto_enroll.messages import WindowChange
from sequences.names import CHANGE_WINDOW, WINDOW_MEMO
from sequences.runs.state import Command
from starter.local.temporal import LocalTemporal
from tests.support.waiting import PATIENCE

if TYPE_CHECKING:
    from tests.support.rigs.flow import FlowRig


@pytest_asyncio.fixture(scope="module", name="temporal")
async def low_limit(tmp_path_factory: object) -> AsyncIterator[LocalTemporal]:
    folder: Path = tmp_path_factory.mktemp("low-limit-windows")  # type: ignore[attr-defined]
    config = {"limit.historyCount.suggestContinueAsNew": "25"}
    async with LocalTemporal(folder, time_skipping=True, ui_port=None, dynamic_config=config) as server:
        yield server


async def test_a_window_that_continues_as_new_keeps_its_gate_its_row_and_its_end(flow: FlowRig) -> None:
    name = f"windows-{secrets.token_hex(4)}"
    await flow.person()
    await flow.publish(
        name,
        f"sequence: {name}\nname: Windows\nrecord: person\nsteps:\n  - {{id: one, email: bd/introduce}}\n"
        "auto_enroll: {real: {person.type: [Client contact]}, prevent_reenrollment_within: 1 day}\n",
    )
    first = await flow.enroll(name)
    await flow.services.runs.command(first.workflow_id, Command("stop-first", "stop", "test"))
    await flow.until_state(first, "stopped")
    second = await flow.enroll(name)
    window = ids.window_id(second.enrollment)
    gate = flow.services.client.get_workflow_handle(ids.window_workflow_id(name, "p1"))
    begun = (await gate.describe()).run_id

    async def continued() -> bool:
        return (await gate.describe()).run_id != begun

    async with asyncio.timeout(PATIENCE):
        while not await continued():
            # Older than what it knows: it passes them over, and they make its history long.
            await gate.signal(CHANGE_WINDOW, WindowChange(window, None, 0))
    found = await gate.describe()
    # The row that replaced the first one, though the first one's id came with the start.
    assert await found.memo_value(WINDOW_MEMO, type_hint=str) == window
    assert found.status is WorkflowExecutionStatus.RUNNING
    await asyncio.wait_for(flow.skipper.fast_forward(gate, timedelta(hours=23)), PATIENCE)
    row = await flow.row("window_row", id=window)
    assert row is not None
    assert row["state"] == "open"
    with contextlib.suppress(RPCError):
        await asyncio.wait_for(flow.skipper.fast_forward(gate, timedelta(hours=2)), PATIENCE)

    async def ended() -> bool:
        row = await flow.row("window_row", id=window)
        return row is not None and row["state"] == "ended"

    await flow.until(ended)
