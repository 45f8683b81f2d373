"""Addresses of people whose data was erased, as keyed hashes: who comes again is recognised, and nobody can be listed.

A plain hash of an address can be found by trying addresses. The key is made of one of the keys that sign tokens, so
whoever has the database alone can try nothing.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

ERASED: Final = "erased"
"""Reason of a suppression that stands because the person asked to be erased."""
TOPIC: Final = "topic:"
"""Before the name of a topic that the person had left, in place of a channel."""
_PURPOSE: Final = b"relance: addresses of erased people"


def address_hash(key: bytes, address: str) -> bytes:
    """HMAC-SHA256 of an address by a key of its own, which is made of ``key``.

    Args:
        key: one of those that sign tokens.
        address: as it is compared, see ``sequences.email_address``.
    """
    own = hmac.digest(key, _PURPOSE, hashlib.sha256)
    return hmac.digest(own, address.encode("utf-8", "replace"), hashlib.sha256)


def address_hashes(keys: tuple[bytes, ...], *addresses: str | None) -> list[bytes]:
    """By every key, since we do not know by which one an address was erased; missing addresses have none."""
    return [address_hash(key, each) for each in addresses if each for key in keys]
