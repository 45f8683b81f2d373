"""Secrets that must be known again are stored sealed: a dump of the database alone signs nothing."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from sequences.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

_USE: Final = b"webhook-secret"


def seal(value: bytes, keys: Sequence[bytes]) -> bytes:
    """Seals with the newest key.

    Args:
        value: the secret.
        keys: of the settings, the newest first.
    """
    return bytes(SecretBox(_key(keys[0])).encrypt(value))


def unseal(sealed: bytes, keys: Sequence[bytes]) -> bytes:
    """Opens what one of the keys sealed.

    Raises:
        SettingsError: its key is no longer in the settings.
    """
    for key in keys:
        try:
            return SecretBox(_key(key)).decrypt(sealed)
        except CryptoError:
            continue
    raise SettingsError("a secret of a webhook was sealed with a key that RELANCE_TOKEN_KEYS has no longer; rotate it")


def _key(key: bytes) -> bytes:
    return hashlib.blake2b(key, digest_size=SecretBox.KEY_SIZE, person=_USE).digest()
