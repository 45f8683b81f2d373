"""How the connection to the CRM is getting on, for people and programs."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from sequences.errors import NotFoundError, RefusedError, RequestRefused

if TYPE_CHECKING:
    from adapters.postgres.database import Connection

_LATE: Final = timedelta(minutes=15)


class CrmState(enum.StrEnum):
    """In one word."""

    OFF = "off"
    """The settings name no mapping file."""
    NEVER_READ = "never_read"
    WORKS = "works"
    LATE = "late"
    """Nothing is wrong that we know of, and still nothing was read for long: is `relance serve` running?"""
    FAILS = "fails"


@dataclass(frozen=True)
class CrmStatus:
    """How it is getting on.

    Attributes:
        crm: which one; empty: none.
        account: the account there.
        problem: why it cannot be used.
        not_before: when it is asked again.
        looked_at: when a look began last.
        read_at: when one ended well.
        lag_seconds: since then; None: never.
        backfilled_at: when all records were read.
        backfill_under_way: it began, and has not ended.
        records_read: in all.
        records_refused: items of them that could not be taken.
        refused_at: the last one.
        refused_reason: why.
        unplanned: events of which nothing was planned yet, counted up to a thousand.
        waiting: writes that wait.
        oldest_waiting: since when the oldest does.
        dead: writes that failed for good.
        written_at: the last write.
    """

    state: CrmState
    crm: str = ""
    account: str | None = None
    problem: str | None = None
    not_before: datetime | None = None
    looked_at: datetime | None = None
    read_at: datetime | None = None
    lag_seconds: int | None = None
    backfilled_at: datetime | None = None
    backfill_under_way: bool = False
    records_read: int = 0
    records_refused: int = 0
    refused_at: datetime | None = None
    refused_reason: str | None = None
    unplanned: int = 0
    waiting: int = 0
    oldest_waiting: datetime | None = None
    dead: int = 0
    written_at: datetime | None = None


async def crm_status(connection: Connection, name: str | None, now: datetime) -> CrmStatus:
    """Of the CRM that the settings name.

    Args:
        connection: ours.
        name: of the connection; None: the settings name none.
        now: UTC.
    """
    row = await queries.crm_connection_row(connection, name=name) if name is not None else None
    if name is None or row is None:
        return CrmStatus(CrmState.OFF if name is None else CrmState.NEVER_READ, name or "")
    counts = await queries.crm_write_counts(connection, crm=name)
    return CrmStatus(
        state=_state(row, now),
        crm=name,
        account=row.account,
        problem=row.problem,
        not_before=row.not_before,
        looked_at=row.looked_at,
        read_at=row.read_at,
        lag_seconds=int((now - row.read_at).total_seconds()) if row.read_at is not None else None,
        backfilled_at=row.backfilled_at,
        backfill_under_way=row.backfill is not None,
        records_read=row.records_read,
        records_refused=row.records_refused,
        refused_at=row.refused_at,
        refused_reason=row.refused_reason,
        unplanned=counts.unplanned or 0,
        waiting=counts.waiting or 0,
        oldest_waiting=counts.oldest_waiting,
        dead=counts.dead or 0,
        written_at=counts.written_at,
    )


def _state(row: queries.CrmConnectionRow, now: datetime) -> CrmState:
    if row.problem is not None:
        return CrmState.FAILS
    if row.read_at is None:
        return CrmState.NEVER_READ
    return CrmState.LATE if now - row.read_at > _LATE else CrmState.WORKS


async def retry_crm_writes(connection: Connection, name: str, identity: str | None, now: datetime) -> int:
    """Makes dead writes wait again; returns how many.

    Args:
        connection: in a transaction.
        name: of the connection.
        identity: of one write; None: all that are dead.
        now: UTC.

    Raises:
        NotFoundError: there is no such write.
        RefusedError: it is not dead.
    """
    found = await queries.retry_crm_writes(connection, crm=name, id=identity, now=now)
    if identity is not None and not found:
        state = await queries.crm_write_state(connection, id=identity)
        if state is None:
            raise NotFoundError(f"there is no write {identity}; `relance crm writes` lists them")
        raise RefusedError(RequestRefused.ALREADY_DELIVERED, f"the write is {state}; only a dead one is retried")
    # It may be that the CRM was given up on, too: what was asked for is tried now.
    await queries.ask_crm_at_once(connection, name=name)
    return len(found)
