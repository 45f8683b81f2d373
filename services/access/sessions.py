"""Sessions: they end when they are not used, after a week in any case, and when somebody ends them."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from sequences import ids
from sequences.access.role import PeopleVisible, Role
from sequences.access.viewer import Viewer
from services.access.audit import Deed, record
from services.access.secret import digest_of, new_secret

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection
    from services.access.audit import Doer

IDLE: Final = timedelta(hours=12)
LONGEST: Final = timedelta(days=7)
_NOTED_AFTER: Final = timedelta(minutes=1)
_DEVICE: Final = 300


class EndedBy(enum.StrEnum):
    """Why a session ended before its time."""

    SIGN_OUT = "sign_out"
    SIGN_IN = "sign_in"
    """The same browser signed in again."""
    REVOKED = "revoked"
    ROLE_CHANGED = "role_changed"
    DISABLED = "disabled"


@dataclass(frozen=True)
class ViewerDefaults:
    """What the organisation's settings say of every viewer."""

    timezone: str
    people_visible: PeopleVisible


@dataclass(frozen=True)
class NewSession:
    """A session that begins.

    Attributes:
        token: what the cookie holds.
    """

    session_id: str
    user_id: str
    token: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True)
class SignedIn:
    """A session that is good.

    Attributes:
        proved_at: when the user last proved who they are; None: not known.
    """

    session_id: str
    viewer: Viewer
    proved_at: datetime | None = None


async def start_session(connection: Connection, user_id: str, device: str, address: str, now: datetime) -> NewSession:
    """Begins a session; its id and its secret are new each time."""
    secret, expires = new_secret(), now + LONGEST
    identity = ids.session_id(secret.digest.hex())
    await queries.add_session(
        connection,
        id=identity,
        hash=secret.digest,
        user_id=user_id,
        at=now,
        expires_at=expires,
        device="".join(filter(str.isprintable, device))[:_DEVICE],
        address=address,
    )
    return NewSession(identity, user_id, secret.token, expires)


async def find_session(connection: Connection, token: str, defaults: ViewerDefaults, now: datetime) -> SignedIn | None:
    """The session of a cookie, and who it is; None: unknown, ended or too old, or the user is disabled."""
    row = await queries.open_session(connection, hash=digest_of(token), now=now, used_after=now - IDLE)
    if row is None:
        return None
    if now - row.last_used_at >= _NOTED_AFTER:
        await queries.use_session(connection, id=row.id, now=now)
    viewer = Viewer(
        user_id=row.user_id,
        email=row.email,
        name=row.name,
        role=Role(row.role),
        owner_id=row.owner_id,
        timezone=row.timezone or defaults.timezone,
        people_visible=defaults.people_visible,
        team_owner_ids=tuple(row.team_owner_ids),
    )
    return SignedIn(row.id, viewer, row.proved_at)


async def sessions_of(connection: Connection, user_id: str, now: datetime) -> list[queries.SessionsOfUserRow]:
    """The sessions of a user that are open, the last used first."""
    return await queries.sessions_of_user(connection, user_id=user_id, now=now, used_after=now - IDLE)


async def end_one(connection: Connection, doer: Doer, user_id: str, session_id: str, now: datetime) -> bool:
    """Ends a session of that user; False: they have no such open session."""
    ended_by = EndedBy.SIGN_OUT if session_id == doer.session_id else EndedBy.REVOKED
    if await queries.end_session(connection, id=session_id, user_id=user_id, at=now, ended_by=ended_by) is None:
        return False
    detail = {"user": user_id, "why": ended_by}
    await record(connection, doer, Deed("session_ended", f"session:{session_id}", detail), now)
    return True


async def end_all(connection: Connection, doer: Doer, user_id: str, ended_by: EndedBy, now: datetime) -> int:
    """Ends every session of a user; returns how many."""
    ended = await queries.end_sessions(connection, user_id=user_id, at=now, ended_by=ended_by)
    if ended:
        detail = {"sessions": len(ended), "why": ended_by}
        await record(connection, doer, Deed("sessions_ended", f"user:{user_id}", detail), now)
    return len(ended)
