"""Addresses and names on their way into a header or an SMTP command."""

from __future__ import annotations

import re

from sequences.errors import PermanentError

_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029<>()\[\],;:\\\"]")
_BLANKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")


def one_line(text: str) -> str:
    """Makes one line of ``text``: control characters and runs of blanks become one space each."""
    return _BLANKS.sub(" ", text).strip()


def ascii_address(address: str, role: str) -> str:
    """Returns ``address`` as it may travel without SMTPUTF8: an international domain becomes its IDNA form.

    Args:
        address: ``local@domain``.
        role: what the address is for, as the error says it (``recipient``, ``sender``).

    Raises:
        PermanentError: it is no address, or its local part is not ASCII. The message does not quote it.
    """
    local, at, domain = address.strip().rpartition("@")
    if not at or not local or not domain or "@" in local or _FORBIDDEN.search(local + domain):
        raise PermanentError(f"the {role} address is malformed")
    if not local.isascii():
        raise PermanentError(f"the {role} address has a non-ASCII local part, which is not supported")
    try:
        host = domain if domain.isascii() else domain.encode("idna").decode("ascii")
    except UnicodeError:
        raise PermanentError(f"the {role} address has a malformed domain") from None
    return f"{local}@{host}"
