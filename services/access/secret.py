"""Secrets of links and sessions: 256 random bits, of which only the hash is stored."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass, field
from typing import Final

_BYTES: Final = 32
_SHAPE: Final = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True)
class Secret:
    """A new secret.

    Attributes:
        token: for whom it is made, once.
        digest: what is stored. A lookup by it tells nothing by how long it takes.
    """

    token: str = field(repr=False)
    digest: bytes


def new_secret() -> Secret:
    """Another one each time."""
    token = secrets.token_urlsafe(_BYTES)
    return Secret(token, _hash(token))


def digest_of(token: str) -> bytes:
    """What is stored of a token; of a text that cannot be one, a digest that nothing has."""
    return _hash(token) if _SHAPE.fullmatch(token) else b""


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
