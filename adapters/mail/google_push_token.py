"""The token that Google's Pub/Sub sends with each post: whether it is Google's, for us, and of our service account.

Contract: https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions. It is signed by the keys of Google's
OpenID provider.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

from adapters.oidc_client import IdentityProviderError, OidcClient, OidcRegistration
from sequences.errors import TokenError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

_BETWEEN: Final = 60.0
"""Seconds between two looks at Google's keys: strangers post what they like."""
_LONGEST: Final = 4096


class GooglePushTokens:
    """Checks tokens.

    Args:
        issuer: Google's.
        audience: what the tokens are for: the address that is posted to.
        account: e-mail address of the service account.
        clock: UTC.
        seconds: a clock that never goes back.
    """

    def __init__(
        self,
        issuer: str,
        audience: str,
        account: str,
        clock: Callable[[], datetime],
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        registration = OidcRegistration(issuer, audience, "", "RELANCE_GOOGLE_ISSUER")
        self._client = OidcClient(registration, "")
        self._wanted: Mapping[str, str | bool] = {"email": account, "email_verified": True}
        self._clock = clock
        self._seconds = seconds
        self._asked_at: float | None = None
        self._turn = asyncio.Lock()

    async def check(self, token: str) -> None:
        """Checks a token.

        Raises:
            TokenError: it is not good, or there is none.
            UnavailableError: Google's keys are not known, and cannot be had now.
        """
        if not token or len(token) > _LONGEST:
            raise TokenError("there is no token of Google")
        async with self._turn:
            try:
                await self._check(token)
            except IdentityProviderError:
                raise TokenError("the token is not one of Google for us") from None

    async def _check(self, token: str) -> None:
        if not self._client.is_known:
            if not self._may_ask():
                raise UnavailableError("the keys of Google are not known")
            await self._ask()
        try:
            self._client.signed_claims(token, self._wanted, self._clock())
        except IdentityProviderError:
            # Google may have new keys.
            if not self._may_ask():
                raise
            await self._ask()
            self._client.signed_claims(token, self._wanted, self._clock())

    async def _ask(self) -> None:
        try:
            await self._client.check()
        except IdentityProviderError as error:
            raise UnavailableError(f"the keys of Google cannot be read: {error}") from None

    def _may_ask(self) -> bool:
        now = self._seconds()
        if self._asked_at is not None and now - self._asked_at < _BETWEEN:
            return False
        self._asked_at = now
        return True
