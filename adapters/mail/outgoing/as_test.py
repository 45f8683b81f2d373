"""Makes a finished mail a test of it: other headers around the same body."""

from __future__ import annotations

import re
from email.headerregistry import Address
from email.message import EmailMessage

from adapters.mail.outgoing.address import mail_address, one_line
from adapters.mail.outgoing.header_policy import MAIL_POLICY
from adapters.mail.outgoing.message import AUTOMATIC

_BETWEEN = re.compile(r"\r\n(?![ \t])")
_LINK = re.compile(r"<https?:[^>]*>")
_REPLACED = frozenset({"to", "subject", "reply-to", "list-unsubscribe"})


def as_test(mail: bytes, to: str, subject: str, ident: str) -> bytes:
    """The mail with the headers of a test; its body stays as it is.

    It goes to another address, answers go to the sender, programs do not answer it, and the one-click link, which leads
    to the page of tests, is the only way to unsubscribe.

    Args:
        mail: as ``build_email`` made it, not signed yet.
        to: where it goes.
        subject: with the mark.
        ident: of the test.

    Raises:
        PermanentError: ``to`` cannot be in a header.
    """
    head, _, body = mail.partition(b"\r\n\r\n")
    kept = []
    # Every byte is one character of Latin-1, so what is kept stays as it was.
    for header in _BETWEEN.split(head.decode("latin-1")):
        name, _, value = header.partition(":")
        if name.lower() not in _REPLACED:
            kept.append(header)
        elif name.lower() == "list-unsubscribe" and (found := _LINK.search(value)):
            kept.append(f"List-Unsubscribe: {found[0]}")
    kept.append(f"X-Relance-Test: {ident}")
    return _first(to, subject) + AUTOMATIC + "\r\n".join(kept).encode("latin-1") + b"\r\n\r\n" + body


def _first(to: str, subject: str) -> bytes:
    found = mail_address(to, "recipient")
    headers = EmailMessage(policy=MAIL_POLICY)
    headers["To"] = Address(username=found.local, domain=found.domain)
    headers["Subject"] = one_line(subject)
    return headers.as_bytes(policy=MAIL_POLICY).partition(b"\r\n\r\n")[0] + b"\r\n"
