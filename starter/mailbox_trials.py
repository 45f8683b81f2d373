"""Wires what tries a mailbox, for the command line, HTTP and the console."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from services.mailboxes.log_in import MailboxLogins
from services.mailboxes.try_mailbox import TryMailbox
from starter.composition import organisation_of
from starter.mail_wiring import signer_of
from starter.transports import email_transport, own_transports

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Database
    from adapters.settings import Settings
    from services.access.audit import Doer
    from services.mailboxes.try_mailbox import MailboxTrial


class MailboxTrials:
    """Tries mailboxes, each with connections of its own: that is rare."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database

    async def try_it(self, doer: Doer, key: str, to: str | None, now: datetime) -> MailboxTrial:
        """As ``TryMailbox`` says."""
        settings = self._settings
        async with AsyncExitStack() as stack:
            email, own = email_transport(settings), own_transports(settings, self._database)
            stack.push_async_callback(email.aclose)
            stack.push_async_callback(own.aclose)
            trying = TryMailbox(
                database=self._database,
                organisation=organisation_of(settings),
                email=email,
                own=own,
                keys=settings.keys(),
                logins=MailboxLogins(
                    own=own, keys=settings.keys(), ca_file=settings.imap_ca_file or None, tokens=own.tokens
                ),
                seal=signer_of(settings),
            )
            return await trying.try_it(doer, key, to, now)
