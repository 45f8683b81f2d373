"""The personal link to a recruiter's booking page: it brings back which message it came from.

Calendly hands ``utm_content`` through to its webhooks (``payload.tracking``), Cal.com every ``metadata[...]`` of the
query (``payload.metadata``), a server of one's own included. Everything else in the address stays as it is.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from sequences.errors import GrammarError
from sequences.web_address import read_web_address

METADATA: Final = "relance"
"""Name of the token in the metadata of Cal.com."""
TRACKED: Final = "utm_content"
"""Name of the token among the parameters of Calendly."""
ALLOWED: Final = "an address that starts with `https://`, such as `https://calendly.com/dana/30min`"
_CALENDLY: Final = "calendly.com"


def read_booking_url(text: str) -> str:
    """The address of a booking page, with its host in ASCII.

    Raises:
        GrammarError: it is no web address with ``https``.
    """
    found = read_web_address(text.strip())
    if urlsplit(found.url).scheme != "https":
        raise GrammarError("A booking page is opened over https.", f"`{text}`", ALLOWED)
    return found.url


def booking_link(page: object, token: str) -> str | None:
    """The page with the token; None: ``page`` is missing, or is no address.

    Args:
        page: of the sequence or of the owner, as it was typed.
        token: signed; letters and digits.
    """
    if not isinstance(page, str) or not page.strip():
        return None
    try:
        parts = urlsplit(read_booking_url(page))
    except GrammarError:
        return None
    host = parts.hostname or ""
    ours = TRACKED if host == _CALENDLY or host.endswith(f".{_CALENDLY}") else f"metadata[{METADATA}]"
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != ours]
    query = urlencode([*kept, (ours, token)], quote_via=quote)
    return parts._replace(query=query).geturl()
