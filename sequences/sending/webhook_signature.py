"""Signatures of webhooks by Standard Webhooks (https://github.com/standard-webhooks/standard-webhooks, 1.0.0)."""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import TYPE_CHECKING, Final

from sequences.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

PREFIX: Final = "whsec_"
BYTES: Final = 32
"""The specification wants 24 to 64."""


def webhook_secret(key: bytes) -> str:
    """A secret as its receiver gets it: ``whsec_`` and the base64 of the key."""
    return PREFIX + base64.b64encode(key).decode()


def webhook_key(secret: str) -> bytes:
    """The key of a secret.

    Raises:
        SettingsError: it is none.
    """
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError) as error:
        raise SettingsError("this is no secret of a webhook") from error
    if not secret.startswith(PREFIX) or not 24 <= len(key) <= 64:
        raise SettingsError("this is no secret of a webhook")
    return key


def webhook_headers(keys: Sequence[bytes], ident: str, stamp: int, body: bytes) -> dict[str, str]:
    """The headers of one request.

    What is signed is the id, the timestamp and the body, with full stops between them. A signature is ``v1,`` and the
    base64 of the HMAC-SHA256 of that. The header has one for each key, with spaces between them, so that a receiver
    which knows one of them finds its own.

    Args:
        keys: each signs, the newest first.
        ident: the same for every try.
        stamp: when this try is sent, in unix seconds.
        body: as it is sent.
    """
    signed = f"{ident}.{stamp}.".encode() + body
    each = [base64.b64encode(hmac.digest(key, signed, "sha256")).decode() for key in keys]
    return {
        "webhook-id": ident,
        "webhook-timestamp": str(stamp),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in each),
    }
