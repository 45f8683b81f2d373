"""The job that asks open runs for new plans after days were closed or opened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sequences.number_words import number_of
from sequences.planning.closed_days import parse_days
from services.jobs.job import JobKind, JobOutcome, NewJob
from services.operations.closed_days import DaysChange, plan_again

if TYPE_CHECKING:
    from adapters.postgres.database import Database
    from services.jobs.job import Job, JobProgress


def planning_again(change: DaysChange, key: str, user_id: str, now: datetime) -> NewJob:
    """What to ask for once days were closed or opened at ``now``."""
    request = {"days": str(change.days), "owner": change.owner, "remove": change.remove, "at": now.isoformat()}
    return NewJob(JobKind.PLAN_AGAIN, f"days:{change.days}", key, request, user_id)


@dataclass(frozen=True)
class PlanAgain:
    """``JobKind.PLAN_AGAIN``. The request names days, owner, and when they changed: by that a run is asked once."""

    database: Database

    async def carry_out(self, job: Job, progress: JobProgress) -> JobOutcome:
        """Asks every run that has a step on these days, or had one moved off them."""
        asked = job.request
        change = DaysChange(parse_days(asked["days"]), asked["owner"], remove=bool(asked["remove"]))
        async for number in plan_again(self.database, change, datetime.fromisoformat(asked["at"])):
            progress.done = number
        return JobOutcome(f"{number_of(progress.done, 'run')} will be planned again")
