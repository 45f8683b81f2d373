"""Who may come in: a bearer token for people and programs, a signature for hooks, and a limit on what they bring."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from sequences.errors import RelanceError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

TIMESTAMP_HEADER = "X-Relance-Timestamp"
SIGNATURE_HEADER = "X-Relance-Signature"
_SCHEME = "sha256="
_TOLERANCE_SECONDS = 300

_bearer = HTTPBearer(auto_error=False, description="`RELANCE_BEARER_TOKEN`; `relance up` prints its own.")


class HookSignatureError(RelanceError):
    """A hook was not signed by somebody we know, or too long ago."""

    permanent = True


def require_bearer(token: str) -> Callable[..., Awaitable[None]]:
    """A dependency that lets in only who has ``token``."""
    expected = token.encode()

    async def check(given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)] = None) -> None:
        challenge = {"WWW-Authenticate": "Bearer"}
        if given is None:
            raise HTTPException(401, "no bearer token; send the header Authorization: Bearer <token>", challenge)
        if not hmac.compare_digest(given.credentials.encode(), expected):
            raise HTTPException(401, "the bearer token does not match RELANCE_BEARER_TOKEN", challenge)

    return check


def sign_hook(secret: bytes, timestamp: int, body: bytes) -> str:
    """The value of ``X-Relance-Signature`` for a body sent at ``timestamp`` (unix seconds)."""
    mac = hmac.new(secret, str(timestamp).encode() + b"." + body, hashlib.sha256)
    return _SCHEME + mac.hexdigest()


def check_hook(request: Request, body: bytes, secrets: Sequence[bytes], now: datetime) -> None:
    """Checks time and signature of a hook.

    Raises:
        HookSignatureError: missing, malformed, too old or too new, or signed with no key of ours.
    """
    stamp = request.headers.get(TIMESTAMP_HEADER, "")
    given = request.headers.get(SIGNATURE_HEADER, "")
    if not stamp or not given:
        raise HookSignatureError(f"a hook needs the headers {TIMESTAMP_HEADER} and {SIGNATURE_HEADER}")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        raise HookSignatureError(f"{TIMESTAMP_HEADER} is the time of sending in whole unix seconds")
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
