"""An identity provider by OpenID Connect: code flow with PKCE, state and nonce; the ID token is checked in full."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import httpx

from adapters.sign_in_settings import is_safe_address
from sequences.access.identity import Identity
from sequences.errors import PermanentError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.sign_in_settings import SignInSettings

# Authlib takes half a second to import: only who has an identity provider pays for it.
# ruff: noqa: PLC0415

_WELL_KNOWN: Final = "/.well-known/openid-configuration"
_NEEDED: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Those with a key that only the provider has."""
_SECONDS: Final = 10.0
_LARGEST: Final = 512 * 1024
_KNOWN_FOR: Final = 3600.0
_LEEWAY: Final = 60


class IdentityProviderError(PermanentError):
    """The provider answered something that must not be trusted; the message says what, without values."""


@dataclass(frozen=True)
class OidcAttempt:
    """One sign-in that begins here and comes back from the provider.

    Attributes:
        state: comes back in the address.
        nonce: comes back in the ID token.
        verifier: proves that who exchanges the code is who asked for it.
    """

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)

    @classmethod
    def new(cls) -> OidcAttempt:
        """With secrets of its own."""
        return cls(*(secrets.token_urlsafe(32) for _ in range(3)))


@dataclass
class _Known:
    document: dict[str, Any]
    keys: dict[str, Any]
    until: float


