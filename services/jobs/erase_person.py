"""The job that erases a person. Asked for again, it goes on where it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.number_words import number_of
from services.access.audit import Doer, Way
from services.jobs.ask import ask_for_job
from services.jobs.job import JobKind, JobOutcome, NewJob
from services.privacy.ask_to_erase import ErasureOrder

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection
    from services.jobs.job import Job, JobProgress
    from services.privacy.erase_person import ErasePerson


async def ask_for_erasing(connection: Connection, order: ErasureOrder, now: datetime) -> str:
    """Asks for the job, unless it is waiting or under way; returns its id.

    Args:
        connection: in a transaction.
        order: who, and who wants it.
        now: UTC.
    """
    subject, doer = f"person:{order.person}", order.doer
    known = await queries.open_job_about(connection, kind=JobKind.ERASE_PERSON, subject=subject)
    if known is not None:
        return known
    request = {
        "may_be_contacted_again": order.may_be_contacted_again,
        "way": doer.way.value,
        "user": doer.user_id,
        "token": doer.token_id,
    }
    return await ask_for_job(
        connection, NewJob(JobKind.ERASE_PERSON, subject, now.isoformat(), request, doer.user_id), now
    )


@dataclass(frozen=True)
class ErasePersonJob:
    """``JobKind.ERASE_PERSON``. The subject is the person; the request says who asked."""

    erasing: ErasePerson

    async def carry_out(self, job: Job, progress: JobProgress) -> JobOutcome:
        """Begins, unless it has begun, and erases what is left."""
        asked = job.request
        doer = Doer(Way(asked["way"]), asked["user"], token_id=asked["token"])
        order = ErasureOrder(job.subject.removeprefix("person:"), doer, bool(asked["may_be_contacted_again"]))
        async with self.erasing.database.transaction() as connection:
            root = await self.erasing.asking.begin(connection, order, self.erasing.clock())
        report = await self.erasing.carry_out(root, progress.step)
        rows = sum(table.rows for table in report.tables)
        notes = (report.histories_left,) if report.histories_left else ()
        return JobOutcome(f"erased: {number_of(rows, 'row')}, {number_of(report.files.uploads, 'file')}", notes)
