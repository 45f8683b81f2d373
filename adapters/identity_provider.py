"""The identity provider of the console, by OpenID Connect."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from adapters.oidc_client import OidcClient, OidcRegistration
from sequences.access.identity import Identity

if TYPE_CHECKING:
    from adapters.oidc_client import OidcAttempt
    from adapters.sign_in_settings import SignInSettings


class IdentityProvider:
    """The provider that the settings name.

    Args:
        settings: with an issuer.
        redirect_uri: where it sends browsers back to, exactly.
    """

    def __init__(self, settings: SignInSettings, redirect_uri: str) -> None:
        self._settings = settings
        secret = settings.oidc_client_secret.get_secret_value()
        self._client = OidcClient(OidcRegistration(settings.oidc_issuer, settings.oidc_client_id, secret), redirect_uri)

    async def address(self, attempt: OidcAttempt, *, again: bool = False) -> str:
        """Where a browser goes to sign in.

        Args:
            attempt: a new one.
            again: the account has to prove itself, however lately it did.

        Raises:
            UnavailableError: the provider does not answer.
            IdentityProviderError: its description cannot be used.
        """
        more = {"prompt": "login", "max_age": "0"} if again else {}
        return await self._client.address(attempt, "openid email profile", **more)

    async def identity(self, code: str, attempt: OidcAttempt, now: datetime) -> Identity:
        """Exchanges a code, and checks who it is.

        Raises:
            UnavailableError: the provider does not answer.
            IdentityProviderError: it refuses the code, or its token is not good.
        """
        answer = await self._client.exchange(code, attempt)
        claims = await self._client.claims(answer, attempt, now)
        if "email" not in claims:
            claims = await self._client.user_info(answer.get("access_token"), claims["sub"]) | claims
        groups = claims.get(self._settings.oidc_groups_claim)
        at = claims.get("auth_time")
        return Identity(
            issuer=self._settings.oidc_issuer,
            subject=claims["sub"],
            email=claims["email"] if isinstance(claims.get("email"), str) else "",
            # Some providers send it as text.
            email_verified=claims.get("email_verified") in (True, "true"),
            groups=tuple(map(str, groups)) if isinstance(groups, list) else None,
            authenticated_at=datetime.fromtimestamp(at, UTC) if at else None,
        )

    async def check(self) -> None:
        """Asks for its description anew.

        Raises:
            UnavailableError: it does not answer.
            IdentityProviderError: its description cannot be used.
        """
        await self._client.check()


def provider_of(settings: SignInSettings, redirect_uri: str) -> IdentityProvider | None:
    """The provider that the settings name; None: they name none."""
    return IdentityProvider(settings, redirect_uri) if settings.oidc_issuer else None
