"""Some of a batch are approved or discarded; the rest of it still awaits approval."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from adapters.postgres.database import Connection


async def approve_chosen(connection: Connection, batch: str, records: Collection[str], by: str, now: datetime) -> int:
    """Lets some of a batch go on; as ``batches.approve``.

    Args:
        connection: in a transaction.
        batch: its id.
        records: ids of records in it; others are passed over.
        by: who said yes.
        now: UTC.

    Returns:
        How many wait for the watcher now.

    Raises:
        NotFoundError: the batch awaits no approval (any more).
    """
    await _locked(connection, batch)
    moved = await queries.approve_records(connection, batch=batch, records=records)
    await _end_if_empty(connection, batch, "approved", by, now)
    return moved


async def discard_chosen(connection: Connection, batch: str, records: Collection[str], by: str, now: datetime) -> int:
    """Drops some of a batch, as ``batches.discard`` does all: the next scan does not find them either.

    Arguments, result and errors as ``approve_chosen``.
    """
    row = await _locked(connection, batch)
    dropped = await queries.discard_records(connection, batch=batch, records=records)
    if dropped and row.scanned_at is not None:
        await queries.forget_scanned(connection, sequence=row.sequence, at=row.scanned_at)
    await _end_if_empty(connection, batch, "discarded", by, now)
    return dropped


async def _locked(connection: Connection, batch: str) -> queries.RuleBatchRow:
    rows = [row for row in await queries.batches_awaiting_approval_of(connection, key=batch) if row.id == batch]
    if not rows:
        raise NotFoundError("this batch awaits no approval any more")
    await queries.lock_entering(connection, sequence=rows[0].sequence)
    return rows[0]


async def _end_if_empty(connection: Connection, batch: str, state: str, by: str, now: datetime) -> None:
    if not await queries.records_awaiting_approval(connection, batch=batch):
        await queries.decide_rule_batch(connection, id=batch, state=state, by=by, at=now)
        return
    await queries.count_rule_batch(connection, id=batch)
