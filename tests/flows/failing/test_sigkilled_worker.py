"""A worker process that is killed outright (SIGKILL) in the middle of every control: all is right after a restart.

The next worker hears of it when the heartbeats have stayed away for 20 seconds, which is what this test waits for.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from sequences.names import QUEUE
from sequences.runs.state import Command
from services.operations.command_run import steer
from starter.local.mail_capture import list_mail
from tests.support.processes.workers import WorkerProcesses
from tests.support.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sequences.runs.state import CommandAnswer
    from services.enrolling.enroll import Accepted
    from starter.local.temporal import LocalTemporal
    from tests.support.rigs.flow import FlowRig

TWO = (
    "sequence: two\nname: Two\nrecord: person\nfrequency_cap: exempt\nsteps:\n"
    "  - {id: one, email: bd/introduce}\n  - {id: two, when: 2 days after one, email: bd/remind}\n"
)
OUTCOMES = {
    "pause": ("paused", "planned"),
    "resume": ("active", "planned"),
    "stop": ("stopped", "cancelled"),
    "skip": ("active", "skipped"),
    "send-now": ("active", "sent"),
}
_BLOCKED = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


class Processes(WorkerProcesses):
    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "starter.cli.main",
            "worker",
            "--queues",
            QUEUE,
            env=self._environment,
            stderr=asyncio.subprocess.DEVNULL,
        )


@pytest.fixture
async def processes(flow: FlowRig, temporal: LocalTemporal, database_url: str) -> AsyncIterator[Processes]:
    await flow.stop_worker(QUEUE)
    started = Processes(flow, temporal, database_url)
    await started.start()
    yield started
    await started.kill()
    await flow.start_worker(QUEUE)


@asynccontextmanager
async def _locked(database_url: str, enrollments: list[str]) -> AsyncIterator[Any]:
    """Whoever writes about these runs waits; gives a question: does somebody wait for each?"""
    connection = await asyncpg.connect(database_url)
    watcher = await asyncpg.connect(database_url)
    try:
        async with connection.transaction():
            await connection.execute("SELECT 1 FROM enrollment WHERE id = ANY($1::text[]) FOR UPDATE", enrollments)

            async def all_wait() -> bool:
                return int(await watcher.fetchval(_BLOCKED)) == len(enrollments)

            yield all_wait
    finally:
        await connection.close()
        await watcher.close()


async def _asleep(flow: FlowRig, person: str) -> Accepted:
    await flow.person(person)
    accepted = await flow.enroll("two", person)

    async def next_is_two() -> bool:
        due = (await flow.services.runs.status(accepted.workflow_id)).due
        return due is not None and due.step == "two"

    await flow.until_step(accepted, "one")
    await flow.until(next_is_two)
    return accepted


async def test_every_control_survives_a_killed_worker(flow: FlowRig, processes: Processes, database_url: str) -> None:
    await flow.publish("two", TWO)
    runs = {kind: await _asleep(flow, f"p-{kind}") for kind in OUTCOMES}

    async def ask(kind: str, key: str) -> CommandAnswer:
        return await steer(flow.services.database, flow.services.runs, runs[kind].enrollment, Command(key, kind))

    await steer(flow.services.database, flow.services.runs, runs["resume"].enrollment, Command("before", "pause"))
    async with _locked(database_url, [accepted.enrollment for accepted in runs.values()]) as all_wait:
        asked = [asyncio.create_task(ask(kind, "k")) for kind in OUTCOMES]
        await flow.until(all_wait)
        await processes.kill()
        assert not any(task.done() for task in asked)
    await processes.start()
    async with asyncio.timeout(PATIENCE):
        answers = dict(zip(OUTCOMES, await asyncio.gather(*asked), strict=True))
    for kind, (state, step) in OUTCOMES.items():
        assert answers[kind].changed or answers[kind].phase == "closed"
        await flow.until_step(runs[kind], "two", step)
        assert await flow.state(runs[kind]) == state
        events = [row["kind"] for row in await flow.rows("run_events", enrollment_id=runs[kind].enrollment)]
        assert events.count(kind) == 1
    assert len(list_mail(flow.mail.folder)) == len(OUTCOMES) + 1
