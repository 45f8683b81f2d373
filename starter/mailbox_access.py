"""Mailboxes that their owners connect: the tokens that logins use, as the settings make them."""

from __future__ import annotations

from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from adapters.mail.incoming.api.kinds import PushAddresses
from adapters.mail.oauth import mail_providers
from adapters.mail.xoauth2 import Tokens
from adapters.postgres import queries
from sequences.errors import RelanceError
from sequences.mailboxes.own_mailbox import InboundWay
from services.access.addresses import mailbox_callback, microsoft_push
from services.mail_access.grants import Ending, grant_key
from services.mail_access.tokens import MailTokens
from services.mailboxes.end_push import end_push

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
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


def push_addresses(settings: Settings) -> PushAddresses:
    """Where providers tell of new mail."""
    microsoft = (lambda mailbox: microsoft_push(settings.public_url, mailbox)) if hears_microsoft(settings) else None
    return PushAddresses(microsoft, settings.gmail_push_topic)


@asynccontextmanager
async def ending_push(
    settings: Settings, database: Database, address: str, clock: Callable[[], datetime]
) -> AsyncIterator[None]:
    """Around the end of the access to a mailbox: its provider is asked to tell no more of new mail in it.

    Asked afterwards, when no process asks anew, with the token that was good before.
    """
    async with database.statement() as connection:
        found = await queries.find_own_mailbox(connection, key=grant_key(address))
        row = await queries.own_mailbox(connection, id=found) if found is not None else None
    token = ""
    if row is not None and row.inbound == InboundWay.API:
        with suppress(RelanceError):
            token = await mail_tokens(settings, database, clock).token(row.address)
    yield
    if row is not None and token:
        await end_push(database, row, Tokens(token), push_addresses(settings), clock)


def mail_tokens(settings: Settings, database: Database, clock: Callable[[], datetime]) -> MailTokens:
    """Where logins of connected mailboxes get their tokens.

    Args:
        settings: ours.
        database: where grants are.
        clock: the wall clock, UTC.
    """
    return MailTokens(database, settings.keys(), providers_of(settings), clock, Ending(settings.operator))
