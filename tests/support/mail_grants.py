"""Connected mailboxes for tests: a provider that stands in for Google, and grants as the console stores them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from adapters.mail.oauth import MailProvider, mail_providers
from adapters.oidc_client import OidcAttempt
from adapters.postgres.database import Database
from sequences.mail_grant import MailAccess, MailProviderName
from services.access.audit import CLI
from services.mail_access.grants import Ending, NewGrant, connect_mailbox
from services.mail_access.tokens import MailTokens
from tests.support.oidc import Provider
from tests.support.rigs.api import settings_for

USER = "dana@agency.example"
KEYS = (b"the-newest-key-of-tests", b"an-older-key-of-tests")
TOLD = Ending("ops")
CALLBACK = "http://localhost:8080/callback"


class Clock:
    """The wall clock, which a test may set forward."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


def oauth_settings(issuer: str, provider: str = "google") -> dict[str, Any]:
    """Settings with one registration, at a provider that stands in."""
    values = {f"{provider}_client_id": "relance", f"{provider}_client_secret": "s3cret", f"{provider}_issuer": issuer}
    if provider == "microsoft":
        values["microsoft_tenant"] = "00000000-0000-0000-0000-000000000001"
    return values


def provider_for(running: Provider, name: str = "google") -> MailProvider:
    """Our side of it."""
    settings = settings_for("postgresql://db").model_copy(update=_secret(oauth_settings(running.issuer, name)))
    return mail_providers(settings, CALLBACK)[MailProviderName(name)]


def _secret(values: dict[str, Any]) -> dict[str, Any]:
    from pydantic import SecretStr

    return {name: SecretStr(value) if name.endswith("_secret") else value for name, value in values.items()}


async def grant(
    running: Provider,
    database: Database,
    clock: Callable[[], datetime],
    *,
    subject: str = "s-dana",
    mailbox: str = USER,
    access: MailAccess = MailAccess.SERVERS,
    keys: tuple[bytes, ...] = KEYS,
) -> None:
    """Connects a mailbox, as its owner does."""
    provider, attempt = provider_for(running), OidcAttempt.new()
    back = await running.log_in(await provider.address(attempt, access, mailbox), subject)
    granted = await provider.granted(httpx.URL(back).params["code"], attempt, access, mailbox, clock())
    async with database.transaction() as connection:
        new = NewGrant(mailbox, MailProviderName.GOOGLE, access, granted)
        await connect_mailbox(connection, CLI, new, keys, clock())


def tokens_for(
    running: Provider,
    database: Database,
    clock: Callable[[], datetime],
    *,
    keys: tuple[bytes, ...] = KEYS,
    ending: Ending = TOLD,
) -> MailTokens:
    """What one process has."""
    return MailTokens(database, keys, {MailProviderName.GOOGLE: provider_for(running)}, clock, ending)
