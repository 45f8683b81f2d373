"""What mail that goes out needs beside a server: tokens, signatures, and where to look for it afterwards."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from activities.reconciling import ReconcilingActivities
from adapters.mail.dkim import DkimSigner, parse_keys
from adapters.mail.imap_account import parse_folders
from adapters.mail.imap_login import ImapLogin
from adapters.mail.sent_folder import SentFolders
from adapters.mail.xoauth2 import Tokens
from sequences.errors import SettingsError

if TYPE_CHECKING:
    from activities.follow_up_rows import FollowUps
    from activities.ports import SmsTransport
    from adapters.settings import Settings
    from starter.services import Services


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


def reconciling(
    services: Services, follow_ups: FollowUps, sms: SmsTransport, sent: SentFolders | None
) -> ReconcilingActivities:
    """The watch over sends that are in doubt."""
    after = timedelta(hours=services.settings.unknown_after)
    return ReconcilingActivities(services.database, services.planning, follow_ups, sent, sms, after)
