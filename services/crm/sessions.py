"""Sessions with a CRM in Postgres, sealed: one process makes a new one while the others wait for it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.errors import SettingsError
from services.webhooks.sealed import seal, unseal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from adapters.postgres.database import Database


@dataclass(frozen=True)
class StoredSessions:
    """The session of a connection.

    Attributes:
        database: ours.
        name: of the connection.
        login: what the session belongs to; one that another login made is of no use.
        keys: of the settings, the newest first; they seal.
    """

    database: Database
    name: str
    login: str = field(repr=False)
    keys: Sequence[bytes] = field(repr=False)

    async def current(self) -> str | None:
        """The one that was made last."""
        async with self.database.statement() as connection:
            row = await queries.crm_session(connection, name=self.name)
        return self._opened(row.session, row.session_login) if row is not None else None

    async def renewed(self, former: str | None, make: Callable[[str | None], Awaitable[str]]) -> str:
        """Another one than ``former``, made once however many want it."""
        async with self.database.transaction() as connection:
            # The lock lasts as long as the CRM takes to answer; every request to it has an end.
            row = await queries.lock_crm_session(connection, name=self.name)
            known = self._opened(row.session, row.session_login) if row is not None else None
            if known is not None and known != former:
                return known
            made = await make(known)
            sealed = seal(made.encode(), self.keys)
            await queries.keep_crm_session(connection, name=self.name, session=sealed, login=self._digest())
        return made

    def _opened(self, sealed: bytes | None, login: str | None) -> str | None:
        if sealed is None or login != self._digest():
            return None
        try:
            return unseal(sealed, self.keys).decode()
        except SettingsError:
            # Its key has gone from the settings: a new session costs one login.
            return None

    def _digest(self) -> str:
        return hashlib.sha256(self.login.encode()).hexdigest()
