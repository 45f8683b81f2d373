"""One of the two codes, running: its processes, its database and its namespace. Asked by HTTP, SQL and Temporal only.

Both codes have the same commands, the same requests and the tables that are asked here; nothing of theirs is imported
but by processes of their own.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import json
import os
import secrets
import subprocess
import sys
import time
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import asyncpg
import httpx
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client
from temporalio.service import RPCError

from benchmarks.consumption import Meter, family, seconds
from benchmarks.stack import at_once, own_environment, started, until, values_for, variables_of
from starter.local.ports import free_port
from starter.local.processes import Child

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Sequence

    from benchmarks.against.tree import Tree
    from benchmarks.ground import Ground

_READY_SECONDS = 180.0
_PATIENCE = 3_600.0
_EVERY = 0.5
_BATCH = 500
_AT_ONCE = 16
_QUEUES = "relance,relance-send"

_REGISTER = """
import asyncio
from adapters.temporal.client import connect, register_search_attributes

async def main():
    await register_search_attributes(await connect())

asyncio.run(main())
"""
# Neither code has a setting for it. Who says nothing gets the SDK's 1,000 runs; this says less in the SDK's own words.
_WORKER = """
import functools, os, sys
import temporalio.worker as sdk

kept = int(os.environ["BENCH_CACHED_RUNS"])
first = sdk.Worker.__init__

@functools.wraps(first)
def begin(self, *arguments, **options):
    first(self, *arguments, **{**options, "max_cached_workflows": kept})

sdk.Worker.__init__ = begin
from starter.cli.main import main

sys.argv = ["relance", *sys.argv[1:]]
main()
"""
TEMPLATE = """Subject: A word for {{ person.first_name }}

Hello {{ person.first_name }},

this is a mail of a few lines, as people write.

