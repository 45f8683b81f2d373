"""Carries out jobs as long as ``relance serve`` serves."""

from __future__ import annotations

import asyncio
import logging
import secrets
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Final

from adapters.clock import utc_now
from adapters.outage_errors import where
from adapters.postgres.listening import JOB_LISTENER, JOBS, Listening
from adapters.temporal.bulk_control import TemporalBulk
from services.crm.backfill import BackfillCrm
from services.jobs.erase_person import ErasePersonJob
from services.jobs.follow_order import FollowOrder
from services.jobs.follow_scan import FollowScan
from services.jobs.import_people import ImportPeople
from services.jobs.job import JobKind
from services.jobs.move_runs import MoveRuns
from services.jobs.plan_again import PlanAgain
from services.jobs.runner import JobRunner
from services.jobs.stop_runs import StopRuns
from services.records.people_import import importing_of
from starter.composition import erasing_of
from starter.rehearsal.job import Rehearse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from adapters.postgres import queries
    from services.jobs.job import Work
    from starter.composition import Services
    from starter.crm_wiring import CrmParts

LOOKS_EVERY: Final = 30.0
"""Seconds between two looks for a job that no ring told of. Each is two statements with an index of open jobs alone."""
SHORTEST: Final = 0.5
"""Seconds between two looks for what becomes due by time alone."""
AT_ONCE: Final = 8
"""Most jobs wait for Temporal or Postgres."""

_log = logging.getLogger("relance.jobs")


def works_of(services: Services, crm: CrmParts | None = None) -> Mapping[str, Work]:
    """What is done for each kind of job; ``crm``: None where the settings name none."""
    follow = FollowOrder(TemporalBulk(services.client))
    return {
        JobKind.MOVE_RUNS: MoveRuns(services.database, services.planning, services.runs, utc_now),
        JobKind.PAUSE_RUNS: follow,
        JobKind.RESUME_RUNS: follow,
        JobKind.STOP_RUNS: StopRuns(services.database, services.runs, utc_now),
        JobKind.PLAN_AGAIN: PlanAgain(services.database),
        JobKind.SCAN: FollowScan(services.rules),
        JobKind.ERASE_PERSON: ErasePersonJob(erasing_of(services)),
        JobKind.CRM_BACKFILL: crm.backfill if crm is not None else BackfillCrm(None, None),
        JobKind.REHEARSE: Rehearse(services.database, utc_now),
        JobKind.IMPORT_PEOPLE: ImportPeople(importing_of(services.settings, services.database, services.enrolling)),
    }


def runner_of(services: Services, crm: CrmParts | None = None) -> JobRunner:
    """The runner of this process; ``crm`` as of ``works_of``."""
    return JobRunner(services.database, works_of(services, crm), utc_now, f"serve:{secrets.token_hex(8)}")


@asynccontextmanager
async def carrying_out_jobs(runner: JobRunner, url: str, every: float = LOOKS_EVERY) -> AsyncIterator[None]:
    """Carries out jobs as long as the block lasts. What is under way then waits for the next process.

    Args:
        runner: of this process.
        url: of Postgres, where a new job rings.
        every: seconds between two looks for a job whose ring was lost.
    """
    woken = asyncio.Event()
    listening = Listening(url, JOBS, lambda _: woken.set(), JOB_LISTENER)
    tasks = [
        asyncio.create_task(listening.run(), name="listening for jobs"),
        asyncio.create_task(_carry_out(runner, woken, every), name="jobs"),
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def _carry_out(runner: JobRunner, woken: asyncio.Event, every: float) -> None:
    under_way: set[asyncio.Task[None]] = set()

    def ended(task: asyncio.Task[None]) -> None:
        under_way.discard(task)
        # There is a place again, and this job may wait for another try.
        woken.set()
        _ended(task)

    try:
        while True:
            woken.clear()
            while len(under_way) < AT_ONCE and (row := await _next(runner)) is not None:
                task = asyncio.create_task(runner.carry_out(row), name=f"job {row.id}")
                under_way.add(task)
                task.add_done_callback(ended)
            pause = every if len(under_way) >= AT_ONCE else await _pause(runner, every)
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await woken.wait()
    finally:
        for task in under_way:
            task.cancel()
        if under_way:
            await asyncio.wait(under_way)


async def _pause(runner: JobRunner, every: float) -> float:
    """Seconds until the next look."""
    try:
        due = await runner.next_in()
    except Exception:  # noqa: BLE001 - Postgres is away: the next look says so
        return every
    return every if due is None else min(every, max(SHORTEST, due))


async def _next(runner: JobRunner) -> queries.JobRow | None:
    """The next job; none while Postgres is away."""
    try:
        return await runner.claim()
    except Exception as error:  # noqa: BLE001 - whatever it is, the next look tries again
        _log.warning("cannot look for jobs: %s", where(error))
        return None


def _ended(task: asyncio.Task[None]) -> None:
    """Its row could not be written: it is claimed again once it has been silent."""
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.warning("%s is left for later: %s", task.get_name(), where(error))
