"""Secrets that must be known again are stored sealed: with a dump of the database alone nobody signs or logs in."""

from __future__ import annotations

import enum
import hashlib
from typing import TYPE_CHECKING

from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from sequences.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence


class SealedFor(enum.Enum):
    """What a secret is for: each has a key of its own, made of the one in the settings."""

    WEBHOOK = (b"webhook-secret", "a secret of a webhook", "rotate it")
    MAILBOX = (b"mailbox-secret", "the tokens of a mailbox", "connect it again")

    def __init__(self, use: bytes, noun: str, remedy: str) -> None:
        self.use = use
        self.noun = noun
        self.remedy = remedy


def seal(value: bytes, keys: Sequence[bytes], use: SealedFor = SealedFor.WEBHOOK) -> bytes:
    """Seals with the newest key.

    Args:
        value: the secret.
        keys: of the settings, the newest first.
        use: what it is for.
    """
    return bytes(SecretBox(_key(keys[0], use)).encrypt(value))


def unseal(sealed: bytes, keys: Sequence[bytes], use: SealedFor = SealedFor.WEBHOOK) -> bytes:
    """Opens what one of the keys sealed.

    Raises:
        SettingsError: its key is no longer in the settings.
    """
    for key in keys:
        try:
            return SecretBox(_key(key, use)).decrypt(sealed)
        except CryptoError:
            continue
    words = f"{use.noun}: sealed with a key that RELANCE_TOKEN_KEYS has no longer; {use.remedy}"
    raise SettingsError(words)


def _key(key: bytes, use: SealedFor) -> bytes:
    return hashlib.blake2b(key, digest_size=SecretBox.KEY_SIZE, person=use.use).digest()
