"""Postmark's inbound webhook with "Include raw email content in JSON payload": the message lies in ``RawEmail``.

Source: postmarkapp.com/developer, "Inbound webhook", and its support pages on retries. It is proved by a login in its
address. A post that is not answered 200 is repeated ten times in ten hours, **except after 403, which ends it**.
"""

from __future__ import annotations

import json

from adapters.mail.incoming.providers import PayloadError, ProviderMail, addresses_of


def read(body: bytes) -> ProviderMail:
    """The message of a post.

    Raises:
        PayloadError: no JSON object, or without the raw message.
    """
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise PayloadError("the body is not JSON") from None
    raw = document.get("RawEmail") if isinstance(document, dict) else None
    if not isinstance(raw, str) or not raw:
        raise PayloadError('no RawEmail: tick "Include raw email content in JSON payload"')
    return ProviderMail(raw.encode("utf-8", "replace"), addresses_of(document.get("OriginalRecipient")))
