"""How every sign-in ends: the browser's former session ends, and a new one begins."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from adapters.postgres import queries
from services.access.audit import Deed, record
from services.access.sessions import EndedBy, NewSession, start_session

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection
    from services.access.audit import Doer
    from services.access.sessions import SignedIn


@dataclass(frozen=True)
class Browser:
    """Where somebody signs in.

    Attributes:
        device: how the browser describes itself.
        current: the session that it has now, and that ends; None: it has none.
        way: by what: a link, an identity provider, a passkey.
    """

    device: str
    current: SignedIn | None = None
    way: str = "link"


async def begin_session(
    connection: Connection, doer: Doer, user_id: str, browser: Browser, now: datetime
) -> NewSession:
    """Begins a session of a user who proved who they are."""
    if browser.current is not None:
        await queries.end_session(
            connection,
            id=browser.current.session_id,
            user_id=browser.current.viewer.user_id,
            at=now,
            ended_by=EndedBy.SIGN_IN,
        )
    session = await start_session(connection, user_id, browser.device, doer.address or "", now)
    known = replace(doer, user_id=user_id, session_id=session.session_id)
    await record(connection, known, Deed("sign_in", f"user:{user_id}", {"way": browser.way}), now)
    return session
