"""Everything is killed at random while changes flow: each change is evaluated, and nobody enters twice.

`RELANCE_FIRE=2000` sends as many changes (120 otherwise); `RELANCE_FIRE_SEED=7` kills in the order of a failed run.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import signal
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import httpx
import pytest

from starter.demo.people import post_hook
from starter.local.ports import free_port
from starter.local.postgres import LocalPostgres
from starter.local.processes import Child
from starter.local.temporal import LocalTemporal
from tests.support.waiting import PATIENCE, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CHANGES = int(os.environ.get("RELANCE_FIRE", "120"))
SEED = int(os.environ.get("RELANCE_FIRE_SEED", "1"))
KILLS = max(5, CHANGES // 100)
AT_ONCE = 4
# Every person turns Active, Inactive and Active again: one enrollment, and one refusal that says why not a second.
STATUSES = ("Active", "Inactive", "Active", "Active")
PEOPLE = CHANGES // len(STATUSES)
SEQUENCE = """
sequence: under-fire
name: Under fire
record: person
steps:
  - {id: much-later, when: 300 days after enrollment, email: hello}
auto_enroll:
  real: {person.status: [Active]}
  prevent_reenrollment_within: 6 months
  hold_above: 100000
"""


class RulesRig:
    """Every server a process of its own, with ports that stay, so that each can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._http = free_port()
        self._servers: dict[str, Any] = {}
        self._postgres_port, self._temporal_port = free_port(), free_port()
        self._environment: dict[str, str] = {}
        self.url = f"http://127.0.0.1:{self._http}"
        self.database_url = ""
        self._turn = asyncio.Lock()

    async def start_all(self) -> None:
        for name in ("postgres", "temporal"):
            await self.start(name)
        self.database_url = self._servers["postgres"].url
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("RELANCE_", "TEMPORAL_"))}
        self._environment = (
            kept
            | self._servers["temporal"].environment
            | {
                "RELANCE_DATABASE_URL": self.database_url,
                "RELANCE_BEARER_TOKEN": "bearer-for-tests",
                "RELANCE_HOOK_SECRETS": "hook-key-for-tests",
                "RELANCE_TOKEN_KEYS": "token-key-for-tests",
                "RELANCE_HTTP_PORT": str(self._http),
                "RELANCE_HOME": str(self._folder),
                "RELANCE_INBOUND_PORT": str(free_port()),
                "RELANCE_SMTP_TLS": "none",
            }
        )
        await self.relance("publish", str(self._sequence()), "--yes", "--enroll-existing", "no")
        for name in ("worker", "serve"):
            await self.start(name)

    def _sequence(self) -> Path:
        templates = self._folder / "templates"
        templates.mkdir()
        (templates / "hello.email.txt").write_text("Subject: Hello\n\nHello {{ person.first_name }}\n")
        file = self._folder / "sequences" / "under-fire.yaml"
        file.parent.mkdir()
        file.write_text(SEQUENCE)
        return file

    async def start(self, name: str) -> None:
        if name == "postgres":
            server: Any = LocalPostgres(self._folder, port=self._postgres_port)
            await server.start()
        elif name == "temporal":
            server = LocalTemporal(self._folder, port=self._temporal_port, ui_port=None)
            await server.start()
        else:
            words = ["worker", "--queues", "relance,relance-send"] if name == "worker" else ["serve"]
            command = [sys.executable, "-m", "starter.cli.main", *words]
            server = await Child.start(command, self._folder / "logs" / f"{name}.log", env=self._environment)
        self._servers[name] = server

    async def kill_and_start(self, name: str) -> None:
        """SIGKILL to the whole process group: no last words, nothing written."""
        async with self._turn:
            server = self._servers.pop(name)
            child: Child = server if isinstance(server, Child) else server.child
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            await child.process.wait()
            await self.start(name)

    async def supervise(self) -> None:
        """Starts what ended by itself (Postgres was away too long while it began), as every supervisor does."""
        while True:
            await asyncio.sleep(0.2)
            async with self._turn:
                for name in ("worker", "serve"):
                    if self._servers[name].process.returncode is not None:
                        await self.start(name)

    async def relance(self, *words: str) -> str:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "starter.cli.main",
            *words,
            env=self._environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        output, errors = await process.communicate()
        assert process.returncode == 0, errors.decode()
        return output.decode()

    async def stop_all(self) -> None:
        for name in ("serve", "worker", "temporal", "postgres"):
            if name in self._servers:
                await self._servers[name].stop()


