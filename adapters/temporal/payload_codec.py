"""Encrypts payloads before they reach Temporal: AES-256-GCM, with the id of the key in the metadata.

Format of Temporal's own samples: encoding ``binary/encrypted``, the data is a nonce of 12 bytes and the encrypted
payload, serialised. What was written before it was switched on is passed through.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadCodec

from sequences.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

ENCODING: Final = b"binary/encrypted"
KEY_ID: Final = "encryption-key-id"
_NONCE: Final = 12
_KEY: Final = 32
_ID_CHARACTERS: Final = 12


class EncryptedPayloads(PayloadCodec):
    """The first secret encrypts, all decrypt.

    A nonce is random, so a key serves for four billion payloads (NIST SP 800-38D, 8.3): see docs/security.md.
    """

    def __init__(self, secrets: Sequence[bytes]) -> None:
        """``secrets`` are as they were chosen, the newest first, at least one."""
        self._ciphers = dict(_cipher_of(secret) for secret in reversed(secrets))
        # The last one put in is the newest, also where one is in the list twice.
        self._newest, self._cipher = _cipher_of(secrets[0])

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Each payload in a sealed one."""
        return [self._sealed(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """What was in them; one that is not sealed stays as it is.

        Raises:
            SettingsError: its key is not in the settings, or it was changed on the way.
        """
        return [self._opened(payload) if _is_sealed(payload) else payload for payload in payloads]

    def _sealed(self, payload: Payload) -> Payload:
        nonce = os.urandom(_NONCE)
        data = nonce + self._cipher.encrypt(nonce, payload.SerializeToString(), self._newest)
        return Payload(metadata={"encoding": ENCODING, KEY_ID: self._newest}, data=data)

    def _opened(self, payload: Payload) -> Payload:
        key = payload.metadata.get(KEY_ID, b"")
        cipher = self._ciphers.get(key)
        if cipher is None:
            raise SettingsError(
                f"a payload in Temporal is encrypted with the key {key.decode(errors='replace')}, which "
                "RELANCE_PAYLOAD_KEYS does not have; put it back behind the newest one"
            )
        nonce, sealed = payload.data[:_NONCE], payload.data[_NONCE:]
        try:
            return Payload.FromString(cipher.decrypt(nonce, sealed, key))
        except (InvalidTag, ValueError) as error:
            raise SettingsError("a payload in Temporal was changed after it was encrypted") from error


def _is_sealed(payload: Payload) -> bool:
    return payload.metadata.get("encoding") == ENCODING


def _cipher_of(secret: bytes) -> tuple[bytes, AESGCM]:
    """The id of a key and its cipher. Both are derived: the id says nothing about the key."""
    derived = HKDF(SHA256(), _KEY + _ID_CHARACTERS // 2, salt=None, info=b"relance-payloads").derive(secret)
    return derived[_KEY:].hex().encode(), AESGCM(derived[:_KEY])
