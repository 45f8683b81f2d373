"""Addresses and names on their way into a header or an SMTP command."""

from __future__ import annotations

import re

from sequences.email_address import BadEmail, Email, read_email
from sequences.errors import PermanentError

_BLANKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")


def one_line(text: str) -> str:
    """Makes one line of ``text``: control characters and runs of blanks become one space each."""
    return _BLANKS.sub(" ", text).strip()


def mail_address(address: str, role: str) -> Email:
    """Reads an address that is to be put into a mail or its envelope.

    Args:
        address: ``local@domain``.
        role: what the address is for, as the error says it (``recipient``, ``sender``).

    Raises:
        PermanentError: it is no address. The message says why and does not quote it.
    """
    found = read_email(address)
    if isinstance(found, BadEmail):
        raise PermanentError(f"the {role} address is malformed: {found.words}")
    return found
