"""What a watcher takes at once: changes of no batch, whole batches, or one page of a batch too large for one.

What one import or one event brings is matched as one (``hold_above`` counts it), so its rows are never cut between two
watchers: whoever holds the row of the batch holds all its changes.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from adapters.postgres import queries

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection

_log = logging.getLogger("relance.rules")


@dataclass(frozen=True)
class LargeBatch:
    """A batch of more changes than one page holds.

    Attributes:
        id: of ``change_batch``.
        at: the instant that all its pages carry; UTC.
        weighed: its matches were counted already.
    """

    id: str
    at: datetime
    weighed: bool


@dataclass(frozen=True)
class ChangePage:
    """Rows of ``change`` that this transaction alone looks at.

    Attributes:
        whole: batches of which every row is here.
        large: the batch that all rows are of, when it is larger than a page.
        more: others wait.
    """

    rows: list[queries.ChangeRow] = field(default_factory=list)
    whole: tuple[str, ...] = ()
    large: LargeBatch | None = None
    more: bool = False


async def take(connection: Connection, limit: int, now: datetime) -> ChangePage:
    """The next page. A batch that is still being written waits until it is closed, or its writer is gone.

    Args:
        connection: in a transaction.
        limit: rows of a page; a batch that begins within it may add its own.
        now: UTC.
    """
    await _close_left_batches(connection, now)
    leaders = await queries.unwatched_batches(connection, limit=limit)
    if leaders and leaders[0].rows > limit:
        first = leaders[0]
        rows = await queries.changes_of_batches(connection, batches=[first.id], limit=limit)
        large = LargeBatch(first.id, first.weighed_at or now, first.weighed_at is not None)
        return ChangePage(rows, large=large, more=True)
    whole: list[str] = []
    number = 0
    for leader in leaders:
        if number + leader.rows > limit:
            break
        whole.append(leader.id)
        number += leader.rows
    rows = await queries.changes_of_batches(connection, batches=whole, limit=None) if whole else []
    loose = await queries.unwatched_changes(connection, limit=limit)
    more = len(loose) == limit or len(leaders) > len(whole) or len(leaders) == limit
    return ChangePage([*rows, *loose], tuple(whole), more=more)


async def seen(connection: Connection, page: ChangePage, now: datetime) -> bool:
    """Marks the rows of a page; True when that was the last page of a large batch."""
    if page.rows:
        await queries.changes_watched(connection, ids=[row.id for row in page.rows], at=now)
    if page.whole:
        await queries.batches_watched(connection, batches=list(page.whole), at=now)
    if page.large is None or await queries.batch_has_more(connection, id=page.large.id):
        return False
    await queries.batches_watched(connection, batches=[page.large.id], at=now)
    return True


async def _close_left_batches(connection: Connection, now: datetime) -> None:
    """What an import left behind that was killed, or lost its connection, counts as all of it."""
    for row in await queries.open_batches(connection):
        if await queries.take_left_batch(connection, id=row):
            _log.warning("an import was interrupted; its changes are checked now", extra={"batch": row})
            await queries.close_batch(connection, id=row, at=now)
