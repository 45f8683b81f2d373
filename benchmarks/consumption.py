"""Processor time by ``/proc``, less what the same processes use while nothing happens."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_IDLE_SECONDS = 3.0
_SPELLS = 3
_LONGEST_REST = 30.0
# Above its idle rate by this share of a core, a stack is still at work.
_AT_REST = 0.03


def seconds(pid: int, *, ended: bool = False) -> float:
    """Processor time that a process has used, with that of its ended children if wanted; 0 for one that is gone."""
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    # proc(5): utime, stime, cutime and cstime are the fields 14 to 17; the name in parentheses was the second.
    return sum(int(word) for word in words[11 : 15 if ended else 13]) / _TICKS


def family(pid: int) -> float:
    """Processor time of a process and all its children: Postgres makes a process for each connection."""
    children = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
        if parent == pid:
            children.append(int(entry.name))
    return seconds(pid, ended=True) + sum(seconds(child) for child in children)


@dataclass(frozen=True)
class Watch:
    """How a meter reads the time and lets it pass, in seconds."""

    now: Callable[[], float] = time.perf_counter
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep


@dataclass(frozen=True)
class Meter:
    """Reads processor time by part of the stack.

    Attributes:
        parts: part to what reads it, in seconds since its start.
        idle: seconds of processor time a second, by part, while nothing happens.
        watch: the time.
    """

    parts: Mapping[str, Callable[[], float]]
    idle: Mapping[str, float]
    watch: Watch = field(default_factory=Watch)

    @classmethod
    async def of(cls, parts: Mapping[str, Callable[[], float]], watch: Watch | None = None) -> Meter:
        """Watches the parts while nothing happens; the calmest of some spells counts, in case something still did."""
        watch = watch or Watch()
        spells = [await _spell(parts, watch) for _ in range(_SPELLS)]
        return cls(parts, {name: min(spell[name] for spell in spells) for name in parts}, watch)

    def start(self) -> Reading:
        """Begins to count."""
        return Reading(self, _read(self.parts), self.watch.now())

    async def rest(self) -> None:
        """Waits until the parts are idle again, so that what is still under way is counted too."""
        quiet, until = 0, self.watch.now() + _LONGEST_REST
        limit = sum(self.idle.values()) * 1.25 + _AT_REST
        while quiet < 2 and self.watch.now() < until:
            before, began = sum(_read(self.parts).values()), self.watch.now()
            await self.watch.pause(1)
            rate = (sum(_read(self.parts).values()) - before) / (self.watch.now() - began)
            quiet = quiet + 1 if rate <= limit else 0


@dataclass(frozen=True)
class Reading:
    """A count that was begun."""

    meter: Meter
    first: Mapping[str, float]
    began: float

    def stop(self, units: int) -> dict[str, float]:
        """Milliseconds for each of the units, by part, without the idle consumption."""
        took, now = self.meter.watch.now() - self.began, _read(self.meter.parts)
        return {
            name: 1000 * max(0.0, now[name] - self.first[name] - self.meter.idle[name] * took) / units for name in now
        }


async def _spell(parts: Mapping[str, Callable[[], float]], watch: Watch) -> dict[str, float]:
    before, began = _read(parts), watch.now()
    await watch.pause(_IDLE_SECONDS)
    after, took = _read(parts), watch.now() - began
    return {name: (after[name] - before[name]) / took for name in parts}


def _read(parts: Mapping[str, Callable[[], float]]) -> dict[str, float]:
    return {name: read() for name, read in parts.items()}


def memory_mb(pid: int) -> float:
    """Resident memory."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:"))) / 1024
