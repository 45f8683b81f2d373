"""Notes that the database was restored, together with the hold that it brings: nothing is sent from then on."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from sequences import ids
from sequences.errors import RefusedError, RequestRefused
from sequences.runs.after_restore import Restoration
from sequences.runs.bulk import BulkKind, BulkOrder, HoldScope
from sequences.runs.hold import EVERYTHING_KEY
from services.operations.bulk import add_hold

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection

_BY: Final = "restore"
_CLOCKS: Final = timedelta(minutes=5)
"""How far clocks may be apart before an instant is one of the future."""


async def begin_restoration(
    connection: Connection, *, backup_at: datetime, lost_at: datetime | None, now: datetime
) -> Restoration:
    """Notes a restore, and puts everything on hold until rows and Temporal have been compared.

    One that was settled is over: noted again, it is returned and nothing is put on hold. What became due since then was
    not sent by the lost database.

    Args:
        connection: in a transaction.
        backup_at: what the rows know ends here.
        lost_at: from then on the lost database was not used any more; None: it may have been, until now.
        now: UTC.

    Raises:
        RefusedError: the instants contradict each other.
    """
    # Without a word from anybody: until now, and in any case until the backup, whose clock may be ahead of ours.
    lost_at = lost_at or max(now, backup_at)
    if lost_at < backup_at:
        raise RefusedError(RequestRefused.INVALID, "the database cannot have been lost before its backup was taken")
    if max(lost_at, backup_at) > now + _CLOCKS:
        raise RefusedError(RequestRefused.INVALID, "the backup and the loss of the database lie in the past")
    known = await queries.settled_restoration_of(connection, backup_at=backup_at)
    if known is not None:
        return Restoration(known, backup_at, lost_at)
    restoration = Restoration(ids.restoration_id(backup_at.isoformat(), now.isoformat()), backup_at, lost_at)
    await queries.add_restoration(connection, id=restoration.id, backup_at=backup_at, lost_at=lost_at, restored_at=now)
    reason = f"restored from a backup of {backup_at:%Y-%m-%d %H:%M} UTC"
    order = BulkOrder(restoration.id, BulkKind.PAUSE, reason, by=_BY)
    await add_hold(connection, HoldScope.EVERYTHING, EVERYTHING_KEY, order, now)
    await queries.outrun_plans(connection)
    return restoration


async def unsettled(connection: Connection) -> Restoration | None:
    """The restore after which rows and Temporal were not compared yet; None: there is none."""
    row = await queries.unsettled_restoration(connection)
    return None if row is None else Restoration(row.id, row.backup_at, row.lost_at)
