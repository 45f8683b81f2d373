"""The job that moves open runs of a sequence to a version, as ``relance migrate`` does."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sequences.errors import UnavailableError
from sequences.ids import job_commands
from sequences.number_words import number_of
from sequences.runs.state import CommandKind
from services.jobs.job import JobOutcome
from services.operations.migrate_runs import move_all, preview

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from adapters.postgres.database import Database
    from services.jobs.job import Job, JobProgress
    from services.ports import Runs
    from services.runs.planning import Planning


@dataclass(frozen=True)
class MoveRuns:
    """``JobKind.MOVE_RUNS``. The request names ``version``; the subject is the sequence.

    Done again, it goes on with the runs that are not on that version yet: their commands have keys of their own.
    """

    database: Database
    planning: Planning
    runs: Runs
    clock: Callable[[], datetime]

    async def carry_out(self, job: Job, progress: JobProgress) -> JobOutcome:
        """Looks at every open run, and moves those that can go."""
        sequence, version = job.subject.removeprefix("sequence:"), int(job.request["version"])
        found = await preview(self.database, self.planning, sequence, version, self.clock())
        progress.total = job.done + len(found.movable)
        came = await move_all(
            self.runs,
            found,
            reason=str(job.request.get("reason", "")),
            done=progress.step,
            keys=job_commands(CommandKind.MOVE, job.id),
        )
        if came.unanswered:
            # Those that went are not counted twice: the next try begins with those that are left.
            progress.done = job.done + len(came.moved)
            raise UnavailableError(came.unanswered[0].reason)
        why = Counter(each.reason for each in came.refused)
        result = f"{number_of(job.done + len(came.moved), 'run')} moved to version {version}"
        if came.refused:
            result += f", {len(came.refused)} not"
        return JobOutcome(result, tuple(f"{number_of(n, 'run')}: {reason}" for reason, n in why.most_common()))
