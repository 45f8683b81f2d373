"""Runs a campaign: script, stack, fire, rest, and what the reader says of it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.campaign.evidence import HOOKS, STRUCK, load
from benchmarks.campaign.faults import strike
from benchmarks.campaign.people import People
from benchmarks.campaign.plan import FAULTS, FIRST, INPUTS, Fault, plan_faults, plan_inputs, write_lines
from benchmarks.campaign.reader import Verdict, read
from benchmarks.campaign.receiver import receiver
from benchmarks.campaign.recruiters import BOXES
from benchmarks.campaign.report import write_report
from benchmarks.campaign.stack import CampaignStack
from benchmarks.campaign.state import differences, read_state, unrest, write_state
from sequences.errors import RelanceError

VERDICT = "verdict.json"
_QUIET_LOOKS = 3
_LOOK_SECONDS = 2.0
_LINE_SECONDS = 15.0
_CALM_SECONDS = 60.0
_TICK_SECONDS = 0.1


@dataclass(frozen=True)
class Campaign:
    """What is asked for.

    Attributes:
        people: how many.
        faults: how many.
        minutes: in which the faults come, one after the other at even distances.
        seed: of the script.
        folder: where everything is kept; it must be new or empty.
        rest_minutes: how long to wait at the most until all is at rest again. A claim of a dead worker whose run has
            ended meanwhile is seen by a pass each 5 minutes, and called unknown by the first that is 20 minutes later.
        quiet_minutes: how long to go on at the least after the last fault: what must not be sent would be due by then.
        first: kind and part of the faults that come before all others.
    """

    people: int
    faults: int
    minutes: float
    seed: int
    folder: Path
    rest_minutes: float = 36.0
    quiet_minutes: float = 4.5
    first: tuple[tuple[str, str], ...] = FIRST


class _Shown:
    """A bar on a terminal, a line now and then elsewhere."""

    def __init__(self, console: Console, faults: int) -> None:
        self._console = console
        self._last = 0.0
        self._progress = Progress(
            TextColumn("{task.description:<8}"),
            BarColumn(),
            TextColumn("{task.completed:.0f} of {task.total:.0f} faults, {task.fields[rest]}"),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._task = self._progress.add_task("starting", total=faults, rest="")

    @contextlib.contextmanager
    def shown(self) -> Iterator[None]:
        with self._progress:
            yield

    def phase(self, phase: str, faults: int, people: People, rest: str = "") -> None:
        words = f"{people.messages} sends, {people.acknowledged} acknowledged, {len(people.problems)} problems"
        words = f"{words}, {rest}" if rest else words
        self._progress.update(self._task, description=phase, completed=faults, rest=words)
        if not self._console.is_terminal and time.monotonic() - self._last > _LINE_SECONDS:
            self._last = time.monotonic()
            self._console.print(f"{phase}: {faults} faults, {words}", highlight=False, soft_wrap=True)


class _Lateness:
    """How late the driver itself was at the most, in seconds: the instants that it notes are no better than that."""

    def __init__(self) -> None:
        self.most = 0.0

    async def watch(self) -> None:
        """Until it is cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + _TICK_SECONDS
            await asyncio.sleep(_TICK_SECONDS)
            self.most = max(self.most, loop.time() - due)


async def run(campaign: Campaign, console: Console) -> Verdict:
    """Runs it, and leaves everything in its folder."""
    folder = campaign.folder
    folder.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC)
    inputs = plan_inputs(campaign.seed, campaign.people, campaign.faults, now)
    faults = plan_faults(campaign.seed, campaign.faults, campaign.first)
    write_lines(folder / INPUTS, inputs)
    write_lines(folder / FAULTS, faults)
    shown = _Shown(console, campaign.faults)
    hooks = receiver(folder / HOOKS)
    await hooks.start()
    stack = CampaignStack(folder / "stack", hooks.port)
    began = time.monotonic()
    try:
        async with stack.running():
            people = People(stack, inputs, folder)
            late = _Lateness()
            watches = asyncio.gather(people.watch(), late.watch())
            try:
                with shown.shown():
                    await _fire(campaign, stack, people, faults, shown)
                    await _rest(campaign, stack, people, shown)
            finally:
                watches.cancel()
                await asyncio.gather(watches, return_exceptions=True)
                await people.aclose()
            write_state(folder, await read_state(stack.postgres.url, stack.temporal.address))
    finally:
        await hooks.stop()
        _keep(folder)
    verdict = read(load(folder))
    verdict.figures["seconds"] = round(time.monotonic() - began)
    verdict.figures["driver_late_by_milliseconds"] = round(1000 * late.most)
    verdict.figures["parts_ended_by_themselves"] = len(stack.ended)
    (folder / VERDICT).write_text(json.dumps(verdict.to_json(), indent=1))
    write_report(folder, verdict, campaign.seed, people.problems)
    return verdict


async def _fire(campaign: Campaign, stack: CampaignStack, people: People, faults: list[Fault], shown: _Shown) -> None:
    loop = asyncio.get_running_loop()
    slot = campaign.minutes * 60 / len(faults)
    people.turn(0)
    await _until_something_leaves(stack, people, shown)
    start = loop.time()
    for fault in faults:
        people.turn(fault.number)
        shown.phase("fire", fault.number, people, f"{fault.kind} {fault.part}")
        began = datetime.now(UTC)
        await strike(stack, fault)
        line = {**asdict(fault), "began": began.isoformat(), "ended": datetime.now(UTC).isoformat()}
        with (campaign.folder / STRUCK).open("a") as out:
            out.write(json.dumps(line) + "\n")
        # A machine that is slower than the script breaks as much, and takes longer.
        await asyncio.sleep(max(0.5, start + (fault.number + 1) * slot - loop.time()))


async def _until_something_leaves(stack: CampaignStack, people: People, shown: _Shown) -> None:
    """A fault that meets nobody proves nothing."""
    loop = asyncio.get_running_loop()
    end = loop.time() + _CALM_SECONDS
    while not stack.handed and loop.time() < end:
        shown.phase("calm", 0, people)
        await asyncio.sleep(0.2)


async def _rest(campaign: Campaign, stack: CampaignStack, people: People, shown: _Shown) -> None:
    """Until nothing is under way any more, three times in a row, or for as long as was asked."""
    loop = asyncio.get_running_loop()
    start, quiet = loop.time(), 0
    while quiet < _QUIET_LOOKS or loop.time() < start + campaign.quiet_minutes * 60:
        if loop.time() > start + campaign.rest_minutes * 60:
            return
        left = await _under_way(stack)
        if people.open:
            left["inputs"] = people.open
        quiet = 0 if left else quiet + 1
        words = ", ".join(f"{number} {name}" for name, number in left.items())
        shown.phase("rest", campaign.faults, people, words or "at rest")
        await asyncio.sleep(_LOOK_SECONDS)


async def _under_way(stack: CampaignStack) -> dict[str, int]:
    try:
        left = await unrest(stack.postgres.url)
        if not left and (apart := len(list(differences(await read_state(stack.postgres.url, stack.temporal.address))))):
            left["apart"] = apart
        return left
    except (OSError, asyncpg.PostgresError, RelanceError, RuntimeError) as error:
        return {type(error).__name__: 1}


def _keep(folder: Path) -> None:
    """What the reader reads, and the logs; not the servers' data."""
    stack = folder / "stack"
    for name in (*BOXES, "texts", "logs"):
        if (stack / name).exists():
            (stack / name).rename(folder / name)
    shutil.rmtree(stack)
