"""Who may come in with a hook: whoever signs it; and a limit on what anybody brings."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from fastapi import HTTPException, Request

from sequences.errors import RelanceError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

TIMESTAMP_HEADER = "X-Relance-Timestamp"
SIGNATURE_HEADER = "X-Relance-Signature"
_SCHEME = "sha256="
_TOLERANCE_SECONDS = 300


class HookSignatureError(RelanceError):
    """A hook was not signed by somebody we know, or too long ago."""

    permanent = True


def sign_hook(secret: bytes, timestamp: int, body: bytes) -> str:
    """The value of ``X-Relance-Signature`` for a body sent at ``timestamp`` (unix seconds)."""
    mac = hmac.new(secret, str(timestamp).encode() + b"." + body, hashlib.sha256)
    return _SCHEME + mac.hexdigest()


def require_signed(request: Request) -> None:
    """Refuses a hook without a signature before its body is read.

    Raises:
        HookSignatureError: time or signature is missing, or the time is no number.
    """
    stamp = request.headers.get(TIMESTAMP_HEADER, "")
    if not stamp or not request.headers.get(SIGNATURE_HEADER):
        raise HookSignatureError(f"a hook needs the headers {TIMESTAMP_HEADER} and {SIGNATURE_HEADER}")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        raise HookSignatureError(f"{TIMESTAMP_HEADER} is the time of sending in whole unix seconds")


def check_hook(request: Request, body: bytes, secrets: Sequence[bytes], now: datetime) -> None:
    """Checks time and signature of a hook.

    Raises:
        HookSignatureError: missing, malformed, too old or too new, or signed with no key of ours.
    """
    require_signed(request)
    stamp, given = request.headers[TIMESTAMP_HEADER], request.headers[SIGNATURE_HEADER]
    # Every key is tried, always: how long it takes tells nothing. The time is judged last, so that a signature that is
    # wrong as well is not told how to improve its clock.
    good = [hmac.compare_digest(sign_hook(secret, int(stamp), body).encode(), given.encode()) for secret in secrets]
    if stamp != str(int(stamp)) or not any(good):
        raise HookSignatureError("the signature does not match the body and timestamp with any configured key")
    if abs(now.timestamp() - int(stamp)) > _TOLERANCE_SECONDS:
        raise HookSignatureError(
            "the timestamp is more than 5 minutes off; check the clock and sign each attempt again"
        )


async def read_body(request: Request, limit: int) -> bytes:
    """The raw body, read no further than ``limit`` bytes.

    Raises:
        HTTPException: 413, it is longer.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise HTTPException(413, f"the body is larger than {limit} bytes")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise HTTPException(413, f"the body is larger than {limit} bytes")
    return bytes(body)
