"""The inbox of a mailbox of its own: its folders, the login to them, and what is filed and found in them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from adapters.mail.incoming.imap_account import ImapFolder
from adapters.mail.incoming.imap_login import Credentials, ImapLogin
from adapters.mail.incoming.imap_session import ImapSession
from adapters.mail.incoming.sent_folder import SentFolders
from adapters.mail.outgoing.kinds import ImapInbox
from adapters.postgres import queries
from sequences.errors import SettingsError
from sequences.mailboxes.own_mailbox import InboundWay
from services.webhooks.sealed import SealedFor, unseal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.mail.xoauth2 import TokenSource
    from adapters.postgres.database import Database
    from services.ports import SentFolder

_SECONDS: Final = 20.0


@dataclass(frozen=True)
class OwnInbox:
    """What is read of one mailbox.

    Attributes:
        mailbox: its id.
        address: its address, lower case.
        folder: that answers come to.
        sent: that sent mails are filed in; None: none is.
        login: yields the credentials.
    """

    mailbox: str
    address: str
    folder: ImapFolder
    sent: ImapFolder | None
    login: ImapLogin


class _OneSecret(ImapLogin):
    """The password of one mailbox."""

    def __init__(self, secret: str) -> None:
        super().__init__("password", secret)
        self._secret = secret

    async def credentials(self, user: str) -> Credentials:
        """What the mailbox logs in with.

        Raises:
            SettingsError: no password is stored.
        """
        if not self._secret:
            raise SettingsError("the mailbox has no password; `relance mailbox set` gives it one")
        return Credentials("password", self._secret)


def inbox_of(row: queries.OwnMailboxRow, keys: Sequence[bytes], tokens: TokenSource | None = None) -> OwnInbox:
    """The inbox of a mailbox that has one of its own.

    Args:
        row: of the mailbox.
        keys: of the settings, the newest first; they open its secret.
        tokens: where the tokens of connected mailboxes come from; None: nowhere.

    Raises:
        SettingsError: its secret was sealed with a key that is gone, or it logs in by OAuth and nothing yields tokens.
    """
    asked = ImapInbox.model_validate(row.inbound_settings)
    sealed = row.inbound_secret or row.transport_secret
    secret = unseal(sealed, keys, SealedFor.MAILBOX).decode() if sealed is not None else ""
    user = asked.username or row.address
    folder = ImapFolder(asked.host, asked.port, asked.security, user, asked.folder, name=row.id)
    sent = replace(folder, folder=asked.sent_folder) if asked.sent_folder else None
    return OwnInbox(row.id, row.address, folder, sent, _login(asked, secret, tokens))


def _login(asked: ImapInbox, secret: str, tokens: TokenSource | None) -> ImapLogin:
    if asked.login == "password":
        return _OneSecret(secret)
    if tokens is None:
        raise SettingsError("the inbox logs in by OAuth, and nothing here yields tokens")
    return ImapLogin("xoauth2", "", tokens=tokens)


async def append_sent(inbox: OwnInbox, content: bytes, ca_file: str | None) -> None:
    """Files a mail in the Sent folder of a mailbox.

    Raises:
        RelanceError: the server does not take it.
    """
    folder = inbox.sent
    assert folder is not None, "only a mailbox with such a folder has its mails filed"
    credentials = await inbox.login.credentials(folder.user)

    def append() -> None:
        session = ImapSession(folder, credentials, timeout=_SECONDS, max_bytes=0, ca_file=ca_file)
        try:
            session.append(content)
        finally:
            session.close()

    await asyncio.to_thread(append)


@dataclass(frozen=True)
class SentFoldersOfAll:
    """A ``SentFolder`` that looks into the folder of the sender's own mailbox, else into those of the settings.

    Attributes:
        keys: of the settings, the newest first; they open the secrets.
        otherwise: folders of the settings; None: there are none.
        ca_file: certificates that IMAP servers are trusted by instead of the system's.
        tokens: where the tokens of connected mailboxes come from; None: nowhere.
    """

    database: Database
    keys: Sequence[bytes] = field(repr=False)
    otherwise: SentFolder | None = None
    ca_file: str | None = None
    tokens: TokenSource | None = None

    async def filed(self, sender: str, message_ids: Sequence[str]) -> frozenset[str]:
        """As ``SentFolder`` says."""
        async with self.database.statement() as connection:
            found = await queries.find_own_mailbox(connection, key=sender)
            row = await queries.own_mailbox(connection, id=found) if found is not None else None
        inbox = inbox_of(row, self.keys, self.tokens) if row is not None and row.inbound == InboundWay.IMAP else None
        if inbox is None or inbox.sent is None:
            return await self.otherwise.filed(sender, message_ids) if self.otherwise is not None else frozenset()
        folders = SentFolders((inbox.sent,), inbox.login, ca_file=self.ca_file)
        try:
            return await folders.filed(sender, message_ids)
        finally:
            await folders.aclose()