{{ owner.full_name }}
"""


class Side:
    """One code with everything that it needs."""

    def __init__(self, tree: Tree, ground: Ground) -> None:
        self.tree = tree
        self.ground = ground
        self.name = tree.name
        self.folder = ground.folder / tree.name
        self.environment: dict[str, str] = {}
        self.pool: asyncpg.Pool
        self.client: Client
        self.http: httpx.AsyncClient
        self.worker: Child
        self.servers: list[Child] = []
        self._hook_key = ""
        self._bearer = ""
        self._numbers = itertools.count(1)
        self._events = itertools.count(1)
        self._published: set[str] = set()

    @classmethod
    @asynccontextmanager
    async def open(cls, tree: Tree, ground: Ground) -> AsyncIterator[Side]:
        """Makes its database and its namespace, starts its processes, and stops them at the end."""
        side = cls(tree, ground)
        async with AsyncExitStack() as stack:
            await side._prepare(stack)
            stack.push_async_callback(side._stop)
            await side.start_server()
            side.worker = await side._start_worker(None)
            yield side

    async def _prepare(self, stack: AsyncExitStack) -> None:
        self.folder.mkdir(parents=True)
        database = "bench_" + "".join(each if each.isalnum() else "_" for each in self.name)
        namespace = await self.ground.room_for(database)
        address = self.ground.temporal.address
        url = self.ground.postgres.url_of(database)
        values = values_for(url, self.ground.mail.port)
        self._hook_key, self._bearer = values["hook_secrets"], values["bearer_token"]
        self.environment = {
            **own_environment(),
            "PYTHONPATH": os.pathsep.join(map(str, self.tree.path)),
            "TEMPORAL_ADDRESS": address,
            "TEMPORAL_NAMESPACE": namespace,
            "RELANCE_HOME": str(self.folder / "home"),
            **variables_of(values),
        }
        await until(self._knows_search_attributes, seconds=_READY_SECONDS, every=1)
        self.client = await Client.connect(address, namespace=namespace)
        self.pool = await stack.enter_async_context(asyncpg.create_pool(url, min_size=1, max_size=4))

    async def _knows_search_attributes(self) -> bool:
        """A namespace that was just made is not known to every part of the server."""
        return (await asyncio.to_thread(self._python, "-c", _REGISTER)).returncode == 0

    def _python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *arguments]
        return subprocess.run(  # noqa: S603
            command, cwd=self.tree.folder, env=self.environment, capture_output=True, text=True, check=False
        )

    async def _stop(self) -> None:
        for child in [*self.servers, *([self.worker] if hasattr(self, "worker") else [])]:
            await child.stop()
        if hasattr(self, "http"):
            await self.http.aclose()

    async def start_server(self) -> None:
        """Starts one more ``relance serve``: HTTP and a dispatcher of reactions."""
        port, number = free_port(0), len(self.servers)
        ports = {"RELANCE_HTTP_PORT": str(port), "RELANCE_INBOUND_PORT": str(free_port(0))}
        child = await self._start(f"serve-{number}", "-m", "starter.cli.main", "serve", env=ports, ready="serving on")
        self.servers.append(child)
        if number == 0:
            self.http = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=300)

    async def stop_server(self) -> None:
        """Stops the newest of them."""
        await self.servers.pop().stop()

    async def stop_worker(self) -> None:
        """Stops the worker."""
        await self.worker.stop()

    async def restart_worker(self, cached: int | None = None) -> float:
        """Stops the worker and starts it, with room for so many cached runs; returns the seconds until it is ready."""
        await self.worker.stop()
        began = time.perf_counter()
        self.worker = await self._start_worker(cached)
        return time.perf_counter() - began

    async def _start_worker(self, cached: int | None) -> Child:
        run = ("-m", "starter.cli.main") if cached is None else ("-c", _WORKER)
        env = {"BENCH_CACHED_RUNS": str(cached)}
        name = f"worker-{secrets.token_hex(3)}"
        return await self._start(name, *run, "worker", "--queues", _QUEUES, env=env, ready="working on")

    async def _start(self, name: str, *arguments: str, env: dict[str, str], ready: str) -> Child:
        log = self.folder / "logs" / f"{name}.log"
        command, folder = [sys.executable, *arguments], self.tree.folder
        return await started(command, log, ready, env={**self.environment, **env}, cwd=folder, seconds=_READY_SECONDS)

    async def meter(self) -> Meter:
        """Watches this side and the shared servers while nothing happens."""
        return await Meter.of(
            {
                "worker": lambda: seconds(self.worker.pid),
                "serve": lambda: sum(seconds(each.pid) for each in self.servers),
                "temporal": lambda: seconds(self.ground.pid_of_temporal()),
                "postgres": lambda: family(self.ground.pid_of_postgres()),
            }
        )

    async def publish(self, text: str) -> str:
        """Publishes a sequence by its command, with its rules switched on; once, however often it is asked."""
        name = text.partition("sequence:")[2].split()[0]
        if name in self._published:
            return name
        templates = self.folder / "templates"
        (templates / "bench").mkdir(parents=True, exist_ok=True)
        (templates / "bench" / "hello.email.txt").write_text(TEMPLATE)
        file = self.folder / f"{name}.yaml"
        file.write_text(text)
        command = ["-m", "starter.cli.main", "publish", str(file), "--templates", str(templates)]
        done = await asyncio.to_thread(self._python, *command, "--enroll-existing", "no", "--yes", "--json")
        if done.returncode != 0:
            raise RuntimeError(f"{self.name}: {name} was not published: {done.stderr[-2000:]}")
        self._published.add(name)
        return name

    async def people(self, number: int, **fields: str) -> list[str]:
        """Tells of so many new people by the CRM's hook; returns their ids."""
        ids = self.new_ids(number)
        told = {"owner": "o1", "first_name": "Alex", "type": "Candidate", "timezone": "Europe/London", **fields}
        owner = {"entity": "owner", "id": "o1", "fields": {"first_name": "Dana", "email": "dana@agency.example"}}
        await self.hook([owner])
        for part in _parts(ids, _BATCH):
            await self.hook([_person(each, {**told, "email": f"{each}@client.example"}) for each in part])
        return ids

    def new_ids(self, number: int) -> list[str]:
        """Ids of people who are not told of yet."""
        return [f"p{next(self._numbers)}" for _ in range(number)]

    async def placements(self, people: Sequence[str], day: str) -> list[str]:
        """Tells of a placement of each; returns their ids."""
        ids = [f"r{person}" for person in people]
        fields = [{"person": person, "owner": "o1", "status": "Placed", "start_date": day} for person in people]
        items = [_item("placement", each, values) for each, values in zip(ids, fields, strict=True)]
        for part in _parts(items, _BATCH):
            await self.hook(part)
        return ids

    async def change(self, entity: str, ids: Iterable[str], **fields: str) -> None:
        """Tells of the same change of many records, five hundred in an event."""
        for part in _parts([_item(entity, each, fields) for each in ids], _BATCH):
            await self.hook(part)

    async def hook(self, changes: Sequence[dict[str, Any]]) -> None:
        """One event of the CRM, signed.

        Raises:
            RuntimeError: not everything was applied.
        """
        body = json.dumps({"event_id": f"ev-{next(self._events)}", "changes": list(changes)}).encode()
        stamp = str(int(time.time()))
        mac = hmac.new(self._hook_key.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        headers = {"X-Relance-Timestamp": stamp, "X-Relance-Signature": f"sha256={mac}"}
        answer = await self.http.post("/hooks/crm", content=body, headers=headers)
        if answer.status_code != 200 or answer.json()["refused"]:
            raise RuntimeError(f"{self.name}: the hook answered {answer.status_code}: {answer.text[:2000]}")

    async def enroll(self, sequence: str, ids: Sequence[str], *, record: bool = False) -> None:
        """Enrolls by ``POST /enrollments``, some at a time."""

        def job(each: str) -> Callable[[], Any]:
            async def one() -> None:
                await self.enroll_one(sequence, each, record=record)

            return one

        await at_once(_AT_ONCE, [job(each) for each in ids])

    async def enroll_one(self, sequence: str, identity: str, *, record: bool = False) -> str:
        """Enrolls a person, or a placement; returns the workflow's id."""
        headers = {"Authorization": f"Bearer {self._bearer}"}
        asked = {"sequence": sequence, "record" if record else "person": identity}
        answer = await self.http.post("/enrollments", json=asked, headers=headers)
        if answer.status_code != 202:
            raise RuntimeError(f"{self.name}: {identity} was not enrolled: {answer.text[:2000]}")
        return str(answer.json()["workflow_id"])

    async def begun(self, sequence: str, records: Sequence[str]) -> None:
        """Waits until the runs of these records have begun, as their rows say."""
        wanted = len(records)

        async def met() -> bool:
            text = "SELECT count(*) FROM enrollment WHERE sequence = $1 AND record_id = ANY($2) AND state <> 'starting'"
            return bool(await self.pool.fetchval(text, sequence, list(records)) >= wanted)

        await until(met, seconds=_PATIENCE, every=_EVERY)

    async def finished(self, sequence: str, records: Sequence[str]) -> None:
        """Waits until the runs of these records are over."""
        wanted = len(records)

        async def met() -> bool:
            text = "SELECT count(*) FROM enrollment WHERE sequence = $1 AND record_id = ANY($2) AND state = 'finished'"
            return bool(await self.pool.fetchval(text, sequence, list(records)) >= wanted)

        await until(met, seconds=_PATIENCE, every=_EVERY / 5)

    async def workflow_ids(self, sequence: str, records: Sequence[str]) -> dict[str, str]:
        """The workflow id of each record's run."""
        text = "SELECT record_id, workflow_id FROM enrollment WHERE sequence = $1 AND record_id = ANY($2)"
        return {row[0]: row[1] for row in await self.pool.fetch(text, sequence, list(records))}

    async def asleep(self, workflow_ids: Iterable[str]) -> dict[str, datetime]:
        """When each run first fell asleep: its first timer was started. Waits for those that have not."""
        found: dict[str, datetime] = {}

        def job(workflow_id: str) -> Callable[[], Any]:
            async def one() -> None:
                async with asyncio.timeout(_PATIENCE):
                    while workflow_id not in found:
                        at = await self._first_timer(workflow_id)
                        if at is None:
                            await asyncio.sleep(0.2)
                        else:
                            found[workflow_id] = at

            return one

        await at_once(_AT_ONCE, [job(each) for each in workflow_ids])
        return found

    async def _first_timer(self, workflow_id: str) -> datetime | None:
        try:
            async for event in self.client.get_workflow_handle(workflow_id).fetch_history_events():
                if event.event_type == EventType.EVENT_TYPE_TIMER_STARTED:
                    return event.event_time.ToDatetime(tzinfo=UTC)
        except RPCError:
            return None  # not started yet
        return None

    async def size(self) -> int:
        """Bytes of the database, with its indexes."""
        return int(await self.one("SELECT pg_database_size(current_database())"))

    async def one(self, text: str, *values: object) -> Any:
        """One value from Postgres."""
        return await self.pool.fetchval(text, *values)


def _person(identity: str, fields: dict[str, str]) -> dict[str, Any]:
    return _item("person", identity, fields)


def _item(entity: str, identity: str, fields: dict[str, str]) -> dict[str, Any]:
    return {"entity": entity, "id": identity, "fields": fields}


def _parts(items: Sequence[Any], size: int) -> Iterable[Sequence[Any]]:
    return (items[start : start + size] for start in range(0, len(items), size))
