"""Tries the logins of mailboxes that were disconnected because their servers refused them."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from sequences.mailboxes.own_mailbox import MailboxState
from sequences.mailboxes.retry import RetryMailboxesPass, next_retry
from services.mailboxes.disconnect import connect_again
from services.some_at_once import some_at_once

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from adapters.postgres.database import Database
    from services.mailboxes.log_in import MailboxLogins

_log = logging.getLogger("relance.mailboxes")
_A_PASS: Final = 200
"""Mailboxes of one pass. Twenty at once, each in half a minute or two, end within the time of one activity."""


@dataclass(frozen=True)
class RetryMailboxes:
    """Tries them.

    Attributes:
        logins: None: this worker reaches no servers of mailboxes.
    """

    database: Database
    logins: MailboxLogins | None

    async def pass_over(self, now: datetime, stopping: Callable[[], bool] = lambda: False) -> RetryMailboxesPass:
        """One try of each mailbox that is due; safe to repeat.

        A mailbox whose servers let us in sends again at once, and its waiting runs go on. Each login is claimed before
        it is tried: a worker that dies on one has tried it.

        Args:
            now: UTC.
            stopping: says when to begin no further login.
        """
        if self.logins is None:
            return RetryMailboxesPass()
        async with self.database.statement() as connection:
            due = await queries.mailboxes_to_retry(connection, now=now, limit=_A_PASS)

        async def one(row: queries.MailboxesToRetryRow) -> bool | None:
            return None if stopping() else await self._try(row, now)

        done = await some_at_once(due, one)
        return RetryMailboxesPass(connected=done.count(True), refused=done.count(False))

    async def _try(self, due: queries.MailboxesToRetryRow, now: datetime) -> bool | None:
        """Whether it is connected again; None: it was not tried."""
        assert self.logins is not None
        async with self.database.transaction() as connection:
            claimed = await queries.claim_mailbox_retry(
                connection, id=due.id, seen=due.retry_at, next=next_retry(due.state_since, now)
            )
            row = await queries.own_mailbox(connection, id=due.id)
        if claimed is None or row is None:
            return None
        why = await self.logins.sends(row) or await self.logins.reads(row)
        if why:
            _log.info("the servers of mailbox %s refuse the login: %s", due.id, why)
            return False
        async with self.database.transaction() as connection:
            found = await queries.lock_own_mailbox(connection, id=due.id)
            # Somebody paused, archived or changed it meanwhile: what was tried is not what there is.
            if found is None or found.state != MailboxState.DISCONNECTED or found.changed_at != row.changed_at:
                return None
            await connect_again(connection, found, now, by_itself=True)
        _log.info("mailbox %s is connected again: its servers let Relance in", due.id)
        return True
