"""A house to measure in: embedded Postgres and Temporal, a mail sink, and the real worker as a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from adapters.clock import utc_now
from adapters.settings import Settings
from adapters.templates.source import TemplateSource
from benchmarks import consumption
from benchmarks.ground import Ground
from sequences.checking import load_file
from starter.composition import Services, open_services
from starter.local.mail_capture import MailCapture
from starter.local.processes import Child
from starter.local.temporal import LocalTemporal
from starter.server.outbox import Dispatcher

TEMPLATE = TemplateSource(
    name="bench/hello",
    subject="A word for {{ person.first_name }}",
    text="Hello {{ person.first_name }},\n\nthis is a mail of a few lines, as people write.\n\n{{ owner.full_name }}\n",
)
_READY_SECONDS = 60.0
_ROOT = Path(__file__).resolve().parent.parent

_PEOPLE = """
INSERT INTO person (id, type, first_name, last_name, email, timezone, owner_id)
SELECT 'bench-p' || n, 'Candidate', 'Alex', 'Example', 'p' || n || '@client.example', 'Europe/London', 'bench-owner'
FROM generate_series($1::int, $2::int) AS n
"""
_PLACEMENTS = """
INSERT INTO placement (id, person_id, owner_id, status, start_date)
SELECT 'bench-r' || n, 'bench-p' || n, 'bench-owner', 'Placed', $3 FROM generate_series($1::int, $2::int) AS n
"""
_OWNER = """
INSERT INTO owner (id, first_name, last_name, email) VALUES ('bench-owner', 'Dana', 'Owner', 'dana@agency.example')
ON CONFLICT DO NOTHING
"""


@dataclass
class House:
    """What a benchmark measures, ready.

    Attributes:
        postgres: process id of its server.
    """

    services: Services
    dispatcher: Dispatcher
    temporal: LocalTemporal
    mail: MailCapture
    folder: Path
    worker: Child
    environment: Mapping[str, str]
    postgres: int

    async def start_worker(self) -> Child:
        """One more worker, once it is ready; whoever wants it to be the only one stops the other first."""
        return await _start_worker(self.folder, self.environment)

    async def add_people(self, first: int, last: int) -> None:
        """Adds the people ``bench-pFIRST`` to ``bench-pLAST`` straight into the table."""
        await add_people(self.services.database.pool, first, last)

    async def add_placements(self, first: int, last: int, starts: date) -> None:
        """Adds people, each with a placement ``bench-rNUMBER`` that starts that day."""
        await self.add_people(first, last)
        await self.services.database.pool.execute(_PLACEMENTS, first, last, starts.isoformat())

    async def publish(self, text: str) -> None:
        """Publishes a sequence whose only template is ``bench/hello``."""
        definition = load_file(text, "bench.yaml").sequence
        async with self.services.database.transaction() as connection:
            await self.services.versions.publish(connection, definition, {TEMPLATE.name: TEMPLATE.to_json()}, utc_now())

    async def count(self, query: str, *values: object) -> int:
        """One number from Postgres."""
        return int(await self.services.database.pool.fetchval(query, *values))


async def add_people(pool: Any, first: int, last: int) -> None:
    """See ``House.add_people``."""
    await pool.execute(_OWNER)
    await pool.execute(_PEOPLE, first, last)


def values_for(database_url: str, mail_port: int) -> dict[str, str]:
    """Settings by name; secrets live as long as the folder."""
    return {
        "database_url": database_url,
        "bearer_token": secrets.token_hex(16),
        "hook_secrets": secrets.token_hex(16),
        "token_keys": secrets.token_hex(16),
        "smtp_port": str(mail_port),
        "smtp_tls": "none",
        "mailbox_limits": "none",
        "sms_sender": "+442071838750",
    }


def variables_of(values: Mapping[str, str]) -> dict[str, str]:
    """The same as variables of the environment."""
    return {f"RELANCE_{name.upper()}": value for name, value in values.items()}


def own_environment() -> dict[str, str]:
    """The environment of this process without settings: those of the caller's own house must not leak into another."""
    return {key: value for key, value in os.environ.items() if not key.startswith(("RELANCE_", "TEMPORAL_"))}


