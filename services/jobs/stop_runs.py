"""The job that stops the open runs of a sequence, after it was archived."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from sequences.errors import NotFoundError, RefusedError
from sequences.ids import job_commands
from sequences.number_words import number_of
from sequences.runs.state import Command, CommandKind
from services.jobs.job import JobOutcome
from services.operations.command_run import steer

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from adapters.postgres.database import Database
    from services.jobs.job import Job, JobProgress
    from services.ports import Runs

_PAGE: Final = 200
_AT_ONCE: Final = 8
REASON: Final = "the sequence was archived"


@dataclass(frozen=True)
class StopRuns:
    """``JobKind.STOP_RUNS``. The subject is the sequence. Done again, it goes on with the runs that are still open."""

    database: Database
    runs: Runs
    clock: Callable[[], datetime]

    async def carry_out(self, job: Job, progress: JobProgress) -> JobOutcome:
        """Stops every open run; one that has ended meanwhile counts as stopped."""
        sequence, after = job.subject.removeprefix("sequence:"), ""
        async with self.database.statement() as connection:
            left = await queries.count_runs_to_stop(connection, sequence=sequence)
        progress.total = job.done + left
        turns = asyncio.Semaphore(_AT_ONCE)

        async def stop(run: str) -> None:
            async with turns:
                command = Command(f"{job_commands(CommandKind.STOP, job.id)}{run}", CommandKind.STOP, REASON)
                # One that is refused is over.
                with suppress(RefusedError, NotFoundError):
                    await steer(self.database, self.runs, run, command, self.clock)
            progress.step()

        while True:
            async with self.database.statement() as connection:
                page = await queries.runs_to_stop(connection, sequence=sequence, after=after, limit=_PAGE)
            came = await asyncio.gather(*(stop(row.id) for row in page), return_exceptions=True)
            if failed := next((each for each in came if isinstance(each, BaseException)), None):
                raise failed
            if len(page) < _PAGE:
                return JobOutcome(f"{number_of(progress.done, 'run')} stopped")
            after = page[-1].id
