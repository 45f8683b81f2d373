"""Carries out jobs: claims one, stores how far it is, and ends it. A job whose process ended is claimed again."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from adapters.outage_errors import is_outage, where
from adapters.postgres import queries
from sequences.errors import PermanentError, UnavailableError
from services.jobs.job import Job, JobOutcome, JobProgress, JobState
from services.uncancelled import to_the_end

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from adapters.postgres.database import Database
    from services.jobs.job import Work

BEAT: Final = 1.0
"""Seconds between two looks at a job that is carried out."""
SILENT: Final = timedelta(seconds=30)
"""After so long without a word of its runner a job is another runner's."""
MOST_TRIES: Final = 5
"""In a row without coming further."""
_WAIT: Final = timedelta(seconds=5)

_log = logging.getLogger("relance.jobs")


class _LostError(Exception):
    """Another runner has it."""


class _CancelledError(Exception):
    """Somebody asked for its end."""


@dataclass(frozen=True)
class JobRunner:
    """Carries out jobs, one at a time for each call; any number of processes may.

    Attributes:
        database: Postgres.
        works: what is done for each kind; jobs of other kinds are left to others.
        clock: the wall clock. Nothing is decided by it but who has a job, and when it is tried again.
        name: of this process, which no other has.
        beat: seconds between two looks at a job.
    """

    database: Database
    works: Mapping[str, Work]
    clock: Callable[[], datetime]
    name: str
    beat: float = BEAT

    async def claim(self) -> queries.JobRow | None:
        """The next job, which is this runner's from now on; None: there is none."""
        now = self.clock()
        async with self.database.statement() as connection:
            return await queries.claim_job(
                connection, runner=self.name, now=now, silent_since=now - SILENT, kinds=list(self.works)
            )

    async def next_in(self) -> float | None:
        """Seconds until there may be a job without anybody asking for one; None: there is none to wait for."""
        async with self.database.statement() as connection:
            at = await queries.next_job_at(connection, silent=SILENT, kinds=list(self.works))
        return max(0.0, (at - self.clock()).total_seconds()) if at is not None else None

    async def carry_out(self, row: queries.JobRow) -> None:
        """Carries out a claimed job to its end. When this is cancelled, the job waits for the next runner."""
        progress = JobProgress(row.done, row.total)
        if row.tries > MOST_TRIES:
            problem = f"it stopped in the middle {MOST_TRIES} times; the log of the server says why. Ask for it again"
            await self._end(row, progress, JobState.FAILED, problem=problem)
            return
        try:
            outcome = await self._working(row, progress)
        except asyncio.CancelledError:
            await to_the_end(self._release(row, progress, self.clock(), unused=True))
            raise
        except _LostError:
            _log.warning("job %s was taken over by another process", row.id)
        except _CancelledError:
            await self._end(row, progress, JobState.CANCELLED)
        except PermanentError as error:
            await self._end(row, progress, JobState.FAILED, problem=str(error))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is said on the page of the job
            await self._failed(row, progress, error)
        else:
            await self._end(row, progress, JobState.DONE, outcome)

    async def _working(self, row: queries.JobRow, progress: JobProgress) -> JobOutcome:
        """The work, with a word to Postgres each second."""
        work = asyncio.create_task(self.works[row.kind].carry_out(Job.of(row), progress))
        try:
            while True:
                finished, _ = await asyncio.wait([work], timeout=self.beat)
                if finished:
                    return work.result()
                await self._beat(row, progress)
        finally:
            if not work.done():
                work.cancel()
                await asyncio.wait([work])

    async def _beat(self, row: queries.JobRow, progress: JobProgress) -> None:
        async with self.database.statement() as connection:
            cancel = await queries.beat_job(
                connection,
                id=row.id,
                runner=self.name,
                done=progress.done,
                total=progress.total,
                now=self.clock(),
            )
        if cancel is None:
            raise _LostError
        if cancel:
            raise _CancelledError

    async def _failed(self, row: queries.JobRow, progress: JobProgress, error: Exception) -> None:
        """A server that does not answer is asked again; anything else we did not foresee."""
        away = isinstance(error, UnavailableError) or is_outage(error)
        if away and row.tries < MOST_TRIES:
            await self._release(row, progress, self.clock() + _WAIT * 2**row.tries, unused=False)
            return
        _log.error("job %s failed: %s", row.id, where(error))
        # Of an outage our own words; another exception may quote values.
        why = str(error) if isinstance(error, UnavailableError) else "something failed on our side"
        await self._end(row, progress, JobState.FAILED, problem=f"{why}. What was done stays done; ask for it again")

    async def _release(self, row: queries.JobRow, progress: JobProgress, not_before: datetime, *, unused: bool) -> None:
        async with self.database.statement() as connection:
            await queries.release_job(
                connection,
                id=row.id,
                runner=self.name,
                done=progress.done,
                total=progress.total,
                not_before=not_before,
                unused=unused,
            )

    async def _end(
        self,
        row: queries.JobRow,
        progress: JobProgress,
        state: JobState,
        outcome: JobOutcome | None = None,
        problem: str | None = None,
    ) -> None:
        async with self.database.statement() as connection:
            await queries.end_job(
                connection,
                id=row.id,
                runner=self.name,
                state=state,
                done=progress.done,
                total=progress.total,
                result=outcome.result if outcome else None,
                notes=list(outcome.notes) if outcome else [],
                problem=problem,
                now=self.clock(),
            )
