"""Providers tell of new mail in mailboxes: it is asked for, renewed in time, and ended with the reading of a mailbox.

One process at a time asks for a mailbox. What cannot be had costs nothing but time: each mailbox is looked at in turn
all the same.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from sequences.errors import RelanceError
from sequences.mailboxes.push_renewal import renew_at, retry_at

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from adapters.mail.incoming.api.push import MailPush, Pushing
    from adapters.postgres.database import Database

_log = logging.getLogger("relance.mailboxes")
_LEASE: Final = timedelta(minutes=5)
"""More than two requests may take; after that another process asks."""
_RESTS: Final = timedelta(minutes=1)
"""After it was ended. Whoever reads the mailbox notices within seconds that it should not; then it may come back."""
_ENDING: Final = 20.0
"""Seconds for a provider that is asked to end it: somebody waits for that."""


def _new_secret() -> str:
    return secrets.token_urlsafe(32)


@dataclass(frozen=True)
class KeepPush:
    """Keeps it going.

    Attributes:
        clock: UTC.
        secret: makes a secret that comes back with what is told; only its hash is stored.
    """

    database: Database
    clock: Callable[[], datetime]
    secret: Callable[[], str] = _new_secret

    async def keep(self, mailbox: str, push: MailPush) -> None:
        """Asks the provider of a mailbox, if it is time and no other process does."""
        now = self.clock()
        async with self.database.statement() as connection:
            row = await queries.claim_mailbox_push(connection, mailbox=mailbox, at=now, until=now + _LEASE)
        if row is None:
            return
        try:
            pushing = await self._asked(mailbox, push, row)
        except RelanceError as error:
            if not row.failures:
                _log.warning(
                    "mailbox %s: its provider does not announce new mail: %s; it is looked at by time", mailbox, error
                )
            async with self.database.statement() as connection:
                await queries.fail_mailbox_push(
                    connection, mailbox=mailbox, renew_at=retry_at(now, row.failures), problem=str(error)
                )
            return
        if row.failures:
            _log.warning("mailbox %s: its provider announces new mail again", mailbox)
        async with self.database.statement() as connection:
            await queries.keep_mailbox_push(
                connection,
                mailbox=mailbox,
                subscription=pushing.subscription,
                ends_at=pushing.ends_at,
                renew_at=renew_at(now, pushing.ends_at),
                claimed=row.renew_at,
            )

    async def end(self, mailbox: str, push: MailPush) -> None:
        """Asks the provider to tell no more of a mailbox. Whatever it does not hear ends by itself within days.

        Whoever comes first asks; a token that is good no longer ends nothing.
        """
        async with self.database.statement() as connection:
            subscription = await queries.take_mailbox_push(connection, mailbox=mailbox, at=self.clock() + _RESTS)
        if subscription is None:
            return
        try:
            async with asyncio.timeout(_ENDING):
                await push.end(subscription)
        except (RelanceError, TimeoutError) as error:
            why = str(error) or "it does not answer"
            _log.warning("mailbox %s: its provider announces new mail for some days more: %s", mailbox, why)

    async def _asked(self, mailbox: str, push: MailPush, row: queries.ClaimMailboxPushRow) -> Pushing:
        if row.subscription is not None and row.address == push.address:
            pushing = await push.renew(row.subscription)
            if pushing is not None:
                return pushing
        secret = self.secret()
        # Stored before: what is told may come before the provider's answer.
        async with self.database.statement() as connection:
            await queries.begin_mailbox_push(
                connection, mailbox=mailbox, address=push.address, secret_hash=push_hash(secret)
            )
        return await push.begin(secret)


def push_hash(secret: str) -> bytes:
    """What is stored of a secret: it has 256 random bits."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
