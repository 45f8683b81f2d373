"""Postmark's inbound webhook with "Include raw email content in JSON payload": the message lies in ``RawEmail``.

Source: postmarkapp.com/developer, "Inbound webhook", and its support pages on retries. It is proved by a login in its
address. A post that is not answered 200 is repeated ten times in ten hours, **except after 403, which ends it**.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from adapters.mail.incoming.providers import PayloadError, ProviderMail, addresses_of, spf_result
from sequences.inbound.authentication import ProviderResults
from sequences.inbound.mime.authentication_results import MethodResult

if TYPE_CHECKING:
    from collections.abc import Mapping

_ENVELOPE_FROM = re.compile(r"envelope-from=\"?<?([^\s;\">]{1,320})")


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
    told = ProviderResults("postmark", (*_spf(document), *_dkim(document)))
    return ProviderMail(raw.encode("utf-8", "replace"), addresses_of(document.get("OriginalRecipient")), told)


def _spf(document: Mapping[str, Any]) -> tuple[MethodResult, ...]:
    """``Received-SPF`` (RFC 7208 section 9.1), which Postmark adds."""
    said = _header(document, "received-spf")
    sender = _ENVELOPE_FROM.search(said)
    return spf_result(said.partition(" ")[0], sender[1]) if sender and "identity=mailfrom" in said else ()


def _dkim(document: Mapping[str, Any]) -> tuple[MethodResult, ...]:
    """``X-Spam-Tests``, which Postmark adds: ``DKIM_VALID_AU`` of SpamAssassin is a signature of From's own domain."""
    author = document.get("FromFull")
    address = str(author.get("Email", "")) if isinstance(author, dict) else ""
    valid = "DKIM_VALID_AU" in re.split(r"[,\s]+", _header(document, "x-spam-tests"))
    return (MethodResult("dkim", "pass", {"header.d": address.rpartition("@")[2]}),) if valid else ()


def _header(document: Mapping[str, Any], name: str) -> str:
    """The field of that name; empty where it is there twice, since the sender wrote one of them."""
    fields = document.get("Headers")
    listed = [each for each in fields if isinstance(each, dict)] if isinstance(fields, list) else []
    found = [str(each.get("Value", "")) for each in listed if str(each.get("Name", "")).lower() == name]
    return found[0] if len(found) == 1 else ""
