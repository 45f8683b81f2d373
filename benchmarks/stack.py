"""A house to measure in: embedded Postgres and Temporal, a mail sink, and the real worker as a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.clock import utc_now
from adapters.settings import Settings
from adapters.templates.source import TemplateSource
from sequences.checking import load_file
from starter.composition import Services, open_services
from starter.local.mail_capture import MailCapture
from starter.local.postgres import LocalPostgres
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
_OWNER = """
INSERT INTO owner (id, first_name, last_name, email) VALUES ('bench-owner', 'Dana', 'Owner', 'dana@agency.example')
ON CONFLICT DO NOTHING
"""


@dataclass
class House:
    """What a benchmark measures, ready."""

    services: Services
    dispatcher: Dispatcher
    temporal: LocalTemporal
    mail: MailCapture
    folder: Path
    worker: Child

    async def add_people(self, first: int, last: int) -> None:
        """Adds the people ``bench-pFIRST`` to ``bench-pLAST`` straight into the table."""
        await add_people(self.services.database.pool, first, last)

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
        "bearer_token": secrets.token_hex(8),
        "hook_secrets": secrets.token_hex(8),
        "token_keys": secrets.token_hex(8),
        "smtp_port": str(mail_port),
        "smtp_tls": "none",
        "mailbox_limits": "none",
        "sms_sender": "+442071838750",
    }


def settings_of(values: dict[str, Any]) -> Settings:
    """The settings of this process."""
    return Settings(**values)


@asynccontextmanager
async def open_house() -> AsyncIterator[House]:
    """Starts everything in a temporary folder, and stops and removes it at the end."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="relance-bench-")))
        postgres = await stack.enter_async_context(LocalPostgres(folder))
        temporal = await stack.enter_async_context(LocalTemporal(folder, ui_port=None))
        mail = MailCapture(folder / "mail")
        await mail.start()
        stack.push_async_callback(mail.stop)
        values = values_for(postgres.url, mail.port)
        services = await stack.enter_async_context(open_services(settings_of(values), temporal.environment))
        ours = {f"RELANCE_{name.upper()}": value for name, value in values.items()}
        worker = await start_python(
            folder,
            "worker",
            "starter.cli.main",
            "worker",
            "--queues",
            "relance,relance-send",
            env={**temporal.environment, **ours, "RELANCE_HOME": str(folder)},
            ready="working on",
        )
        stack.push_async_callback(worker.stop)
        dispatcher = Dispatcher(services)
        task = asyncio.create_task(dispatcher.run())
        stack.push_async_callback(_cancelled, task)
        yield House(services, dispatcher, temporal, mail, folder, worker)


async def start_python(folder: Path, name: str, module: str, *arguments: str, env: dict[str, str], ready: str) -> Child:
    """Starts ``python -m MODULE`` and returns once its log says ``ready``.

    Raises:
        UnavailableError: it ended, or took too long.
    """
    # Settings of the caller's own house must not leak into this one.
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("RELANCE_", "TEMPORAL_"))}
    log = folder / "logs" / f"{name}.log"
    child = await Child.start([sys.executable, "-m", module, *arguments], log, env={**kept, **env}, cwd=_ROOT)

    async def says_so() -> bool:
        return ready in log.read_text(errors="replace")

    try:
        await child.wait_until(says_so, seconds=_READY_SECONDS)
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
    try:
        status = Path(f"/proc/{process.pid}/status").read_text()
    except FileNotFoundError:
        return None
    kilobytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(kilobytes) / 1024


def cpu_seconds(process: Child | None) -> float | None:
    """Processor time that a process has used, which a busy machine does not lengthen; None without ``/proc``."""
    try:
        words = Path(f"/proc/{process.pid if process else 0}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return None
    # proc(5): utime and stime are fields 14 and 15; the name in parentheses, which may hold spaces, was the second.
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")
