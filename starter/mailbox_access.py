"""Mailboxes that their owners connect: the tokens that logins use, as the settings make them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.mail.oauth import mail_providers
from services.access.addresses import mailbox_callback
from services.mail_access.grants import Ending
from services.mail_access.tokens import MailTokens

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from adapters.mail.oauth import MailProvider
    from adapters.postgres.database import Database
    from adapters.settings import Settings
    from sequences.mail_grant import MailProviderName


def providers_of(settings: Settings) -> dict[MailProviderName, MailProvider]:
    """Those at which we are registered."""
    return mail_providers(settings, mailbox_callback(settings.public_url))


def hears_microsoft(settings: Settings) -> bool:
    """Whether Microsoft can tell us of new mail: we are registered there, and it posts to no address without TLS."""
    return bool(settings.microsoft_client_id) and settings.public_url.startswith("https://")


def mail_tokens(settings: Settings, database: Database, clock: Callable[[], datetime]) -> MailTokens:
    """Where logins of connected mailboxes get their tokens.

    Args:
        settings: ours.
        database: where grants are.
        clock: the wall clock, UTC.
    """
    return MailTokens(database, settings.keys(), providers_of(settings), clock, Ending(settings.operator))
