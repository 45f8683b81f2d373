"""Passkeys of users: adding, removing and using them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.passkeys import PasskeyError, StoredPasskey, passkey_id, used_passkey
from adapters.postgres import queries
from sequences.errors import NotFoundError, RefusedError, RequestRefused
from services.access.audit import Deed, record

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.passkeys import NewPasskey, RelyingParty
    from adapters.postgres.database import Connection
    from services.access.audit import Doer

WAY: Final = "passkey"
_MOST: Final = 20
_LONGEST_NAME: Final = 60


async def passkeys_of(connection: Connection, user_id: str) -> list[queries.PasskeysOfUserRow]:
    """The passkeys of a user, the first made first."""
    return await queries.passkeys_of_user(connection, user_id=user_id)


async def add_passkey(connection: Connection, doer: Doer, made: NewPasskey, name: str, now: datetime) -> None:
    """Adds a passkey to the one who does it.

    Raises:
        RefusedError: they have enough, or it is somebody's already.
    """
    user_id = doer.user_id or ""
    if len(await passkeys_of(connection, user_id)) >= _MOST:
        raise RefusedError(RequestRefused.INVALID, f"{_MOST} passkeys are enough; remove one first")
    added = await queries.add_passkey(
        connection,
        id=made.id,
        user_id=user_id,
        public_key=made.public_key,
        sign_count=made.sign_count,
        is_synced=made.is_synced,
        name="".join(filter(str.isprintable, name)).strip()[:_LONGEST_NAME] or "Passkey",
        at=now,
    )
    if added is None:
        raise RefusedError(RequestRefused.INVALID, "this passkey is known already")
    await record(connection, doer, Deed("passkey_added", f"user:{user_id}"), now)


async def remove_passkey(connection: Connection, doer: Doer, identity: bytes, now: datetime) -> None:
    """Removes a passkey of the one who does it.

    Raises:
        NotFoundError: they have no such passkey.
    """
    if await queries.remove_passkey(connection, id=identity, user_id=doer.user_id or "") is None:
        raise NotFoundError("You have no such passkey; it may be removed already.")
    await record(connection, doer, Deed("passkey_removed", f"user:{doer.user_id}"), now)


async def user_of_passkey(
    connection: Connection, party: RelyingParty, challenge: bytes, answer: str, now: datetime
) -> str:
    """Who used a passkey.

    Args:
        connection: in a transaction: the passkey is locked until its end.
        party: for whom it was made.
        challenge: that the browser was asked.
        answer: what it said.
        now: UTC.

    Raises:
        PasskeyError: nobody's, or the answer is not good.
    """
    identity = passkey_id(answer)
    row = await queries.passkey_to_check(connection, id=identity)
    if row is None:
        raise PasskeyError("this passkey is not known, or was removed")
    stored = StoredPasskey(row.user_id, row.public_key, row.sign_count)
    count = used_passkey(party, challenge, answer, stored)
    await queries.use_passkey(connection, id=identity, sign_count=count, at=now)
    return row.user_id
