"""A provider tells that there may be new mail: the readers of that mailbox are woken, in whatever process they run.

Nothing of what is told is believed. Whoever told it proved itself before, by the secret of the subscription or a
signature of Google, and all that it can do is to make us look.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.errors import TokenError
from services.mailboxes.keep_push import push_hash

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from adapters.postgres.database import Connection, Database

REFUSED = "this is not a notification that was asked for"
"""Said to everybody whose proof is not good, whatever is wrong with it."""


@dataclass(frozen=True)
class Notification:
    """One notification of Microsoft Graph.

    Attributes:
        secret: its ``clientState``.
        is_lifecycle: it is about the subscription, and not about mail.
    """

    secret: str
    is_lifecycle: bool


@dataclass(frozen=True)
class HearPush:
    """Hears what is told.

    Attributes:
        clock: UTC.
    """

    database: Database
    clock: Callable[[], datetime]

    async def by_secret(self, mailbox: str, told: Sequence[Notification]) -> None:
        """Wakes the readers of a mailbox, and has its subscription looked at when something is told of that.

        Raises:
            TokenError: none of it has the secret of the subscription.
        """
        async with self.database.statement() as connection:
            wanted = await queries.mailbox_push_secret(connection, mailbox=mailbox)
        # Compared even where there is nothing to compare with: how long it takes tells nothing.
        hashes = [push_hash(each.secret) for each in told]
        right = [hmac.compare_digest(each, wanted or bytes(32)) for each in hashes]
        good = [each for each, is_right in zip(told, right, strict=True) if is_right and wanted is not None]
        if not good:
            raise TokenError(REFUSED)
        async with self.database.transaction() as connection:
            if any(each.is_lifecycle for each in good):
                await queries.hurry_mailbox_push(connection, mailbox=mailbox, at=self.clock())
            await self._ring(connection, mailbox)

    async def by_address(self, address: str) -> bool:
        """Wakes the readers of the mailbox of Gmail that has an address; False: there is none."""
        async with self.database.transaction() as connection:
            mailbox = await queries.gmail_mailbox(connection, address=address)
            if mailbox is not None:
                await self._ring(connection, mailbox)
        return mailbox is not None

    async def _ring(self, connection: Connection, mailbox: str) -> None:
        await queries.mailbox_push_heard(connection, mailbox=mailbox, at=self.clock())
        await queries.ring_mailbox(connection, mailbox=mailbox)
