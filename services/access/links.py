"""One-time links: how users sign in. A link works once, for a short time, and only when its button is pressed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from sequences.access.role import Role
from services.access.secret import digest_of, new_secret

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection

LINK_GOOD_FOR: Final = timedelta(minutes=15)
FIRST_LINK_GOOD_FOR: Final = timedelta(hours=24)


@dataclass(frozen=True)
class MadeLink:
    """A new link.

    Attributes:
        token: the last part of its address; shown once.
    """

    token: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True)
class GoodLink:
    """A link that would sign somebody in.

    Attributes:
        user_id: whom; None: it makes the first admin.
        email: empty then.
        name: empty then.
    """

    user_id: str | None
    email: str
    name: str
    role: Role


async def make_link(connection: Connection, user_id: str, now: datetime) -> MadeLink:
    """A link for a user; their older ones work no longer."""
    return await _make(connection, user_id, now, LINK_GOOD_FOR)


async def make_first_link(connection: Connection, now: datetime) -> MadeLink | None:
    """A link that makes the first admin; None when there are users. Older ones work no longer."""
    if await queries.any_user(connection):
        return None
    return await _make(connection, None, now, FIRST_LINK_GOOD_FOR)


async def look_at_link(connection: Connection, token: str, now: datetime) -> GoodLink | None:
    """Whom a link would sign in; it changes nothing. None: unknown, used, replaced or too old, and no word which."""
    row = await queries.good_sign_in_link(connection, hash=digest_of(token), now=now)
    if row is None:
        return None
    return GoodLink(row.id, row.email or "", row.name or "", Role(row.role) if row.role else Role.ADMIN)


async def _make(connection: Connection, user_id: str | None, now: datetime, good_for: timedelta) -> MadeLink:
    secret, expires = new_secret(), now + good_for
    await queries.end_sign_in_links(connection, user_id=user_id, at=now)
    await queries.add_sign_in_link(connection, hash=secret.digest, user_id=user_id, at=now, expires_at=expires)
    return MadeLink(secret.token, expires)
