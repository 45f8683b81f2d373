"""Processes that empty the outbox: ``relance dispatch`` alone, two ``relance serve``, and what health says of them."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import sys
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import httpx
import pytest

from adapters.temporal.client import connect
from sequences import ids, names
from services.reading.health import Check, dispatchers
from starter.local.ports import free_port
from tests.support.rigs.api import BEARER
from tests.support.servers.counted_postgres import CountedPostgres
from tests.support.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from temporalio.client import Client

    from starter.local.temporal import LocalTemporal
    from tests.support.rigs.api import ApiRig


@asynccontextmanager
async def process(*words: str, environment: dict[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    """One command; at the end it is asked to stop, and must do so cleanly."""
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "starter.cli.main", *words, env=environment, stderr=asyncio.subprocess.PIPE
    )
    try:
        yield started
        started.send_signal(signal.SIGTERM)
        async with asyncio.timeout(PATIENCE):
            _, log = await started.communicate()
        assert started.returncode == 0, log.decode()
        assert b"Traceback" not in log
    finally:
        if started.returncode is None:
            started.kill()
            await started.wait()


def environment_of(api: ApiRig, temporal: LocalTemporal, folder: Path, http: int) -> dict[str, str]:
    """Of one process."""
    return {
        **os.environ,
        **temporal.environment,
        "RELANCE_DATABASE_URL": api.settings.database_url,
        "RELANCE_BEARER_TOKEN": BEARER,
        "RELANCE_HOOK_SECRETS": "hook-key-for-tests",
        "RELANCE_TOKEN_KEYS": "token-key-for-tests",
        "RELANCE_HTTP_PORT": str(http),
        "RELANCE_INBOUND_PORT": str(free_port()),
        "RELANCE_HOME": str(folder),
    }


async def answers(http: int) -> bool:
    async with httpx.AsyncClient(trust_env=False) as client:
        try:
            return (await client.get(f"http://127.0.0.1:{http}/healthz")).status_code == 200
        except httpx.HTTPError:
            return False


async def test_a_process_of_its_own_delivers_what_serve_leaves_to_it(
    api: ApiRig, temporal: LocalTemporal, tmp_path: Path
) -> None:
    http = free_port()
    environment = environment_of(api, temporal, tmp_path, http)
    enrollment = await api.enrolled()
    reaction = await api.reaction("a", enrollment, "replied")

    async def delivered() -> bool:
        row = await api.row("reaction_row", id=reaction)
        return row is not None and row["delivered_at"] is not None

    async def said() -> Check:
        return await dispatchers(api.database, api.now)

    async with process("serve", "--no-dispatch", environment=environment):
        await api.until(partial(answers, http))
        await asyncio.sleep(2.5)
        assert not await delivered()
        assert (await said()).words == "none: `relance serve` or `relance dispatch` must run"
        late = await dispatchers(api.database, api.now + timedelta(seconds=75))
        assert (late.good, late.words) == (False, "the oldest reaction or start has waited 75 s")
        async with process("dispatch", environment=environment):
            await api.until(delivered)
            assert await said() == Check("dispatcher", good=True, words="listens")


async def told_in(client: Client, workflow_id: str) -> list[str]:
    """The reactions of which a workflow was signalled, in order."""
    found: list[str] = []
    async for event in client.get_workflow_handle(workflow_id).fetch_history_events():
        for payload in event.workflow_execution_signaled_event_attributes.input.payloads:
            said = json.loads(payload.data)
            found += [each["id"] for each in (said if isinstance(said, list) else [said])]
    return found


async def test_two_serves_deliver_each_reaction_once_and_in_order(
    api: ApiRig, temporal: LocalTemporal, tmp_path: Path
) -> None:
    client = await connect(temporal.environment)
    stamp, queue = secrets.token_hex(4), f"nobody-{secrets.token_hex(4)}"
    runs = [await api.enrolled(f"{stamp}-{number}") for number in range(30)]
    workflows = {run: ids.enrollment_workflow_id("hello", f"{stamp}-{number}") for number, run in enumerate(runs)}
    handles = [
        await client.start_workflow(names.ENROLLMENT_WORKFLOW, id=each, task_queue=queue) for each in workflows.values()
    ]
    wanted: dict[str, list[str]] = {run: [] for run in runs}
    ports = [free_port(), free_port()]

    async def write(number: int) -> None:
        for run in runs:
            wanted[run].append(await api.reaction(f"{number}-{run}", run, minutes=number))

    async def delivered() -> bool:
        return not await api.fetch("SELECT 1 FROM reaction WHERE delivered_at IS NULL")

    try:
        # A crowd that waits for both, and more while they are at it.
        await write(0)
        async with AsyncExitStack() as stack:
            for port in ports:
                environment = environment_of(api, temporal, tmp_path / str(port), port)
                await stack.enter_async_context(process("serve", environment=environment))
            for number in range(1, 6):
                await write(number)
                await asyncio.sleep(0.2)
            for port in ports:
                await api.until(partial(answers, port))
            await write(6)
            await api.until(delivered)
        for run, workflow_id in workflows.items():
            assert await told_in(client, workflow_id) == wanted[run]
    finally:
        for handle in handles:
            await handle.terminate("end of test")


@pytest.mark.slow
async def test_an_idle_dispatcher_asks_postgres_nothing_for_seconds(
    api: ApiRig, temporal: LocalTemporal, tmp_path: Path
) -> None:
    """It is rung for, and knows when the next row is due. 0.1 asked six times a second."""

    async def listens() -> bool:
        return (await dispatchers(api.database, api.now)).good

    async with AsyncExitStack() as stack:
        postgres = await stack.enter_async_context(CountedPostgres.before(api.settings.database_url))
        environment = environment_of(api, temporal, tmp_path, free_port())
        environment["RELANCE_DATABASE_URL"] = postgres.url
        await stack.enter_async_context(process("dispatch", environment=environment))
        loop = asyncio.get_running_loop()

        async def quiet() -> bool:
            return loop.time() - postgres.ends[-1] > 6

        await api.until(listens)
        await api.until(quiet)
