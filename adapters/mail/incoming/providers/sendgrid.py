"""SendGrid Inbound Parse with "POST the raw, full MIME message": the message lies in ``email``.

Source: twilio.com/docs/sendgrid, "Inbound Email Parse Webhook". It is proved by a login in its address. A post that is
answered 5xx is repeated for three days; other refusals may be final, so nothing that passes by itself is refused 4xx.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from adapters.mail.incoming.providers import PayloadError, ProviderMail, addresses_of

if TYPE_CHECKING:
    from collections.abc import Mapping


def read(fields: Mapping[str, bytes]) -> ProviderMail:
    """The message of a post.

    Raises:
        PayloadError: it holds the message in parts, not as it came.
    """
    raw = fields.get("email", b"")
    if not raw:
        raise PayloadError('no field email: tick "POST the raw, full MIME message"')
    try:
        envelope = json.loads(fields.get("envelope", b"{}"))
    except (ValueError, RecursionError):
        # The message itself still says for whom it is.
        envelope = {}
    return ProviderMail(raw, addresses_of(envelope.get("to")) if isinstance(envelope, dict) else ())
