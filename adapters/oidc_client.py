"""A client of OpenID Connect: code flow with PKCE, state and nonce, and refresh; the ID token is checked in full."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import httpx

from adapters.sign_in_settings import is_safe_address
from sequences.errors import PermanentError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

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
    """The provider answered something that must not be trusted; the message says what, without values.

    Attributes:
        error: the protocol's word for it (RFC 6749 section 5.2), such as ``invalid_grant``; empty: none was said.
    """

    def __init__(self, words: str, error: str = "") -> None:
        super().__init__(words)
        self.error = error


@dataclass(frozen=True)
class OidcAttempt:
    """One visit to a provider that begins here and comes back.

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


@dataclass(frozen=True)
class OidcRegistration:
    """What a provider knows us as.

    Attributes:
        issuer: of its ID tokens; its description lies under it.
        client_id: ours.
        client_secret: of that client.
        setting: that names the issuer, for messages.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    setting: str = "RELANCE_OIDC_ISSUER"


@dataclass
class _Known:
    document: dict[str, Any]
    keys: dict[str, Any]
    until: float


class OidcClient:
    """One client of one provider.

    Args:
        registration: what it knows us as.
        redirect_uri: where it sends browsers back to, exactly.
    """

    def __init__(self, registration: OidcRegistration, redirect_uri: str) -> None:
        self._registration = registration
        self._redirect_uri = redirect_uri
        self._known: _Known | None = None

    async def address(self, attempt: OidcAttempt, scope: str, **more: str) -> str:
        """Where a browser goes.

        Args:
            attempt: a new one.
            scope: what is asked for, with blanks between.
            more: further parameters, such as ``prompt``.

        Raises:
            UnavailableError: the provider does not answer.
            IdentityProviderError: its description cannot be used.
        """
        from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
        from authlib.oauth2.rfc7636 import create_s256_code_challenge

        document = (await self._description()).document
        return str(
            prepare_grant_uri(
                document["authorization_endpoint"],
                client_id=self._registration.client_id,
                response_type="code",
                redirect_uri=self._redirect_uri,
                scope=scope,
                state=attempt.state,
                nonce=attempt.nonce,
                code_challenge=create_s256_code_challenge(attempt.verifier),
                code_challenge_method="S256",
                **more,
            )
        )

    async def exchange(self, code: str, attempt: OidcAttempt) -> dict[str, Any]:
        """The answer of the token endpoint to a code. Its ID token is not checked yet.

        Raises:
            UnavailableError: the provider does not answer.
            IdentityProviderError: it refuses the code.
        """
        return await self._tokens(
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self._redirect_uri,
                "code_verifier": attempt.verifier,
            }
        )

    async def refresh(self, refresh_token: str) -> dict[str, Any]:
        """The answer of the token endpoint to a refresh token. It may hold a new one, which replaces it.

        Raises:
            UnavailableError: the provider does not answer.
            IdentityProviderError: it refuses; ``error`` is ``invalid_grant`` when the token is good no longer.
        """
        return await self._tokens({"grant_type": "refresh_token", "refresh_token": refresh_token})

    async def claims(self, answer: Mapping[str, Any], attempt: OidcAttempt, now: datetime) -> dict[str, Any]:
        """The claims of the ID token in an answer, checked.

        Raises:
            UnavailableError: the provider does not answer.
            IdentityProviderError: there is none, or it is not good.
        """
        from authlib.oidc.core import CodeIDToken
        from joserfc import jwt
        from joserfc.errors import BadSignatureError, JoseError

        token = answer.get("id_token")
        if not isinstance(token, str):
            raise IdentityProviderError("there is no ID token in its answer")
        await self._description()
        client_id = self._registration.client_id
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
                    "iss": {"essential": True, "value": self._registration.issuer},
                    "aud": {"essential": True, "value": client_id},
                },
                {"client_id": client_id, "nonce": attempt.nonce, "access_token": answer.get("access_token")},
            )
            claims.validate(int(now.timestamp()), _LEEWAY)
        except (JoseError, ValueError) as error:
            raise IdentityProviderError(f"its ID token is not good ({_words(error)})") from None
        return dict(claims)

    @property
    def is_known(self) -> bool:
        """Whether its description and its keys are here, and not too old."""
        return self._known is not None and self._known.until >= time.monotonic()

    def signed_claims(self, token: str, wanted: Mapping[str, str | bool], now: datetime) -> dict[str, Any]:
        """The claims of a token that the provider signed for us outside of any visit, checked. It must be known.

        Args:
            token: as it was given; its audience is our client id.
            wanted: values of further claims.
            now: UTC.

        Raises:
            IdentityProviderError: it is not good.
        """
        from joserfc import jwt
        from joserfc.errors import JoseError

        essential: dict[str, Any] = {
            "iss": self._registration.issuer,
            "aud": self._registration.client_id,
            **wanted,
        }
        options = {name: {"essential": True, "value": value} for name, value in essential.items()}
        rules = jwt.JWTClaimsRegistry(int(now.timestamp()), _LEEWAY, exp={"essential": True}, **options)  # type: ignore[arg-type]
        try:
            found = jwt.decode(token, self._keys(), algorithms=self._algorithms())
            rules.validate(found.claims)
        except (JoseError, ValueError) as error:
            raise IdentityProviderError(f"its token is not good ({_words(error)})") from None
        return dict(found.claims)

    async def user_info(self, access_token: object, subject: str) -> dict[str, Any]:
        """What the provider says of the account, where it says it apart from the ID token.

        Raises:
            UnavailableError: the provider does not answer.
            IdentityProviderError: it says it of another account.
        """
        address = (await self._description()).document.get("userinfo_endpoint")
        if not address or not access_token:
            return {}
        found = await self._get(address, {"Authorization": f"Bearer {access_token}"})
        if found.get("sub") != subject:
            raise IdentityProviderError("the user info is about another account")
        return found

    async def check(self) -> None:
        """Asks for its description anew.

        Raises:
            UnavailableError: it does not answer.
            IdentityProviderError: its description cannot be used.
        """
        self._known = None
        await self._description()

    async def _tokens(self, form: dict[str, str]) -> dict[str, Any]:
        document = (await self._description()).document
        client, secret = self._registration.client_id, self._registration.client_secret
        if "client_secret_basic" not in document.get("token_endpoint_auth_methods_supported", ["client_secret_basic"]):
            form = form | {"client_id": client, "client_secret": secret}
            return await self._ask("POST", document["token_endpoint"], data=form)
        auth = httpx.BasicAuth(quote(client, safe=""), quote(secret, safe=""))
        return await self._ask("POST", document["token_endpoint"], data=form, auth=auth)

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
            issuer = self._registration.issuer
            document = await self._get(issuer.rstrip("/") + _WELL_KNOWN)
            if document.get("issuer") != issuer:
                raise IdentityProviderError(f"its description is of another issuer than {self._registration.setting}")
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
            said = _error_of(found)
            words = f"it answers {answer.status_code} ({said or 'no error code'})"
            raise IdentityProviderError(words, said)
        return found


def _json(body: bytes) -> dict[str, Any] | None:
    try:
        found = httpx.Response(200, content=body).json()
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _error_of(found: Mapping[str, Any] | None) -> str:
    """A word of the protocol; anything else is not repeated."""
    word = str((found or {}).get("error", ""))
    return word if word.replace("_", "").isalnum() and len(word) < 60 else ""


def _words(error: Exception) -> str:
    """Which check failed, without the token's values."""
    claim = getattr(error, "claim", "")
    return f"{type(error).__name__.removesuffix('Error')} {claim}".strip()
