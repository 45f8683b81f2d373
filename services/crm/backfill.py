"""All records of the CRM, once: a job with progress, which goes on where it was."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from adapters.postgres import queries
from sequences.errors import CrmAccessError, CrmAwayError, PermanentError
from sequences.number_words import number_of
from services.jobs.ask import ask_for_job
from services.jobs.job import JobKind, JobOutcome, NewJob

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from adapters.postgres.database import Connection
    from services.crm.apply_records import ApplyRecords
    from services.crm.connected import ConnectedCrm
    from services.jobs.job import Job, JobProgress

_LONGEST_WAIT: Final = 300.0
"""Seconds. A CRM that asks for more is away."""


async def ask_for_backfill(
    connection: Connection, name: str, now: datetime, *, user_id: str | None = None, again: bool = False
) -> str:
    """Asks for the job, unless it is waiting or under way; returns its id.

    Args:
        connection: in a transaction.
        name: of the connection.
        now: UTC.
        user_id: who asks.
        again: from the first record, also where an earlier one did not end.
    """
    subject = f"crm:{name}"
    known = await queries.open_job_about(connection, kind=JobKind.CRM_BACKFILL, subject=subject)
    if known is not None:
        return known
    asked = NewJob(JobKind.CRM_BACKFILL, subject, now.isoformat(), {"again": again}, user_id)
    return await ask_for_job(connection, asked, now)


@dataclass(frozen=True)
class BackfillCrm:
    """``JobKind.CRM_BACKFILL``. What changes meanwhile is read by the looks.

    Attributes:
        connected: the CRM; None: the settings name none.
        apply: takes records in.
        sleep: waits so many seconds.
    """

    connected: ConnectedCrm | None
    apply: ApplyRecords | None
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def carry_out(self, job: Job, progress: JobProgress) -> JobOutcome:
        """Reads page by page; each page is stored before the next one is asked for.

        Raises:
            PermanentError: the settings name another CRM, or none.
            UnavailableError: the CRM is away.
        """
        connected, apply = self.connected, self.apply
        if connected is None or apply is None or job.subject != f"crm:{connected.name}":
            raise PermanentError("the settings do not name this CRM any more")
        await connected.check_account()
        wanted = connected.wanted()
        place = await self._place(connected, job)
        refused = 0
        for number, entity in enumerate(wanted):
            if number < place["kind"]:
                continue
            after = place["after"] if number == place["kind"] else None
            while True:
                page = await self._patiently(lambda e=entity, a=after: connected.crm.page(e, a))  # type: ignore[misc]
                await connected.require_fields(page.records)
                refused += await apply.apply(page.records)
                progress.done += len(page.records)
                after = page.after
                await self._keep(connected, job, number if after else number + 1, after, len(page.records))
                if after is None:
                    break
        async with connected.database.statement() as connection:
            await queries.keep_crm_backfill(
                connection, name=connected.name, backfill=None, read=0, ended_at=connected.clock()
            )
        notes = (f"{number_of(refused, 'item was', 'items were')} refused; `relance crm` shows why",) if refused else ()
        return JobOutcome(f"{number_of(progress.done, 'record')} read", notes)

    async def _place(self, connected: ConnectedCrm, job: Job) -> dict[str, Any]:
        async with connected.database.statement() as connection:
            row = await queries.crm_connection_row(connection, name=connected.name)
        kept = row.backfill if row is not None else None
        # The same job after a restart goes on in any case; a new one does unless it is to begin again.
        if kept is None or (job.request.get("again") and kept["job"] != job.id):
            return {"kind": 0, "after": None}
        return dict(kept)

    async def _keep(self, connected: ConnectedCrm, job: Job, kind: int, after: str | None, read: int) -> None:
        place = {"job": job.id, "kind": kind, "after": after}
        async with connected.database.statement() as connection:
            await queries.keep_crm_backfill(connection, name=connected.name, backfill=place, read=read, ended_at=None)

    async def _patiently(self, ask: Callable[[], Awaitable[Any]]) -> Any:
        """A CRM that says when to ask again is asked again then."""
        while True:
            try:
                return await ask()
            except CrmAwayError as error:
                if error.retry_after is None or error.retry_after > _LONGEST_WAIT:
                    raise
                await self.sleep(error.retry_after)
            except CrmAccessError as error:
                raise PermanentError(str(error)) from error
