"""The local Postgres after somebody killed it."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import asyncpg
import pytest

from starter.local.postgres import LocalPostgres
from tests.support.waiting import until


async def test_its_folder_may_be_named_from_here(scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(scratch)
    async with LocalPostgres(Path("from-here"), fsync=False) as server:
        connection = await asyncpg.connect(server.url_of("postgres"))
        assert await connection.fetchval("SELECT 1") == 1
        await connection.close()


async def test_it_starts_again_while_a_process_of_the_killed_one_lives_on(scratch: Path) -> None:
    async with LocalPostgres(scratch / "killed", fsync=False) as server:
        connection = await asyncpg.connect(server.url_of("postgres"))
        backend = await connection.fetchval("SELECT pg_backend_pid()")
        # A process that is stopped notices nothing, as one that gets no turn on a busy machine.
        os.kill(backend, signal.SIGSTOP)
        assert server.child is not None
        os.kill(server.child.pid, signal.SIGKILL)
        restarting = asyncio.create_task(server.restart())
        log = scratch / "killed" / "logs" / "postgres.log"
        await until(lambda: "pre-existing shared memory block" in log.read_text())
        assert not restarting.done()
        os.kill(backend, signal.SIGCONT)
        await restarting
        connection.terminate()
        again = await asyncpg.connect(server.url_of("postgres"))
        assert await again.fetchval("SELECT 1") == 1
        await again.close()
