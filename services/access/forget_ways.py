"""The ways by which a user signs in without a link, taken away by an admin: a lost device, another account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres import queries
from services.access.audit import Deed, record
from services.access.sessions import EndedBy, end_all
from services.access.users import user_of

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection
    from services.access.audit import Doer


async def ways_of(connection: Connection, user_id: str) -> queries.WaysOfUserRow | None:
    """How many passkeys and accounts at identity providers a user has."""
    return await queries.ways_of_user(connection, user_id=user_id)


async def forget_ways(connection: Connection, doer: Doer, user_id: str, now: datetime) -> None:
    """Removes a user's passkeys and accounts, and ends their sessions. The next account with their address is theirs.

    Raises:
        NotFoundError: there is no such user.
    """
    await queries.lock_users(connection)
    user = await user_of(connection, user_id)
    passkeys = await queries.remove_passkeys_of(connection, user_id=user.id)
    accounts = await queries.remove_identities_of(connection, user_id=user.id)
    detail = {"passkeys": passkeys, "accounts": accounts}
    await record(connection, doer, Deed("ways_removed", f"user:{user.id}", detail), now)
    await end_all(connection, doer, user.id, EndedBy.REVOKED, now)
