"""Logs in to the servers of a mailbox, and sends and reads nothing: whether they let us in."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from adapters.clock import utc_now
from adapters.mail.incoming.api.kinds import source_of
from adapters.mail.incoming.imap_look import look_into
from sequences.errors import NotReadyError, RelanceError
from sequences.mailboxes.own_mailbox import ORGANISATION, InboundWay
from services.mailboxes.directory import own_mailbox
from services.mailboxes.inbox import inbox_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.mail.xoauth2 import TokenSource
    from adapters.postgres import queries
    from services.ports import OwnTransports

_SECONDS: Final = 30.0


@dataclass(frozen=True, kw_only=True)
class MailboxLogins:
    """Logs in.

    Attributes:
        own: servers of mailboxes of their own.
        keys: of the settings, the newest first; they open the secrets.
        ca_file: certificates that IMAP servers are trusted by instead of the system's.
        tokens: where the tokens of connected mailboxes come from; None: nowhere.
    """

    own: OwnTransports
    keys: Sequence[bytes] = field(repr=False)
    ca_file: str | None = None
    tokens: TokenSource | None = None

    async def sends(self, row: queries.OwnMailboxRow) -> str:
        """Why the server that it sends by cannot be used; empty: it can. That of the settings is none of its own."""
        mailbox = own_mailbox(row)
        if mailbox.transport == ORGANISATION:
            return ""
        try:
            async with (
                asyncio.timeout(_SECONDS),
                self.own.lent(mailbox) as transport,
                transport.connection(),
            ):
                return ""
        except NotReadyError as error:
            return error.outcome.reason or "the server cannot be used"
        except TimeoutError:
            return f"the server did not answer within {_SECONDS:.0f} s"

    async def reads(self, row: queries.OwnMailboxRow) -> str:
        """Why its inbox cannot be read; empty: it can, or is not read."""
        if row.inbound == InboundWay.API:
            return await self._reads_by_api(row)
        if row.inbound != InboundWay.IMAP:
            return ""
        try:
            inbox = inbox_of(row, self.keys, self.tokens)
            for folder in (inbox.folder, *((inbox.sent,) if inbox.sent is not None else ())):
                await look_into(folder, inbox.login, self.ca_file)
        except RelanceError as error:
            return str(error)
        return ""

    async def _reads_by_api(self, row: queries.OwnMailboxRow) -> str:
        try:
            source = source_of(row.transport, row.transport_settings, row.address, self.tokens, utc_now)
            try:
                await source.check()
            finally:
                await source.aclose()
        except RelanceError as error:
            return str(error)
        return ""
