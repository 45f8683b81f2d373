"""The audit log: who did what, on what, from where, when. Rows are added, and never changed."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from adapters.postgres import queries

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from adapters.postgres.database import Connection


class Way(enum.StrEnum):
    """By which way in it was done."""

    CONSOLE = "console"
    CLI = "cli"
    API = "api"
    CRM = "crm"
    """A hook of the CRM."""


@dataclass(frozen=True)
class Doer:
    """Who does it, and from where.

    Attributes:
        way: the way in.
        user_id: of the user; None: not known, as on the command line.
        session_id: of the console.
        address: the network address.
        token_id: of the named token with which the API was called; None: another way, or a token of the settings.
    """

    way: Way
    user_id: str | None = None
    session_id: str | None = None
    address: str | None = None
    token_id: str | None = None

    @property
    def who(self) -> str:
        """Kind and id, such as ``user:u1`` or ``token:g1``; of who is not known the way in."""
        if self.token_id is not None:
            return f"token:{self.token_id}"
        return f"user:{self.user_id}" if self.user_id is not None else str(self.way)


CLI = Doer(Way.CLI)
"""Somebody with a shell on the server."""


@dataclass(frozen=True)
class Deed:
    """What was done.

    Attributes:
        act: a word for it.
        subject: on what: kind and id, such as ``person:p1``.
        detail: before and after of settings; no names, addresses or words of messages.
    """

    act: str
    subject: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)


async def record(connection: Connection, doer: Doer, deed: Deed, at: datetime) -> None:
    """Adds a row; in the transaction of what it is about, so that there is never one without the other.

    Args:
        connection: in a transaction.
        doer: who.
        deed: what they did.
        at: UTC.
    """
    await queries.add_audit_event(
        connection,
        at=at,
        way=doer.way,
        user_id=doer.user_id,
        session_id=doer.session_id,
        token_id=doer.token_id,
        act=deed.act,
        subject=deed.subject,
        address=doer.address,
        detail=dict(deed.detail),
    )
