"""The job that rehearses a sequence: in a process of its own, which the server can do without."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from adapters.postgres import queries
from sequences.errors import PermanentError, UnavailableError
from sequences.number_words import number_of
from services.jobs.job import JobOutcome
from services.uncancelled import to_the_end

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from adapters.postgres.database import Database
    from services.jobs.job import Job, JobProgress

CHILD: Final = (sys.executable, "-m", "starter.rehearsal.child")
_LONGEST_LINE: Final = 64 * 1024 * 1024
_ENDS_WITHIN: Final = 20.0


@dataclass(frozen=True)
class Rehearse:
    """``JobKind.REHEARSE``. The subject is the sequence; the request says who is played, how long, and their answers.

    One at a time: a rehearsal brings servers of its own and takes a core.

    Attributes:
        command: what plays one.
    """

    database: Database
    clock: Callable[[], datetime]
    command: Sequence[str] = CHILD
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def carry_out(self, job: Job, progress: JobProgress) -> JobOutcome:
        """Plays it, and keeps what came of it."""
        progress.done, progress.total = 0, None
        async with self._turn:
            result = await self._play({"sequence": job.subject.removeprefix("sequence:"), **job.request}, progress)
        now = self.clock()
        async with self.database.transaction() as connection:
            await queries.add_rehearsal(connection, job_id=job.id, result=result, at=now)
        entered = sum(not run["refused"] for run in result["runs"])
        messages = f"{number_of(result['mails'], 'mail')} and {number_of(result['texts'], 'text message')}"
        return JobOutcome(f"{entered} of {len(result['runs'])} entered; {messages} would have gone out")

    async def _play(self, order: Mapping[str, Any], progress: JobProgress) -> Mapping[str, Any]:
        process = await asyncio.create_subprocess_exec(
            *self.command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_LONGEST_LINE,
            # Ctrl-C of a terminal is for the server, which ends this in its turn.
            start_new_session=True,
        )
        try:
            return await _result(process, order, progress)
        finally:
            await to_the_end(_end(process))


async def _result(
    process: asyncio.subprocess.Process, order: Mapping[str, Any], progress: JobProgress
) -> Mapping[str, Any]:
    assert process.stdin is not None
    assert process.stdout is not None
    with suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(json.dumps(order).encode())
        await process.stdin.drain()
    process.stdin.close()
    async for line in process.stdout:
        said = json.loads(line)
        if "problem" in said:
            raise (UnavailableError if said["again"] else PermanentError)(said["problem"])
        if "result" in said:
            found: Mapping[str, Any] = said["result"]
            return found
        progress.total = said.get("total", progress.total)
        progress.done += said.get("over", 0)
    raise PermanentError("the rehearsal ended in the middle; the log of the server may say why. Ask for it again")


async def _end(process: asyncio.subprocess.Process) -> None:
    """It ends its servers; one that does not is killed."""
    with suppress(ProcessLookupError):
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(_ENDS_WITHIN):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
