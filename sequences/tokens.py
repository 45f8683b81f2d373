"""Signed tokens that travel in addresses and links: who it is about, and proof that we made it.

A token is ``<kind letter><id><mac>``, lower-case base32 without padding, so that it survives the local part of an
address whose case a relay may change (RFC 5321 section 2.4 warns of it) and stays under 64 octets.
"""

from __future__ import annotations

import base64
import enum
import hashlib
import hmac
import re
from datetime import UTC, datetime

from sequences.errors import TokenError

_MAC_BYTES = 10
_MAC_CHARS = 16
_SHAPE = re.compile(r"^[a-z][a-z0-9]{4,40}$")
_MAC_SHAPE = re.compile(rf"[a-z2-7]{{{_MAC_CHARS}}}")


class TokenKind(enum.StrEnum):
    """What a token allows. One letter each; a token of one kind is never good for another."""

    REPLY = "r"
    BOUNCE = "b"
    CLICK = "c"
    OPEN = "o"
    UNSUBSCRIBE = "u"
    STATUS = "s"
    ECHO = "e"
    FORM = "f"
    UPLOAD = "d"
    FORWARD = "p"
    CALENDAR = "k"
    BOOKING = "a"
    MESSAGE_ID = "m"
    """Part of it makes a Message-ID one that nobody else can guess; it is shown to everybody and allows nothing."""


def _mac(key: bytes, payload: str) -> str:
    digest = hmac.digest(key, payload.encode(), hashlib.sha256)[:_MAC_BYTES]
    return base64.b32encode(digest).decode().rstrip("=").lower()


def sign(kind: TokenKind, ident: str, key: bytes) -> str:
    """Makes the token of ``kind`` for ``ident`` (lower-case letters and digits, 4 to 40 of them).

    Raises:
        TokenError: ``ident`` has a character that an address could lose.
    """
    payload = f"{kind.value}{ident}"
    if not _SHAPE.match(payload):
        raise TokenError("an id in a token is 4 to 40 lower-case letters and digits")
    return payload + _mac(key, payload)


def verify(kind: TokenKind, token: str, keys: tuple[bytes, ...]) -> str:
    """Returns the id inside ``token``, tried against every key (the newest first, for rotation).

    Raises:
        TokenError: malformed, of another kind, or signed by nobody we know.
    """
    token = token.strip().lower()
    payload, mac = token[:-_MAC_CHARS], token[-_MAC_CHARS:]
    if not _SHAPE.match(payload) or payload[0] != kind.value:
        raise TokenError("the token is malformed or of another kind")
    # As bytes: of two strings compare_digest takes only ASCII, and an address may hold anything.
    given = mac.encode("utf-8", "surrogatepass")
    if not any(hmac.compare_digest(_mac(key, payload).encode(), given) for key in keys):
        raise TokenError("the token's signature does not match")
    return payload[1:]


def is_shaped(kind: TokenKind, token: str) -> bool:
    """True for what looks like a token of ``kind``, whoever signed it."""
    token = token.strip().lower()
    payload, mac = token[:-_MAC_CHARS], token[-_MAC_CHARS:]
    return payload[:1] == kind.value and _SHAPE.match(payload) is not None and _MAC_SHAPE.fullmatch(mac) is not None


_WORD = re.compile(rf"(?<![A-Za-z0-9])[a-z][a-z0-9]{{4,40}}[a-z2-7]{{{_MAC_CHARS}}}(?![A-Za-z0-9])")


def without_tokens(text: str, keys: tuple[bytes, ...], instead: str = "[token]") -> str:
    """The text without the tokens that we signed: who has one may do what it allows."""

    def hidden(word: re.Match[str]) -> str:
        payload, mac = word[0][:-_MAC_CHARS], word[0][-_MAC_CHARS:]
        return instead if any(hmac.compare_digest(_mac(key, payload), mac) for key in keys) else word[0]

    return _WORD.sub(hidden, text)


_HOUR = 3600
_EXPIRY_CHARS = 7


def sign_until(kind: TokenKind, ident: str, expires: datetime, key: bytes) -> str:
    """A token that ``verify_until`` refuses after ``expires`` (rounded up to an hour). It is part of what is signed.

    Raises:
        TokenError: as ``sign``.
    """
    hours = -int(-expires.timestamp() // _HOUR)
    return sign(kind, f"{ident}{hours:0{_EXPIRY_CHARS}d}", key)


def verify_until(kind: TokenKind, token: str, keys: tuple[bytes, ...]) -> tuple[str, datetime]:
    """The id inside a token of ``sign_until``, and when it expires, UTC; whether that is past is for the caller to say.

    Raises:
        TokenError: as ``verify``.
    """
    whole = verify(kind, token, keys)
    ident, hours = whole[:-_EXPIRY_CHARS], whole[-_EXPIRY_CHARS:]
    if not ident or not hours.isdecimal():
        raise TokenError("the token has no expiry")
    return ident, datetime.fromtimestamp(int(hours) * _HOUR, UTC)
