"""Google and Microsoft as keepers of mailboxes: what is asked of them, and the tokens that they give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from adapters.oidc_client import IdentityProviderError, OidcClient, OidcRegistration
from sequences.errors import UnavailableError
from sequences.mail_grant import (
    GrantEnd,
    GrantRefused,
    MailAccess,
    MailAccount,
    MailProviderName,
    grant_end,
    refuse_grant,
    rights_missing,
)

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.mail_oauth_settings import MailOAuthSettings
    from adapters.oidc_client import OidcAttempt

_WHO: Final = ("openid", "email", "profile")
_DEFAULT_LIFE: Final = timedelta(minutes=5)
"""Of an access token whose answer names none (RFC 6749 section 5.1 only recommends it)."""


@dataclass(frozen=True)
class _Kind:
    """What one provider wants.

    Attributes:
        label: for people.
        scopes: by way.
        more: parameters of the authorization address, so that there is a refresh token each time.
        claims: of the ID token that may hold the mailbox's address.
        trusts_all: see ``MailAccount.of``.
    """

    label: str
    scopes: Mapping[MailAccess, tuple[str, ...]]
    more: Mapping[str, str]
    claims: tuple[str, ...]
    trusts_all: bool


_KINDS: Final[Mapping[MailProviderName, _Kind]] = {
    MailProviderName.GOOGLE: _Kind(
        label="Google",
        scopes={
            MailAccess.SERVERS: ("https://mail.google.com/",),
            MailAccess.API: (
                "https://www.googleapis.com/auth/gmail.send",
                "https://www.googleapis.com/auth/gmail.readonly",
            ),
        },
        # Google gives a refresh token only with both.
        more={"access_type": "offline", "prompt": "consent"},
        claims=("email",),
        trusts_all=False,
    ),
    MailProviderName.MICROSOFT: _Kind(
        label="Microsoft 365",
        # One token is good for one resource: the servers are of outlook.office.com, the interface of graph.
        scopes={
            MailAccess.SERVERS: (
                "https://outlook.office.com/SMTP.Send",
                "https://outlook.office.com/IMAP.AccessAsUser.All",
                "offline_access",
            ),
            MailAccess.API: (
                "https://graph.microsoft.com/Mail.Send",
                "https://graph.microsoft.com/Mail.ReadWrite",
                "offline_access",
            ),
        },
        more={"prompt": "select_account"},
        # Entra has no email_verified. The tenant is our own: its administrators give out the addresses.
        claims=("email", "preferred_username"),
        trusts_all=True,
    ),
}


@dataclass(frozen=True)
class AccessToken:
    """What a login says, and until when it is good (UTC)."""

    token: str = field(repr=False)
    until: datetime


@dataclass(frozen=True)
class Granted:
    """What a provider gave.

    Attributes:
        access: for now.
        refresh_token: for later; None: the one that was used stays good.
        subject: the provider's id of the account; empty after a refresh.
    """

    access: AccessToken
    refresh_token: str | None = field(repr=False)
    subject: str = ""


class GrantRefusedError(Exception):
    """The account that came back is not connected.

    Attributes:
        why: the reason.
    """

    def __init__(self, why: GrantRefused) -> None:
        super().__init__(why)
        self.why = why


class GrantEndedError(Exception):
    """The refresh token is good no longer.

    Attributes:
        why: the reason.
    """

    def __init__(self, why: GrantEnd) -> None:
        super().__init__(why)
        self.why = why


class MailProvider:
    """One provider with our registration there.

    Args:
        name: which.
        registration: what it knows us as.
        redirect_uri: where it sends browsers back to.
    """

    def __init__(self, name: MailProviderName, registration: OidcRegistration, redirect_uri: str) -> None:
        self.name = name
        self._kind = _KINDS[name]
        self._client = OidcClient(registration, redirect_uri)

    @property
    def label(self) -> str:
        """For people."""
        return self._kind.label

    async def address(self, attempt: OidcAttempt, access: MailAccess, mailbox: str) -> str:
        """Where the browser of the mailbox's owner goes.

        Raises:
            UnavailableError: the provider does not answer.
            IdentityProviderError: its description cannot be used.
        """
        scope = " ".join((*_WHO, *self._kind.scopes[access]))
        return await self._client.address(attempt, scope, login_hint=mailbox, **self._kind.more)

    async def granted(
        self, code: str, attempt: OidcAttempt, access: MailAccess, mailbox: str, now: datetime
    ) -> Granted:
        """Exchanges the code that came back, and checks that it is of the mailbox's own account.

        Raises:
            GrantRefusedError: it is another account's, or does not allow enough.
            UnavailableError: the provider does not answer.
            IdentityProviderError: it refuses the code, or what it says is not good.
        """
        answer = await self._client.exchange(code, attempt)
        claims = await self._client.claims(answer, attempt, now)
        account = MailAccount.of(claims, self._kind.claims, trusts_all=self._kind.trusts_all)
        refused = refuse_grant(mailbox, account)
        scope = answer.get("scope")
        if refused is None and rights_missing(self._kind.scopes[access], scope if isinstance(scope, str) else None):
            refused = GrantRefused.RIGHTS_MISSING
        found = _granted(answer, now, str(claims["sub"]))
        if refused is None and found.refresh_token is None:
            refused = GrantRefused.NO_REFRESH
        if refused is not None:
            raise GrantRefusedError(refused)
        return found

    async def refresh(self, refresh_token: str, now: datetime) -> Granted:
        """A new access token.

        Raises:
            GrantEndedError: the refresh token is good no longer.
            UnavailableError: the provider does not answer, or refuses our registration: it may be mended there.
        """
        try:
            return _granted(await self._client.refresh(refresh_token), now)
        except IdentityProviderError as error:
            end = grant_end(error.error)
            if end is not None:
                raise GrantEndedError(end) from None
            raise UnavailableError(
                f"{self.label} gives no token: {error}; look at RELANCE_{self.name.upper()}_CLIENT_ID and its secret"
            ) from None


def mail_providers(settings: MailOAuthSettings, redirect_uri: str) -> dict[MailProviderName, MailProvider]:
    """The providers at which the settings have a registration."""
    registered = {
        MailProviderName.GOOGLE: settings.google_registration(),
        MailProviderName.MICROSOFT: settings.microsoft_registration(),
    }
    return {name: MailProvider(name, one, redirect_uri) for name, one in registered.items() if one is not None}


def _granted(answer: Mapping[str, Any], now: datetime, subject: str = "") -> Granted:
    token, refresh, life = answer.get("access_token"), answer.get("refresh_token"), answer.get("expires_in")
    if not isinstance(token, str) or not token:
        raise IdentityProviderError("there is no access token in its answer")
    try:
        lasts = timedelta(seconds=int(life)) if life is not None else _DEFAULT_LIFE
    except (TypeError, ValueError, OverflowError):
        lasts = _DEFAULT_LIFE
    return Granted(AccessToken(token, now + lasts), refresh if isinstance(refresh, str) and refresh else None, subject)
