"""Reactions handed to their runs: ``python -m benchmarks.reactions [--reactions N] [--runs N] [--old FOLDER]``.

Real Postgres and Temporal; the runs are open workflows that no worker has, so only the dispatchers and the signals are
measured. In turn, on the same servers: one dispatcher, two, and with ``--old`` one and two of another checkout (0.1's).
The baseline is one client that signals, without Postgres. Then one and two hand over to a stand-in that acknowledges at
once (``benchmarks.frontend``): what they could do if Temporal took no time. It is checked that it heard each reaction
once. Idle is counted with one dispatcher and no work.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
import time
from argparse import ArgumentParser
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.clock import utc_now
from benchmarks import bare_workflow
from benchmarks.report import Report, at_least_one, median, options, ratio
from benchmarks.stack import at_once, cpu_seconds, settings_of, started, until, values_for, variables_of
from sequences import names
from sequences.runs.state import Reaction
from starter.composition import Services, open_services
from starter.local.postgres import LocalPostgres
from starter.local.processes import Child
from starter.local.temporal import LocalTemporal

if TYPE_CHECKING:
    from collections.abc import Mapping

_ROOT = Path(__file__).resolve().parent.parent
_DISPATCHER = """
import asyncio, logging, sys
from adapters.settings import load_settings
try:
    from starter.server.outbox import Dispatcher
    from starter.composition import open_services
except ImportError:
    from starter.dispatch import Dispatcher
    from starter.services import open_services

async def main():
    async with open_services(load_settings()) as services:
        print("dispatching", flush=True)
        await Dispatcher(services).run()

asyncio.run(main())
"""
_SEQUENCE = "INSERT INTO sequence_version VALUES ('bench', 1, '{}', '{}', 'f', now())"
_RUNS = """
INSERT INTO enrollment (id, workflow_id, sequence, version, record_type, record_id, person_id, via, state, enrolled_at)
SELECT 'ebench' || lpad(n::text, 10, '0'), 'bench:' || n, 'bench', 1, 'person', 'p' || n, 'p' || n, 'hand', 'active', $2
FROM generate_series(1, $1::int) AS n
"""
_REACTIONS = """
INSERT INTO reaction (id, key, enrollment_id, person_id, kind, channel, holds, received_at)
SELECT 'r' || $4::text || lpad(n::text, 10, '0'), $4::text || n, 'ebench' || lpad((n % $2::int + 1)::text, 10, '0'),
       'p' || n % $2::int + 1, 'clicked', 'email', false, $3
