"""The servers of mailboxes of their own: one transport for each mailbox that sends, built anew when it changes."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from adapters.mail.outgoing.kinds import KINDS
from adapters.postgres import queries
from sequences.errors import NotReadyError, RelanceError
from sequences.mailboxes.own_mailbox import InboundWay
from sequences.sending.outcome import TransportOutcome, TransportVerdict
from services.mailboxes.disconnect import disconnect
from services.mailboxes.inbox import append_sent, inbox_of
from services.webhooks.sealed import SealedFor, unseal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from datetime import datetime

    from adapters.mail.outgoing.kinds import OwnTransport, TransportAround
    from adapters.mail.xoauth2 import TokenSource
    from adapters.postgres.database import Connection, Database
    from sequences.mailboxes.own_mailbox import OwnMailbox

_log = logging.getLogger("relance.mailboxes")
_FILING: Final = 30.0
"""Seconds for filing a mail that went out."""
_MOST: Final = 64
"""Transports that are kept. Each has few connections, and closes those that lie idle."""


@dataclass
class _Kept:
    transport: OwnTransport
    mailbox: OwnMailbox
    users: int = 0
    is_over: bool = False


class MailboxTransports:
    """Transports of one process. Safe to use from many tasks of one event loop.

    Args:
        database: where the settings and the sealed secrets are.
        keys: of the settings, the newest first; they open the secrets.
        around: what all of them share; the address is each one's own.
        operator: id of the owner who is told beside the mailbox's own.
        imap_ca_file: certificates that IMAP servers are trusted by instead of the system's.
    """

    def __init__(
        self,
        database: Database,
        keys: Sequence[bytes],
        around: TransportAround,
        operator: str = "",
        imap_ca_file: str | None = None,
    ) -> None:
        self._database = database
        self._keys = keys
        self._around = around
        self._operator = operator
        self._imap_ca_file = imap_ca_file
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._turn = asyncio.Lock()

    @property
    def tokens(self) -> TokenSource | None:
        """Where the tokens of connected mailboxes come from."""
        return self._around.tokens

    @asynccontextmanager
    async def lent(self, mailbox: OwnMailbox) -> AsyncIterator[OwnTransport]:
        """As ``OwnTransports`` says."""
        async with self._turn:
            kept = await self._found(mailbox)
            kept.users += 1
        try:
            yield kept.transport
        finally:
            kept.users -= 1
            if kept.is_over and not kept.users:
                await kept.transport.aclose()

    async def not_ready(self, mailbox: OwnMailbox, outcome: TransportOutcome, now: datetime) -> None:
        """As ``OwnTransports`` says."""
        if not login_is_refused(outcome):
            return
        try:
            async with self._database.transaction() as connection:
                await disconnect(connection, mailbox.id, outcome.reason, now, operator=self._operator, retried=True)
        except Exception as error:  # noqa: BLE001 - who reports it must not suffer from another outage
            _log.warning("that mailbox %s is disconnected cannot be stored now (%s)", mailbox.id, type(error).__name__)

    async def file_sent(self, mailbox: OwnMailbox, content: bytes) -> None:
        """As ``OwnTransports`` says."""
        kind = KINDS.get(mailbox.transport)
        if mailbox.inbound is not InboundWay.IMAP or (kind is not None and kind.files_sent):
            return
        try:
            async with asyncio.timeout(_FILING):
                async with self._database.statement() as connection:
                    row = await queries.own_mailbox(connection, id=mailbox.id)
                inbox = inbox_of(row, self._keys, self.tokens) if row is not None else None
                if inbox is not None and inbox.sent is not None:
                    await append_sent(inbox, content, self._imap_ca_file)
        except TimeoutError:
            _log.warning("a sent mail of mailbox %s was not filed: the server did not answer", mailbox.id)
        except RelanceError as error:
            _log.warning("a sent mail of mailbox %s was not filed: %s", mailbox.id, error)
        except Exception as error:  # noqa: BLE001 - the mail is out, whatever becomes of its copy
            _log.warning("a sent mail of mailbox %s was not filed (%s)", mailbox.id, type(error).__name__)

    async def aclose(self) -> None:
        """Closes all of them."""
        kept, self._kept = self._kept, OrderedDict()
        await asyncio.gather(*(each.transport.aclose() for each in kept.values()))

    async def _found(self, mailbox: OwnMailbox) -> _Kept:
        kept = self._kept.get(mailbox.id)
        if kept is not None and kept.mailbox.changed_at == mailbox.changed_at:
            self._kept.move_to_end(mailbox.id)
            return kept
        if kept is not None:
            await self._leave(mailbox.id)
        async with self._database.statement() as connection:
            transport = await self._built(connection, mailbox)
        self._kept[mailbox.id] = found = _Kept(transport, mailbox)
        while len(self._kept) > _MOST:
            await self._leave(next(iter(self._kept)))
        return found

    async def _leave(self, mailbox: str) -> None:
        kept = self._kept.pop(mailbox)
        kept.is_over = True
        if not kept.users:
            await kept.transport.aclose()

    async def _built(self, connection: Connection, mailbox: OwnMailbox) -> OwnTransport:
        row = await queries.own_mailbox(connection, id=mailbox.id)
        kind = KINDS.get(mailbox.transport)
        if row is None or kind is None:
            raise _cannot(f"this version of Relance has no transport {mailbox.transport}")
        try:
            return transport_of(row, self._keys, self._around)
        except RelanceError as error:
            raise _cannot(str(error)) from error


def transport_of(row: queries.OwnMailboxRow, keys: Sequence[bytes], around: TransportAround) -> OwnTransport:
    """Builds the transport of a mailbox that has one of its own.

    Raises:
        SettingsError: its secret was sealed with a key that is gone.
        RefusedError: its settings are not those of its kind.
    """
    kind = KINDS[row.transport]
    sealed = row.transport_secret
    secret = unseal(sealed, keys, SealedFor.MAILBOX).decode() if sealed is not None else ""
    settings = kind.settings.model_validate(kind.checked(row.transport_settings))
    return kind.build(settings, secret, replace(around, address=row.address))


def login_is_refused(outcome: TransportOutcome) -> bool:
    """The server does not take the login: no time heals that. A 4xx, or a server that is away, is waited for."""
    return outcome.stage == "auth" and (outcome.code or "").startswith("5")


def _cannot(words: str) -> NotReadyError:
    return NotReadyError(TransportOutcome(TransportVerdict.RETRY, "connect", None, words, away=True))