@pytest.fixture
async def rig(scratch: Path) -> AsyncIterator[RulesRig]:
    folder = scratch / "fire"
    folder.mkdir()
    rig = RulesRig(folder)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(rig.stop_all)
        await rig.start_all()
        supervisor = asyncio.create_task(rig.supervise())
        yield rig
        supervisor.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await supervisor


class Taken:
    """How many changes somebody says that they keep."""

    def __init__(self) -> None:
        self._number = 0
        self._more = asyncio.Condition()

    async def add(self) -> None:
        async with self._more:
            self._number += 1
            self._more.notify_all()

    async def reach(self, number: int) -> None:
        async with self._more:
            await self._more.wait_for(lambda: self._number >= number)


async def _post_until_taken(rig: RulesRig, http: httpx.AsyncClient, number: int, taken: Taken) -> None:
    """As a CRM does: the same event again until somebody says that it is kept. Changes of one person stay in order."""
    for turn, status in enumerate(STATUSES):
        fields = {"status": status, "first_name": "Alex", "email": f"p{number}@client.example", "city": f"Town {turn}"}
        change = {"entity": "person", "id": f"p{number}", "fields": fields}
        body = {"event_id": f"{number}-{turn}", "changes": [change]}
        while True:
            try:
                answer = await post_hook(http, rig.url, "hook-key-for-tests", body)
            except httpx.HTTPError:
                answer = None
            if answer is not None and answer.status_code == 200:
                assert answer.json()["refused"] == 0
                await taken.add()
                break
            await asyncio.sleep(0.2)


async def _changes_flow(rig: RulesRig, taken: Taken) -> None:
    turns = asyncio.Semaphore(AT_ONCE)
    async with httpx.AsyncClient(timeout=5) as http:

        async def person(number: int) -> None:
            async with turns:
                await _post_until_taken(rig, http, number, taken)

        await asyncio.gather(*(person(number) for number in range(PEOPLE)))


async def _fire(rig: RulesRig, taken: Taken, chance: random.Random) -> list[str]:
    """Kills as often as was asked, spread over the changes: by time, a slow machine would start servers for ever."""
    killed: list[str] = []
    for number in sorted(chance.choices(range(1, CHANGES + 1), k=KILLS)):
        name = chance.choice(["worker", "worker", "serve", "temporal", "postgres"])
        await taken.reach(number)
        await asyncio.sleep(chance.uniform(0, 1))
        await rig.kill_and_start(name)
        killed.append(name)
    return killed


@pytest.mark.timeout(900)
async def test_every_change_is_evaluated_and_nobody_enters_twice(rig: RulesRig) -> None:
    chance = random.Random(SEED)
    taken = Taken()
    async with asyncio.timeout(2 * PATIENCE + CHANGES * 0.3), asyncio.TaskGroup() as group:
        group.create_task(_changes_flow(rig, taken))
        killing = group.create_task(_fire(rig, taken, chance))
    database = await asyncpg.connect(rig.database_url)
    try:

        async def at_rest() -> bool:
            left = await database.fetchval(
                "SELECT (SELECT count(*) FROM change WHERE watched_at IS NULL)"
                " + (SELECT count(*) FROM enrollment WHERE state = 'starting')"
                " + (SELECT count(*) FROM reenrollment_window WHERE state = 'opening')"
            )
            return int(left) == 0

        await until(at_rest, PATIENCE + CHANGES * 0.1, what="rest", between=0.1)
        assert len(killing.result()) == KILLS
        rows = await database.fetch("SELECT record_id, count(*) FROM enrollment GROUP BY record_id")
        entered = {row["record_id"]: row["count"] for row in rows}
        assert entered == {f"p{number}": 1 for number in range(PEOPLE)}
        # The status of the second time is there, and so is the reason why nobody entered by it.
        changed = await database.fetch(
            "SELECT entity_id, count(*) FROM change WHERE 'person.status' = ANY(fields) GROUP BY entity_id"
        )
        assert {row["entity_id"]: row["count"] for row in changed} == {f"p{number}": 3 for number in range(PEOPLE)}
        refused = await database.fetch("SELECT record_id, reason FROM refusal WHERE via = 'rule'")
        reasons = {row["reason"] for row in refused}
        assert reasons <= {"window", "already_enrolled"}
        windows = await database.fetch("SELECT person_id FROM reenrollment_window WHERE state = 'open'")
        assert sorted(row["person_id"] for row in windows) == sorted(entered)
    finally:
        await database.close()
    told = json.loads(await rig.relance("explain", "p0", "under-fire", "--json"))
    assert told
