"""Processes beside ours for work on what strangers sent: it can neither hold up our event loop nor fill our memory.

They start with the first work and end when there was none for a while. They are given no environment: whoever takes one
over by what it reads finds no secret there.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

from adapters.side_process import HEADER, LENGTH, READY
from sequences.errors import RelanceError, UnavailableError, UnfinishedError

_P = ParamSpec("_P")
_T = TypeVar("_T")

_PIECE = 1 << 18
_ENDING_SECONDS = 5.0
_KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH")


@dataclass(frozen=True)
class WorkLimits:
    """What one piece of work may take.

    Attributes:
        processor_seconds: of processor time.
        seconds: in all, from when a process has it: for what hangs without working.
        memory: bytes, beside ``per_byte`` bytes for each byte of the work.
        per_byte: see ``memory``.
        start_seconds: that a process may take to start.
    """

    processor_seconds: float = 20.0
    seconds: float = 100.0
    memory: int = 300_000_000
    per_byte: int = 12
    start_seconds: float = 60.0


class SideProcesses:
    """Does pure functions' work in processes.

    Args:
        limits: of each piece of work.
        most: processes at once; further work waits.
        idle: seconds without work after which a process ends.
    """

    def __init__(self, limits: WorkLimits = WorkLimits(), *, most: int = 2, idle: float = 60.0) -> None:
        self._limits = limits
        self._idle = idle
        self._slots = asyncio.Semaphore(most)
        self._resting: list[_Side] = []

    @property
    def resting(self) -> tuple[int, ...]:
        """Process ids of those that wait for work."""
        return tuple(side.pid for side in self._resting)

    async def run(self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """The result of a function, as of ``asyncio.to_thread``; function, arguments and result must be picklable.

        A process that dies without a reason of the work's own (the kernel needed memory, somebody killed it) is
        replaced, and the work is tried once more.

        Raises:
            RelanceError: what the function raised of ours.
            UnfinishedError: the work failed, took too long or too much memory, or killed two processes.
            UnavailableError: no process can be started.
        """
        work = pickle.dumps((function, args, kwargs), pickle.HIGHEST_PROTOCOL)
        async with self._slots:
            for is_last in (False, True):
                side = await self._rested()
                try:
                    async with asyncio.timeout(self._limits.seconds):
                        good, value = await side.do(work, self._limits)
                except TimeoutError:
                    await side.kill()
                    raise UnfinishedError("out_of_time") from None
                except (asyncio.IncompleteReadError, ConnectionError):
                    if await side.ended() == -signal.SIGPROF:
                        raise UnfinishedError("out_of_time") from None
                    if is_last:
                        raise UnfinishedError("process_died") from None
                    continue
                except BaseException:
                    await side.kill()
                    raise
                if good:
                    self._rest(side)
                    result: _T = value
                    return result
                if isinstance(value, RelanceError):
                    self._rest(side)
                    raise value
                # What failed may have left much behind, a lack of memory above all.
                await side.kill()
                raise UnfinishedError("out_of_memory" if value == MemoryError.__name__ else value)
        raise AssertionError("the second try has an end")

    async def close(self) -> None:
        """Ends the processes; work that is under way must have ended."""
        while self._resting:
            await self._resting.pop().kill()

    async def _rested(self) -> _Side:
        while self._resting:
            side = self._resting.pop()
            side.wake()
            if side.is_alive:
                return side
        return await _Side.start(self._limits.start_seconds)

    def _rest(self, side: _Side) -> None:
        self._resting.append(side)
        side.rest(self._idle, lambda: self._end(side))

    def _end(self, side: _Side) -> None:
        self._resting.remove(side)
        side.end()


class _Side:
    """One process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process = process
        self._to, self._from = process.stdin, process.stdout
        self._until: asyncio.TimerHandle | None = None

    @classmethod
    async def start(cls, seconds: float) -> _Side:
        environment = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
        environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",
                "-m",
                "adapters.side_process",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env=environment,
                # Ctrl-C is for us, and we end it.
                start_new_session=True,
            )
        except OSError as error:
            raise UnavailableError(f"no process can be started for incoming mail ({type(error).__name__})") from error
        side = cls(process)
        try:
            async with asyncio.timeout(seconds):
                await side._from.readexactly(len(READY))
        except (TimeoutError, asyncio.IncompleteReadError) as error:
            await side.kill()
            raise UnavailableError("a process for incoming mail does not start") from error
        except BaseException:
            await side.kill()
            raise
        return side

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process.returncode is None and not self._from.at_eof()

    async def do(self, work: bytes, limits: WorkLimits) -> tuple[bool, Any]:
        memory = limits.memory + limits.per_byte * len(work)
        self._to.write(HEADER.pack(len(work), limits.processor_seconds, memory))
        for start in range(0, len(work), _PIECE):
            self._to.write(work[start : start + _PIECE])
            await self._to.drain()
        (length,) = LENGTH.unpack(await self._from.readexactly(LENGTH.size))
        good, value = pickle.loads(await self._from.readexactly(length))  # noqa: S301 - our own code wrote it
        return good, value

    def rest(self, seconds: float, end: Callable[[], None]) -> None:
        self._until = asyncio.get_running_loop().call_later(seconds, end)

    def wake(self) -> None:
        if self._until is not None:
            self._until.cancel()

    def end(self) -> None:
        self._to.close()

    async def kill(self) -> None:
        """Ends it at once."""
        self.wake()
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()

    async def ended(self) -> int:
        """How it ended, of one that has closed its end of a pipe: by which signal, below zero."""
        try:
            async with asyncio.timeout(_ENDING_SECONDS):
                return await self._process.wait()
        except TimeoutError:
            await self.kill()
            return 0
