"""How an owner hears of notifications, as the CLI and HTTP set it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.errors import NotFoundError

if TYPE_CHECKING:
    from adapters.postgres.database import Database
    from sequences.sending.owner_mails import NotifyBy


@dataclass(frozen=True)
class OwnerNotifyBy:
    """How an owner is told from now on; ``reachable``: the CRM gave an address to write to."""

    owner: str
    notify_by: str
    reachable: bool


async def set_notify_by(database: Database, owner: str, way: NotifyBy) -> OwnerNotifyBy:
    """Sets it for notifications from now on; ``none`` also drops what waits to be mailed.

    Raises:
        NotFoundError: there is no such owner.
    """
    async with database.transaction() as connection:
        row = await queries.set_notify_by(connection, id=owner, way=way)
    if row is None:
        raise NotFoundError(f"unknown owner {owner}; the CRM or `relance import --kind owner` adds owners")
    return OwnerNotifyBy(row.id, row.notify_by, row.reachable)