class IdentityProvider:
    """The provider that the settings name.

    Args:
        settings: with an issuer.
        redirect_uri: where it sends browsers back to, exactly.
    """

    def __init__(self, settings: SignInSettings, redirect_uri: str) -> None:
        self._settings = settings
        self._issuer = settings.oidc_issuer
        self._redirect_uri = redirect_uri
        self._known: _Known | None = None

    async def address(self, attempt: OidcAttempt, *, again: bool = False) -> str:
        """Where a browser goes to sign in.

        Args:
            attempt: a new one.
            again: the account has to prove itself, however lately it did.

        Raises:
            UnavailableError: the provider does not answer.
            IdentityProviderError: its description cannot be used.
        """
        from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
        from authlib.oauth2.rfc7636 import create_s256_code_challenge

        document = (await self._description()).document
        more = {"prompt": "login", "max_age": "0"} if again else {}
        return str(
            prepare_grant_uri(
                document["authorization_endpoint"],
                client_id=self._settings.oidc_client_id,
                response_type="code",
                redirect_uri=self._redirect_uri,
                scope="openid email profile",
                state=attempt.state,
                nonce=attempt.nonce,
                code_challenge=create_s256_code_challenge(attempt.verifier),
                code_challenge_method="S256",
                **more,
            )
        )

    async def identity(self, code: str, attempt: OidcAttempt, now: datetime) -> Identity:
        """Exchanges a code, and checks who it is.

        Raises:
            UnavailableError: the provider does not answer.
            IdentityProviderError: it refuses the code, or its token is not good.
        """
        document = (await self._description()).document
        answer = await self._exchange(document, code, attempt)
        claims = await self._checked(answer, attempt, now)
        if "email" not in claims and document.get("userinfo_endpoint") and answer.get("access_token"):
            more = await self._get(document["userinfo_endpoint"], {"Authorization": f"Bearer {answer['access_token']}"})
            if more.get("sub") != claims["sub"]:
                raise IdentityProviderError("the user info is about another account")
            claims = more | claims
        groups = claims.get(self._settings.oidc_groups_claim)
        at = claims.get("auth_time")
        return Identity(
            issuer=self._issuer,
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
        self._known = None
        await self._description()

    async def _exchange(self, document: Mapping[str, Any], code: str, attempt: OidcAttempt) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri,
            "code_verifier": attempt.verifier,
        }
        client, secret = self._settings.oidc_client_id, self._settings.oidc_client_secret.get_secret_value()
        auth = httpx.BasicAuth(quote(client, safe=""), quote(secret, safe=""))
        if "client_secret_basic" not in document.get("token_endpoint_auth_methods_supported", ["client_secret_basic"]):
            form |= {"client_id": client, "client_secret": secret}
            return await self._ask("POST", document["token_endpoint"], data=form)
        return await self._ask("POST", document["token_endpoint"], data=form, auth=auth)

    async def _checked(self, answer: Mapping[str, Any], attempt: OidcAttempt, now: datetime) -> dict[str, Any]:
        from authlib.oidc.core import CodeIDToken
        from joserfc import jwt
        from joserfc.errors import BadSignatureError, JoseError

        token = answer.get("id_token")
        if not isinstance(token, str):
            raise IdentityProviderError("there is no ID token in its answer")
        try:
            try:
                found = jwt.decode(token, self._keys(), algorithms=self._algorithms())
            except (BadSignatureError, ValueError, JoseError):
                # The provider may have new keys.
                await self.check()
                found = jwt.decode(token, self._keys(), algorithms=self._algorithms())
            claims = CodeIDToken(
                found.claims,
                found.header,
                {
                    "iss": {"essential": True, "value": self._issuer},
                    "aud": {"essential": True, "value": self._settings.oidc_client_id},
                },
                {
                    "client_id": self._settings.oidc_client_id,
                    "nonce": attempt.nonce,
                    "access_token": answer.get("access_token"),
                },
            )
            claims.validate(int(now.timestamp()), _LEEWAY)
        except (JoseError, ValueError) as error:
            raise IdentityProviderError(f"its ID token is not good ({_words(error)})") from None
        return dict(claims)

    def _keys(self) -> Any:
        from joserfc.jwk import KeySet

        assert self._known is not None
        return KeySet.import_key_set(self._known.keys)  # type: ignore[arg-type]

    def _algorithms(self) -> list[str]:
        assert self._known is not None
        theirs = self._known.document.get("id_token_signing_alg_values_supported", ["RS256"])
        return [each for each in _ALGORITHMS if each in theirs]

    async def _description(self) -> _Known:
        if self._known is None or self._known.until < time.monotonic():
            document = await self._get(self._issuer.rstrip("/") + _WELL_KNOWN)
            if document.get("issuer") != self._issuer:
                raise IdentityProviderError("its description is of another issuer than RELANCE_OIDC_ISSUER")
            if not all(is_safe_address(str(document.get(name, ""))) for name in _NEEDED):
                raise IdentityProviderError(f"its description lacks an https address for {', '.join(_NEEDED)}")
            keys = await self._get(document["jwks_uri"])
            self._known = _Known(document, keys, time.monotonic() + _KNOWN_FOR)
        return self._known

    async def _get(self, address: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        return await self._ask("GET", address, headers=headers)

    async def _ask(self, method: str, address: str, **more: Any) -> dict[str, Any]:
        try:
            async with (
                httpx.AsyncClient(timeout=_SECONDS, follow_redirects=False) as client,
                client.stream(method, address, **more) as answer,
            ):
                body = bytearray()
                async for chunk in answer.aiter_bytes():
                    body += chunk
                    if len(body) > _LARGEST:
                        raise IdentityProviderError("it sends too much")
        except httpx.HTTPError as error:
            raise UnavailableError(f"the identity provider does not answer ({type(error).__name__})") from None
        if answer.status_code >= 500 or answer.status_code == 429:
            raise UnavailableError(f"the identity provider answers {answer.status_code}")
        found = _json(bytes(body))
        if answer.status_code != 200 or found is None:
            raise IdentityProviderError(f"it answers {answer.status_code} ({_error_of(found)})")
        return found


def provider_of(settings: SignInSettings, redirect_uri: str) -> IdentityProvider | None:
    """The provider that the settings name; None: they name none."""
    return IdentityProvider(settings, redirect_uri) if settings.oidc_issuer else None


def _json(body: bytes) -> dict[str, Any] | None:
    try:
        found = httpx.Response(200, content=body).json()
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _error_of(found: Mapping[str, Any] | None) -> str:
    """A word of the protocol; anything else is not repeated."""
    word = str((found or {}).get("error", "no error code"))
    return word if word.replace("_", "").isalnum() and len(word) < 60 else "no error code"


def _words(error: Exception) -> str:
    """Which check failed, without the token's values."""
    claim = getattr(error, "claim", "")
    return f"{type(error).__name__.removesuffix('Error')} {claim}".strip()
