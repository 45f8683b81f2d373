"""Child processes of the local stack: started, watched, and stopped by process id."""

from __future__ import annotations

import asyncio
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.private_files import FOLDER, UMASK, private_append
from sequences.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from pathlib import Path

_STOP_SECONDS = 15.0
_TAIL_BYTES = 2_000


@dataclass(frozen=True)
class Account:
    """Whose rights a process has, by their numbers."""

    user: int
    group: int


class Child:
    """One child process with its log file."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, log: Path) -> None:
        self.name = name
        self.process = process
        self.log = log

    @classmethod
    async def start(
        cls,
        command: Sequence[str],
        log: Path,
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        account: Account | None = None,
    ) -> Child:
        """Starts ``command`` with its output appended to ``log``, whose name it has, in a session of its own.

        Its own session keeps the terminal's Ctrl-C from it: the stack stops its children in order instead.
        """
        log.parent.mkdir(mode=FOLDER, parents=True, exist_ok=True)
        with private_append(log) as output:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=dict(env) if env else None,
                cwd=cwd,
                start_new_session=True,
                umask=UMASK,
                user=account.user if account else None,
                group=account.group if account else None,
                extra_groups=[] if account else None,
            )
        return cls(log.stem, process, log)

    @property
    def pid(self) -> int:
        """Process id."""
        return self.process.pid

    def tail(self) -> str:
        """The end of its log."""
        return self.log.read_bytes()[-_TAIL_BYTES:].decode(errors="replace").strip()

    async def wait_until(self, ready: Callable[[], Awaitable[bool]], *, seconds: float) -> None:
        """Waits until ``ready`` says so.

        Raises:
            UnavailableError: it died first, or took longer than ``seconds``; the end of its log is in the message.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while not await ready():
            if self.process.returncode is not None:
                raise UnavailableError(f"{self.name} ended with status {self.process.returncode}:\n{self.tail()}")
            if loop.time() > deadline:
                raise UnavailableError(f"{self.name} was not ready within {seconds:.0f} s:\n{self.tail()}")
            await asyncio.sleep(0.05)

    async def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Asks it to end, and kills it when it does not."""
        if self.process.returncode is not None:
            return
        try:
            self.process.send_signal(how)
            async with asyncio.timeout(_STOP_SECONDS):
                await self.process.wait()
        except ProcessLookupError:
            return
        except TimeoutError:
            self.process.kill()
            await self.process.wait()
