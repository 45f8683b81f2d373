"""The watcher continues as new while changes and wake-ups flow. Here the server suggests it after few events."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest_asyncio

from adapters.clock import utc_now
from sequences.errors import UnavailableError
from sequences.ids import rule_watcher_workflow_id
from services.auto_enroll import batches
from starter.local.temporal import LocalTemporal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from sequences.auto_enroll.messages import WatcherState
    from tests.support.rigs.flow import FlowRig

SEQUENCE = (
    "sequence: again\nname: Again\nrecord: person\nsteps:\n"
    "  - {id: one, when: 2 days after enrollment, do: [{add_to_list: seen}]}\n"
    "auto_enroll: {real: {person.status: [Hot]}}\n"
)


@pytest_asyncio.fixture(scope="module", name="temporal")
async def low_limit(tmp_path_factory: object) -> AsyncIterator[LocalTemporal]:
    folder: Path = tmp_path_factory.mktemp("low-limit")  # type: ignore[attr-defined]
    config = {"limit.historyCount.suggestContinueAsNew": "30"}
    async with LocalTemporal(folder, time_skipping=True, ui_port=None, dynamic_config=config) as server:
        yield server


async def _wake(flow: FlowRig) -> None:
    # A busy server may keep one waiting while the watcher changes runs. Nothing hangs on it: the dispatcher wakes too.
    with contextlib.suppress(UnavailableError):
        await flow.services.rules.wake()


async def test_nothing_is_missed_while_the_watcher_continues_as_new(flow: FlowRig) -> None:
    await flow.publish("again", SEQUENCE)
    async with flow.services.database.transaction() as connection:
        await batches.switch_on(connection, await flow.services.versions.get(connection, "again"), utc_now())
    for number in range(30):
        await flow.write("person", f"p{number}", status="Hot", email=f"p{number}@client.example")
        await asyncio.gather(*(_wake(flow) for _ in range(3)))

    found: list[WatcherState] = []

    async def counted() -> bool:
        # For a moment between the old run and the new one there is nobody to ask.
        with contextlib.suppress(UnavailableError):
            found.append(await flow.services.rules.watched())
        return bool(found) and found[-1].enrolled == 30

    # Less than the half minute after which the watcher would look by itself.
    await flow.until(counted)
    assert found[-1].continued >= 1
    assert found[-1].changes == 30
    assert await flow.services.database.pool.fetchval("SELECT count(*) FROM enrollment") == 30
    handle = flow.services.client.get_workflow_handle(rule_watcher_workflow_id())
    assert (await handle.describe()).history_length < 200
