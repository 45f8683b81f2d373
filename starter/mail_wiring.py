"""What mail that goes out needs beside a server: tokens, signatures, and where to look for it afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.mail.incoming.imap_account import parse_folders
from adapters.mail.incoming.imap_login import ImapLogin
from adapters.mail.incoming.sent_folder import SentFolders
from adapters.mail.outgoing.dkim import DkimSigner, parse_keys
from adapters.mail.xoauth2 import Tokens
from sequences.errors import SettingsError
from sequences.replies.way import OwnAddresses

if TYPE_CHECKING:
    from adapters.settings import Settings


def tokens_of(settings: Settings) -> Tokens | None:
    """How we log in at the mail server by XOAUTH2; None: not so.

    Raises:
        SettingsError: a token without a user.
    """
    token, command = settings.smtp_token.get_secret_value(), settings.smtp_token_command.get_secret_value()
    if not token and not command:
        return None
    if not settings.smtp_username:
        raise SettingsError("RELANCE_SMTP_TOKEN and RELANCE_SMTP_TOKEN_COMMAND need RELANCE_SMTP_USERNAME")
    return Tokens(token, command)


def signer_of(settings: Settings) -> DkimSigner | None:
    """Signs finished mails; None: the mail server does, or nobody.

    Raises:
        SettingsError: a key cannot be read, or does not sign.
    """
    keys = parse_keys(settings.dkim_keys.get_secret_value())
    return DkimSigner(keys) if keys else None


def own_addresses(settings: Settings) -> OwnAddresses:
    """Addresses that lead back to us: replies are not forwarded there."""
    read = [folder.user for folder in parse_folders(settings.imap_mailboxes)]
    return OwnAddresses.of(settings.reply_domain, [settings.sender_address, *read])


def sent_folders_of(settings: Settings) -> SentFolders | None:
    """Where unknown mails are looked for; None: nowhere.

    Raises:
        SettingsError: the setting cannot be read.
    """
    folders = parse_folders(settings.sent_folders)
    if not folders:
        return None
    secrets, command = settings.imap_secrets.get_secret_value(), settings.imap_token_command.get_secret_value()
    login = ImapLogin(settings.imap_login, secrets, command)
    return SentFolders(folders, login, ca_file=settings.imap_ca_file or None)
