"""``relance dispatch`` beside ``relance serve --no-dispatch``: two processes, and what health says of them."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import httpx

from services.reading.health import Check, dispatchers
from starter.local.ports import free_port
from tests.support.rigs.api import BEARER

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

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
        async with asyncio.timeout(60):
            _, log = await started.communicate()
        assert started.returncode == 0, log.decode()
        assert b"Traceback" not in log
    finally:
        if started.returncode is None:
            started.kill()
            await started.wait()


async def test_a_process_of_its_own_delivers_what_serve_leaves_to_it(
    api: ApiRig, temporal: LocalTemporal, tmp_path: Path
) -> None:
    http = free_port()
    environment = {
        **os.environ,
        **temporal.environment,
        "RELANCE_DATABASE_URL": api.settings.database_url,
        "RELANCE_BEARER_TOKEN": BEARER,
        "RELANCE_HOOK_SECRETS": "hook",
        "RELANCE_TOKEN_KEYS": "key",
        "RELANCE_HTTP_PORT": str(http),
        "RELANCE_INBOUND_PORT": str(free_port()),
        "RELANCE_HOME": str(tmp_path),
    }
    enrollment = await api.enrolled()
    reaction = await api.reaction("a", enrollment, "replied")

    async def answers() -> bool:
        async with httpx.AsyncClient(trust_env=False) as client:
            try:
                return (await client.get(f"http://127.0.0.1:{http}/healthz")).status_code == 200
            except httpx.HTTPError:
                return False

    async def delivered() -> bool:
        row = await api.row("reaction_row", id=reaction)
        return row is not None and row["delivered_at"] is not None

    async def said() -> Check:
        return await dispatchers(api.database, api.now)

    async with process("serve", "--no-dispatch", environment=environment):
        await api.until(answers)
        await asyncio.sleep(2.5)
        assert not await delivered()
        assert (await said()).words == "none: `relance serve` or `relance dispatch` must run"
        late = await dispatchers(api.database, api.now + timedelta(seconds=75))
        assert (late.good, late.words) == (False, "the oldest reaction or start has waited 75 s")
        async with process("dispatch", environment=environment):
            await api.until(delivered)
            assert await said() == Check("dispatcher", good=True, words="listens")