def settings_of(values: dict[str, Any]) -> Settings:
    """The settings of this process."""
    return Settings(**values)


@asynccontextmanager
async def open_house(*, dispatching: bool = True) -> AsyncIterator[House]:
    """Starts everything in a temporary folder, and stops and removes it at the end.

    Args:
        dispatching: whether the dispatcher looks for work; otherwise whoever measures hands over everything.
    """
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="relance-bench-")))
        ground = await stack.enter_async_context(Ground.open(folder))
        temporal, mail = ground.temporal, ground.mail
        values = values_for(ground.postgres.url, mail.port)
        services = await stack.enter_async_context(open_services(settings_of(values), temporal.environment))
        environment = {**temporal.environment, **variables_of(values), "RELANCE_HOME": str(folder)}
        worker = await _start_worker(folder, environment)
        dispatcher = Dispatcher(services)
        house = House(services, dispatcher, temporal, mail, folder, worker, environment, ground.pid_of_postgres())

        async def stop_worker() -> None:
            await house.worker.stop()

        stack.push_async_callback(stop_worker)
        if dispatching:
            stack.push_async_callback(_cancelled, asyncio.create_task(dispatcher.run()))
        yield house


async def _start_worker(folder: Path, environment: Mapping[str, str]) -> Child:
    arguments = ("worker", "--queues", "relance,relance-send")
    name = f"worker-{secrets.token_hex(3)}"
    return await start_python(folder, name, "starter.cli.main", *arguments, env=environment, ready="working on")


async def start_python(
    folder: Path, name: str, module: str, *arguments: str, env: Mapping[str, str], ready: str
) -> Child:
    """Starts ``python -m MODULE`` and returns once its log says ``ready``.

    Raises:
        UnavailableError: it ended, or took too long.
    """
    log = folder / "logs" / f"{name}.log"
    return await started(
        [sys.executable, "-m", module, *arguments], log, ready, env={**own_environment(), **env}, cwd=_ROOT
    )


async def started(
    command: Sequence[str],
    log: Path,
    ready: str,
    *,
    env: Mapping[str, str],
    cwd: Path,
    seconds: float = _READY_SECONDS,
) -> Child:
    """Starts a process and returns once its log says ``ready``.

    Raises:
        UnavailableError: it ended, or took too long.
    """
    child = await Child.start(command, log, env=env, cwd=cwd)

    async def says_so() -> bool:
        return ready in await asyncio.to_thread(log.read_text, errors="replace")

    try:
        await child.wait_until(says_so, seconds=seconds)
    except BaseException:
        await child.stop()
        raise
    return child


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def until(condition: Callable[[], Awaitable[bool]], *, seconds: float, every: float = 0.05) -> None:
    """Polls until the condition is met.

    Raises:
        TimeoutError: it was not met in time.
    """
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110 - what is waited for happens in other processes
            await asyncio.sleep(every)


async def at_once(number: int, jobs: list[Callable[[], Awaitable[None]]]) -> None:
    """Does all jobs, ``number`` of them at the same time."""
    waiting = iter(jobs)

    async def take() -> None:
        for job in waiting:
            await job()

    async with asyncio.TaskGroup() as group:
        for _ in range(number):
            group.create_task(take())


def memory_mb(process: Child) -> float | None:
    """Resident memory in MB; None where the system has no ``/proc``."""
    return consumption.memory_mb(process.pid) if _in_proc(process) else None


def cpu_seconds(process: Child | None) -> float | None:
    """Processor time that a process has used, which a busy machine does not lengthen; None without ``/proc``."""
    return consumption.seconds(process.pid) if process is not None and _in_proc(process) else None


def _in_proc(process: Child) -> bool:
    return Path(f"/proc/{process.pid}").exists()
