"""Mailgun: a route that forwards to an address ending in ``mime`` posts the raw message in ``body-mime``.

Source: documentation.mailgun.com, "Receiving messages via HTTP" and "Securing webhooks". Mailgun repeats a post for
eight hours unless it is answered 200 or 406.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from adapters.mail.incoming.providers import PayloadError, ProviderMail, spf_result
from sequences.errors import TokenError
from sequences.inbound.authentication import ProviderResults
from sequences.inbound.mime.authentication_results import MethodResult

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

# Eight hours of retries, and the delay before the first that Mailgun warns of.
WINDOW = timedelta(hours=12)
_AHEAD_SECONDS = 300
_MIME = "body-mime"
_LONGEST_HEAD = 200_000
_END = re.compile(rb"\r?\n\r?\n")
_SPF = re.compile(rb"^x-mailgun-spf[ \t]*:[ \t]*([A-Za-z]{1,20})[ \t]*\r?$", re.I | re.M)


@dataclass(frozen=True)
class Proof:
    """What makes a repetition of a post recognisable.

    Mailgun signs time and token and not the message: whoever saw one post could send another message with its
    signature. So a token is good for one content only.

    Attributes:
        token: a hash of the token.
        content: a hash of what came with it.
    """

    token: str
    content: str


def check(fields: Mapping[str, bytes], keys: Sequence[bytes], now: datetime) -> Proof:
    """Checks the signature of a post with a mail.

    Args:
        fields: of the form.
        keys: signing keys, the newest first.
        now: UTC.

    Raises:
        TokenError: not signed with a key of ours, or too long ago.
    """
    token = check_signature(fields, keys, now)
    content = hashlib.sha256(fields.get("recipient", b"") + b"\x00" + fields.get(_MIME, b""))
    return Proof(token, content.hexdigest())


def check_signature(fields: Mapping[str, bytes], keys: Sequence[bytes], now: datetime) -> str:
    """A hash of the token of a post, once its signature was checked; arguments and errors are those of ``check``."""
    stamp, token, given = (fields.get(name, b"") for name in ("timestamp", "token", "signature"))
    good = [
        hmac.compare_digest(hmac.new(key, stamp + token, hashlib.sha256).hexdigest().encode(), given) for key in keys
    ]
    if not stamp or not token or not any(good):
        raise TokenError("the signature does not match the timestamp and token with any of our keys")
    if not stamp.isdigit() or len(stamp) > 12:
        raise TokenError("the timestamp is not a number")
    age = now.timestamp() - int(stamp)
    if age > WINDOW.total_seconds() or age < -_AHEAD_SECONDS:
        raise TokenError("the timestamp is more than 12 hours old, or ahead of our clock")
    return hashlib.sha256(token).hexdigest()


def read(fields: Mapping[str, bytes]) -> ProviderMail:
    """The message of a post.

    Raises:
        PayloadError: it holds the message in parts, not as it came.
    """
    raw = fields.get(_MIME, b"")
    if not raw:
        raise PayloadError("no body-mime: forward the route to the address that ends in /mime")
    recipients = fields.get("recipient", b"").decode("utf-8", "replace").split(",")
    told = ProviderResults("mailgun", _spf(raw, fields.get("sender", b"").decode("utf-8", "replace")))
    return ProviderMail(raw, tuple(address.strip() for address in recipients if address.strip()), told)


def _spf(raw: bytes, sender: str) -> tuple[MethodResult, ...]:
    """``X-Mailgun-Spf``, which Mailgun adds where its spam filter is on; nothing where it is there twice.

    ``X-Mailgun-Dkim-Check-Result`` does not say whose signature it is about.
    """
    found = _SPF.findall(_END.split(raw[:_LONGEST_HEAD], maxsplit=1)[0])
    return spf_result(found[0].decode("ascii"), sender) if len(found) == 1 else ()
