"""Webhooks that claim to come from Twilio: proof that they do.

Twilio signs the URL that *it* called plus every form parameter (docs/usage/security, "Validating requests"). Behind a
proxy that URL is not the one the request shows, so it is built from the configured public base, never from ``Host``.
No timestamp is signed: a replay has a good signature and is recognised by its MessageSid and status.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from twilio.request_validator import (
    HMAC_SHA1,
    HMAC_SHA256,
    SIGNATURE_HEADER,
    SIGNATURE_SETTINGS_HEADER,
    RequestValidator,
    get_signature_algorithm,
)

from sequences.errors import SettingsError

__all__ = ["HMAC_SHA1", "HMAC_SHA256", "SIGNATURE_HEADER", "SIGNATURE_SETTINGS_HEADER", "WebhookVerifier", "sign"]


_ALGORITHMS = frozenset({HMAC_SHA1, HMAC_SHA256})


class _Params:
    """Form parameters with repeated keys, in the shape that ``RequestValidator`` looks for."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)

    def __iter__(self) -> Iterable[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def getall(self, name: str) -> list[str]:
        return self._values[name]


def sign(url: str, pairs: Iterable[tuple[str, str]], token: str, algorithm: str = HMAC_SHA1) -> str:
    """Returns the value of ``X-Twilio-Signature`` for a form POST to ``url``; what our stand-in sends."""
    return str(RequestValidator(token).compute_signature(url, _Params(pairs), algorithm))


class WebhookVerifier:
    """Checks signatures for one public address.

    Args:
        public_base_url: scheme, host and optional path prefix under which Twilio reaches us.
        tokens: every auth token that is good now, two while one is being rotated out, and the secret of every SharedKey
            that signs webhooks instead of the token (Twilio, "Sign webhooks with shared keys").

    Raises:
        SettingsError: no token, or a base that is no http(s) URL.
    """

    def __init__(self, public_base_url: str, tokens: Sequence[str]) -> None:
        if not public_base_url.startswith(("http://", "https://")):
            raise SettingsError("the public base URL for webhooks must start with http:// or https://")
        if not tokens or not all(tokens):
            raise SettingsError("webhooks cannot be checked without an auth token")
        self._base = public_base_url.rstrip("/")
        self._validators = tuple(RequestValidator(token) for token in tokens)

    def matches(self, path_and_query: str, pairs: Iterable[tuple[str, str]], headers: Mapping[str, str]) -> bool:
        """Tells whether a form POST was signed by somebody who holds one of the tokens.

        Args:
            path_and_query: as requested and still encoded, with the query if there was one.
            pairs: all form parameters exactly as received: nothing left out (Twilio adds new ones without notice),
                nothing trimmed, repeated names repeated.
            headers: the request's headers; names in any case.
        """
        by_name = {name.lower(): value for name, value in headers.items()}
        signature = by_name.get(SIGNATURE_HEADER.lower())
        if not signature:
            # The validator raises TypeError on None; a missing header is simply not a proof.
            return False
        algorithm = get_signature_algorithm(by_name.get(SIGNATURE_SETTINGS_HEADER.lower(), ""))
        if algorithm.upper() not in _ALGORITHMS:
            # The validator says no as well, but logs what anybody on the internet wrote into the header.
            return False
        params = _Params(pairs)
        url = self._base + path_and_query
        return any(validator.validate(url, params, signature, algorithm) for validator in self._validators)