FROM generate_series(1, $1::int) AS n
"""
_BARE = "signals of one client, without Postgres"
_LEFT = "SELECT count(*) FROM reaction WHERE delivered_at IS NULL"
_COMMITS = "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"
_LONGEST = 600.0
_IDLE_SECONDS = 20.0
_SETTLED = 15.0


@dataclass(frozen=True)
class _Turn:
    """What one turn took.

    Attributes:
        rate: reactions a second.
        own: processor milliseconds of the dispatchers, for each reaction.
        server: those of Temporal.
    """

    rate: float
    own: float
    server: float


@dataclass
class _World:
    services: Services
    temporal: Child | None
    environment: Mapping[str, str]
    folder: Path
    runs: int
    turns: int = 0

    async def dispatcher(self, stack: AsyncExitStack, checkout: Path, address: str = "") -> Child:
        """A process with the dispatcher of a checkout, connected to Temporal or to a stand-in at this address."""
        self.turns += 1
        log = self.folder / f"dispatcher-{self.turns}.log"
        env = {**self.environment, "PYTHONPATH": str(checkout)} | ({"TEMPORAL_ADDRESS": address} if address else {})
        child = await started([sys.executable, "-c", _DISPATCHER], log, "dispatching", env=env, cwd=checkout)
        stack.push_async_callback(child.stop)
        return child

    async def add(self, number: int) -> None:
        """So many reactions at once."""
        self.turns += 1
        key = f"t{self.turns:03d}"
        await self.services.database.pool.execute(_REACTIONS, number, self.runs, utc_now(), key)

    async def acknowledged(self, number: int, dispatchers: int) -> _Turn:
        """As ``delivered``, to a stand-in for Temporal.

        Raises:
            RuntimeError: it did not hear each reaction once.
        """
        log = self.folder / f"frontend-{self.turns}.log"
        command = [sys.executable, "-m", "benchmarks.frontend"]
        child = await started(command, log, "acknowledging", env=self.environment, cwd=_ROOT)
        try:
            address = log.read_text().split()[-1]
            turn = await self.delivered(number, dispatchers, _ROOT, address)
        finally:
            await child.stop()
        told = re.search(r"reactions (\d+), twice (\d+)", log.read_text())
        if told is None or told.groups() != (str(number), "0"):
            raise RuntimeError(f"of {number} reactions the stand-in heard: {log.read_text()[-200:]}")
        return turn

    async def delivered(self, number: int, dispatchers: int, checkout: Path, address: str = "") -> _Turn:
        """That many reactions, from their commit to the last that is noted."""
        async with AsyncExitStack() as stack:
            children = [await self.dispatcher(stack, checkout, address) for _ in range(dispatchers)]
            await asyncio.sleep(1.5)
            before, server = sum(cpu_seconds(child) or 0.0 for child in children), cpu_seconds(self.temporal) or 0.0
            began = time.perf_counter()
            await self.add(number)

            async def done() -> bool:
                return int(await self.services.database.pool.fetchval(_LEFT)) == 0

            await until(done, seconds=_LONGEST)
            rate = number / (time.perf_counter() - began)
            spent = sum(cpu_seconds(child) or 0.0 for child in children) - before
            server = (cpu_seconds(self.temporal) or 0.0) - server
        return _Turn(rate, 1000 * spent / number, 1000 * server / number)

    async def idle(self, checkout: Path | None) -> float:
        """Transactions a second of one dispatcher without work; None: of the server alone."""
        async with AsyncExitStack() as stack:
            if checkout is not None:
                await self.dispatcher(stack, checkout)
            # Postgres counts what a session did up to ten seconds later.
            await asyncio.sleep(_SETTLED)
            before = await self.services.database.pool.fetchval(_COMMITS)
            await asyncio.sleep(_IDLE_SECONDS)
            after = await self.services.database.pool.fetchval(_COMMITS)
        # Our own question is one of them.
        return float(after - before - 1) / _IDLE_SECONDS

    async def bare(self, number: int) -> _Turn:
        """One client with nothing else to do."""
        numbers = iter(range(number))

        async def one() -> None:
            n = next(numbers)
            handle = self.services.client.get_workflow_handle(f"bench:{n % self.runs + 1}")
            await handle.signal(names.REACT, Reaction(f"bare{n}", "clicked"))

        server, began = cpu_seconds(self.temporal) or 0.0, time.perf_counter()
        await at_once(20, [one] * number)
        rate = number / (time.perf_counter() - began)
        return _Turn(rate, 0.0, 1000 * ((cpu_seconds(self.temporal) or 0.0) - server) / number)


async def _seeded(stack: AsyncExitStack, runs: int) -> _World:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="relance-bench-")))
    postgres = await stack.enter_async_context(LocalPostgres(folder))
    temporal = await stack.enter_async_context(LocalTemporal(folder, ui_port=None))
    values = values_for(postgres.url, 9)
    services = await stack.enter_async_context(open_services(settings_of(values), temporal.environment))
    await services.database.pool.execute(_SEQUENCE)
    await services.database.pool.execute(_RUNS, runs, utc_now())
    numbers = iter(range(1, runs + 1))

    async def begin() -> None:
        await services.client.start_workflow(
            bare_workflow.WORKFLOW,
            bare_workflow.Shape(),
            id=f"bench:{next(numbers)}",
            task_queue="nobody-polls-this",
        )

    await at_once(20, [begin] * runs)
    environment = {**temporal.environment, **variables_of(values), "RELANCE_HOME": str(folder)}
    return _World(services, temporal.child, environment, folder, runs)


async def measure(reactions: int, runs: int, rounds: int, old: Path | None) -> Report:
    """All of it in turn, as many rounds."""
    report = Report(f"{reactions} reactions of {runs} runs handed to Temporal")
    turns: dict[str, list[_Turn]] = {}
    async with AsyncExitStack() as stack:
        world = await _seeded(stack, runs)
        kinds = [("one dispatcher", 1, _ROOT), ("two dispatchers", 2, _ROOT)]
        if old is not None:
            kinds += [("one of the other checkout", 1, old), ("two of the other checkout", 2, old)]
        for _ in range(rounds):
            turns.setdefault(_BARE, []).append(await world.bare(reactions))
            for name, number, checkout in kinds:
                turns.setdefault(name, []).append(await world.delivered(reactions, number, checkout))
            for name, number in (("one dispatcher, a stand-in", 1), ("two dispatchers, a stand-in", 2)):
                turns.setdefault(name, []).append(await world.acknowledged(reactions, number))
        # A new database is vacuumed and analysed table by table, which counted as 1.5 transactions a second in one run.
        await world.services.database.pool.execute("ALTER SYSTEM SET autovacuum = off")
        await world.services.database.pool.execute("SELECT pg_reload_conf()")
        alone = await world.idle(None)
        idle = await world.idle(_ROOT) - alone
        idle_old = await world.idle(old) - alone if old is not None else None
    signals = median([turn.rate for turn in turns[_BARE]])
    for name, found in turns.items():
        rate = median([turn.rate for turn in found])
        report.add(name, rate, "a second", f"load {os.getloadavg()[0]:.1f}; {_rates(found)}")
        report.add(f"{name}: processor time of Temporal", median([turn.server for turn in found]), "ms", "for each")
        if name != _BARE:
            report.add(f"{name} / signals", ratio(rate, signals), "ratio")
            report.add(f"{name}: processor time", median([turn.own for turn in found]), "ms", "of all dispatchers")
    report.add("idle", idle, "transactions/s", "one dispatcher, nothing to do")
    if idle_old is not None:
        report.add("idle, the other checkout", idle_old, "transactions/s")
    return report


def _rates(turns: list[_Turn]) -> str:
    return "rounds " + ", ".join(f"{turn.rate:.0f}" for turn in turns)


def _parser() -> ArgumentParser:
    parser = options(__doc__)
    parser.add_argument("--reactions", type=at_least_one, default=2000, help="a turn (2000)")
    parser.add_argument("--runs", type=at_least_one, default=1000, help="that they are of (1000)")
    parser.add_argument("--rounds", type=at_least_one, default=3, help="of all kinds in turn (3)")
    parser.add_argument("--old", type=Path, help="another checkout, whose dispatchers run in turn")
    return parser


def main() -> int:
    """Prints the figures."""
    chosen = _parser().parse_args()
    asyncio.run(measure(chosen.reactions, chosen.runs, chosen.rounds, chosen.old)).show(as_json=chosen.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
