"""SendGrid Inbound Parse with "POST the raw, full MIME message": the message lies in ``email``.

Source: twilio.com/docs/sendgrid, "Inbound Email Parse Webhook". It is proved by a login in its address. A post that is
answered 5xx is repeated for three days; other refusals may be final, so nothing that passes by itself is refused 4xx.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from adapters.mail.incoming.providers import PayloadError, ProviderMail, addresses_of, spf_result
from sequences.inbound.authentication import ProviderResults
from sequences.inbound.mime.authentication_results import MethodResult

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_SIGNATURE = re.compile(r"@([A-Za-z0-9._-]{1,253})\s{0,3}:\s{0,3}([A-Za-z]{1,20})")


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
    if not isinstance(envelope, dict):
        envelope = {}
    told = ProviderResults(
        "sendgrid", (*_dkim(fields), *spf_result(_text(fields, "SPF"), str(envelope.get("from", ""))))
    )
    return ProviderMail(raw, addresses_of(envelope.get("to")), told)


def _dkim(fields: Mapping[str, bytes]) -> Iterable[MethodResult]:
    """``{@client.example : pass}``: whose signatures there are, and what came of each."""
    for domain, result in _SIGNATURE.findall(_text(fields, "dkim")):
        yield MethodResult("dkim", result.lower(), {"header.d": domain})


def _text(fields: Mapping[str, bytes], name: str) -> str:
    return fields.get(name, b"").decode("utf-8", "replace")
