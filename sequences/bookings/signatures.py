"""Who may say that a meeting was booked: whoever signs it with a key of ours.

Calendly: ``Calendly-Webhook-Signature: t=<unix seconds>,v1=<hex>``, HMAC-SHA256 over ``t``, a full stop and the body
(developer.calendly.com, "Webhook signatures"). Cal.com: ``X-Cal-Signature-256: <hex>`` over the body (cal.com/docs,
"Webhooks"); it signs no time, and a second telling is known by the id of the booking.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sequences.errors import TokenError

CALENDLY_HEADER: Final = "Calendly-Webhook-Signature"
CAL_COM_HEADER: Final = "X-Cal-Signature-256"
TOLERANCE_SECONDS: Final = 300
_LONGEST_STAMP: Final = 12


def sign_calendly(key: bytes, timestamp: int, body: bytes) -> str:
    """The header's value for a body that is sent at ``timestamp``."""
    return f"t={timestamp},v1={_hex(key, b'%d.%b' % (timestamp, body))}"


def check_calendly(header: str, body: bytes, keys: Sequence[bytes], now: datetime) -> None:
    """Checks the signature of Calendly.

    Args:
        header: its value; empty where it is missing.
        body: as it came.
        keys: the newest first; two during a rotation.
        now: the clock.

    Raises:
        TokenError: it is missing or malformed, of another key, or of another time.
    """
    parts = [part.strip().partition("=") for part in header.split(",")]
    stamps = [value for name, _, value in parts if name == "t"]
    given = [value for name, _, value in parts if name == "v1"]
    if len(stamps) != 1 or not given or not (stamps[0].isascii() and stamps[0].isdigit()):
        raise TokenError(f"the header {CALENDLY_HEADER} is missing or malformed")
    if len(stamps[0]) > _LONGEST_STAMP:
        raise TokenError(f"the time in {CALENDLY_HEADER} is none")
    signed = stamps[0].encode() + b"." + body
    _require_one([_hex(key, signed) for key in keys], given, CALENDLY_HEADER)
    if abs(now.timestamp() - int(stamps[0])) > TOLERANCE_SECONDS:
        raise TokenError(f"the time in {CALENDLY_HEADER} is more than 5 minutes off; check the clock of this server")


def sign_cal_com(key: bytes, body: bytes) -> str:
    """The header's value for a body."""
    return _hex(key, body)


def check_cal_com(header: str, body: bytes, keys: Sequence[bytes]) -> None:
    """Checks the signature of Cal.com; the arguments are those of ``check_calendly``.

    Raises:
        TokenError: it is missing, or of another key.
    """
    if not header:
        raise TokenError(f"the header {CAL_COM_HEADER} is missing; give the webhook in Cal.com a secret")
    _require_one([_hex(key, body) for key in keys], [header.strip().removeprefix("sha256=")], CAL_COM_HEADER)


def _hex(key: bytes, signed: bytes) -> str:
    return hmac.new(key, signed, hashlib.sha256).hexdigest()


def _require_one(wanted: Sequence[str], given: Sequence[str], header: str) -> None:
    # Every key is tried, always: how long it takes tells nothing. As bytes: compare_digest takes only ASCII of strings.
    good = [
        hmac.compare_digest(right.encode(), said.encode("utf-8", "surrogatepass")) for right in wanted for said in given
    ]
    if not any(good):
        raise TokenError(f"the signature in {header} matches no configured key")
