"""A user proves once more who they are, in the session that they have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres import queries
from services.access.audit import Deed, record
from services.access.links import look_at_link
from services.access.secret import digest_of

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection
    from services.access.audit import Doer


async def prove(connection: Connection, doer: Doer, way: str, now: datetime) -> None:
    """Notes that the user of a session proved who they are; ``way``: by what."""
    await queries.prove_session(connection, id=doer.session_id or "", at=now)
    await record(connection, doer, Deed("identity_proved", f"user:{doer.user_id}", {"way": way}), now)


async def prove_by_link(connection: Connection, doer: Doer, token: str, now: datetime) -> bool:
    """Spends a new link of the same user; False: it is not good, or somebody else's."""
    found = await look_at_link(connection, token, now)
    if found is None or found.user_id != doer.user_id:
        return False
    if await queries.spend_sign_in_link(connection, hash=digest_of(token), now=now) is None:
        return False
    await prove(connection, doer, "link", now)
    return True
