"""Signing in: a link is spent, and a session begins."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from services.access.audit import Deed, record
from services.access.begin_session import Browser, begin_session
from services.access.links import look_at_link
from services.access.secret import digest_of
from services.access.users import add_first_admin

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection
    from services.access.audit import Doer
    from services.access.sessions import NewSession, SignedIn

_MOST_REFUSED: Final = 20
_REFUSED_IN: Final = timedelta(minutes=15)


class SignInRefused(enum.Enum):
    """Why nobody is signed in. A link that is unknown, used, replaced or too old gives one and the same answer."""

    LINK = "link"
    TOO_MANY = "too_many"
    """Too many links that did not work, from one address."""


@dataclass(frozen=True)
class FirstAdmin:
    """What the first admin says of themself; others were described by the one who invited them."""

    email: str
    name: str


@dataclass(frozen=True)
class SignIn:
    """A link whose button was pressed.

    Attributes:
        token: of the link.
        device: how the browser describes itself.
        current: the session that the browser has now, and that ends; None: it has none.
        first: for the link that makes the first admin.
    """

    token: str = field(repr=False)
    device: str
    current: SignedIn | None = None
    first: FirstAdmin | None = None


async def too_many_refused(connection: Connection, address: str, now: datetime) -> bool:
    """Whether an address has tried so often that it must wait."""
    refused = await queries.refused_sign_ins(connection, address=address, since=now - _REFUSED_IN, most=_MOST_REFUSED)
    return refused >= _MOST_REFUSED


async def sign_in(connection: Connection, doer: Doer, asked: SignIn, now: datetime) -> NewSession | SignInRefused:
    """Spends a link and begins a session, in one transaction.

    Raises:
        RefusedError: the first admin's address cannot be used; the link stays good.
    """
    address = doer.address or ""
    if await too_many_refused(connection, address, now):
        return SignInRefused.TOO_MANY
    user_id = await _spend(connection, doer, asked, now)
    if user_id is None:
        await record(connection, doer, Deed("sign_in_refused"), now)
        return SignInRefused.LINK
    return await begin_session(connection, doer, user_id, Browser(asked.device, asked.current), now)


async def _spend(connection: Connection, doer: Doer, asked: SignIn, now: datetime) -> str | None:
    found = await look_at_link(connection, asked.token, now)
    if found is None:
        return None
    spent = await queries.spend_sign_in_link(connection, hash=digest_of(asked.token), now=now)
    if spent is None or found.user_id is not None:
        return spent.user_id if spent else None
    first = asked.first or FirstAdmin("", "")
    made = await add_first_admin(connection, doer, first.email, first.name, now)
    return made.id if made else None
