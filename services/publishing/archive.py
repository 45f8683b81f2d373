"""Archives a sequence, and takes it back: nobody enters an archived one, by rule, by hand or by another sequence."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.postgres import queries
from adapters.postgres.versions import not_published
from sequences.errors import NotFoundError, UnavailableError
from services.auto_enroll.batches import switch_off, switch_on
from services.jobs.ask import ask_for_job
from services.jobs.job import JobKind, NewJob

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Database
    from adapters.postgres.versions import Versions
    from services.operations.scan_orders import RuleOrders

_log = logging.getLogger("relance.publish")


@dataclass(frozen=True)
class ArchiveOrder:
    """What somebody asks for.

    Attributes:
        stop_runs: open runs are stopped, as a job; else they go on to their end.
        key: of the request, for the job.
        user_id: who asks; None: not known.
    """

    sequence: str
    stop_runs: bool = False
    key: str = ""
    user_id: str | None = None


@dataclass(frozen=True)
class ArchiveChange:
    """What changed.

    Attributes:
        changed: False: it was so already.
        job: that stops the open runs; None: they go on.
    """

    changed: bool
    job: str | None = None


async def archive(database: Database, orders: RuleOrders | None, asked: ArchiveOrder, now: datetime) -> ArchiveChange:
    """From its commit on nobody enters the sequence. Rules are off, and batches that await approval are discarded.

    Args:
        database: Postgres.
        orders: for the schedule of the daily scan; None: it is removed when ``relance serve`` starts.
        asked: what.
        now: UTC.

    Raises:
        NotFoundError: no such sequence is published.
    """
    async with database.transaction() as connection:
        await queries.lock_sequence(connection, sequence=asked.sequence)
        if await queries.newest_number(connection, sequence=asked.sequence) is None:
            raise NotFoundError(await not_published(connection, asked.sequence))
        added = await queries.add_archived_sequence(connection, sequence=asked.sequence, at=now, by=asked.user_id)
        await switch_off(connection, asked.sequence, now, by="archive")
        job = None
        if asked.stop_runs:
            job = await ask_for_job(
                connection,
                NewJob(JobKind.STOP_RUNS, f"sequence:{asked.sequence}", asked.key, {}, asked.user_id),
                now,
            )
    await _schedule(orders, asked.sequence, wanted=False)
    return ArchiveChange(added is not None, job)


async def unarchive(
    database: Database, versions: Versions, orders: RuleOrders | None, sequence: str, now: datetime
) -> ArchiveChange:
    """People enter the sequence again; rules of its newest version count from now on.

    Args:
        database: Postgres.
        versions: of sequences.
        orders: for the schedule of the daily scan; None: it is ensured when ``relance serve`` starts.
        sequence: its name.
        now: UTC.

    Raises:
        NotFoundError: no such sequence is published.
    """
    async with database.transaction() as connection:
        await queries.lock_sequence(connection, sequence=sequence)
        version = await versions.get(connection, sequence)
        dropped = await queries.drop_archived_sequence(connection, sequence=sequence)
        if dropped is None:
            return ArchiveChange(changed=False)
        on = await switch_on(connection, version, now)
    if on is not None:
        await _schedule(orders, sequence, wanted=True)
    return ArchiveChange(changed=True)


async def _schedule(orders: RuleOrders | None, sequence: str, *, wanted: bool) -> None:
    if orders is None:
        return
    try:
        await orders.ensure_schedule(sequence, wanted=wanted)
    except UnavailableError as error:
        _log.warning("%s; the schedule of the daily scan is put right when `relance serve` starts", error)
