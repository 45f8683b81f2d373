"""How replies reach an owner, as the CLI and HTTP set it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.errors import NotFoundError

if TYPE_CHECKING:
    from adapters.postgres.database import Database
    from sequences.replies.way import RepliesBy


@dataclass(frozen=True)
class OwnerRepliesBy:
    """How replies reach an owner from now on.

    Attributes:
        replies: None: as the organisation's setting says.
        reachable: the CRM gave an address to write to.
    """

    owner: str
    replies: str | None
    reachable: bool


async def set_replies_by(database: Database, owner: str, way: RepliesBy | None) -> OwnerRepliesBy:
    """Sets it for replies that nobody was told of yet; None: the organisation's setting counts again.

    Raises:
        NotFoundError: there is no such owner.
    """
    async with database.transaction() as connection:
        row = await queries.set_replies_by(connection, id=owner, way=way)
    if row is None:
        raise NotFoundError(f"unknown owner {owner}; the CRM or `relance import --kind owner` adds owners")
    return OwnerRepliesBy(row.id, row.replies, row.reachable)
