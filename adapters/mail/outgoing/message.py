"""One rendered e-mail becomes the exact bytes that are frozen in its ``send`` row.

The same input gives the same bytes, so a retry cannot differ from the first try. What must see the final bytes
(a DKIM signature) is a function from bytes to bytes after this one; what changes the HTML (inlined styles, tracked
links) a function from content to content before it.
"""

from __future__ import annotations

import base64
import hashlib
import quopri
import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TYPE_CHECKING

from adapters.mail.outgoing.address import mail_address, one_line
from adapters.mail.outgoing.header_policy import (
    MAIL_POLICY,
    address_line,
    identifier_line,
    standard_line,
    subject_line,
)
from sequences.errors import PermanentError
from sequences.sending.email_content import EmailContent, EmailHeaders, MailFile

if TYPE_CHECKING:
    from collections.abc import Iterator

MAIL_WITHIN = "message/rfc822"
AUTOMATIC = b"Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: All\r\n"
"""Header lines before a mail that no person wrote (RFC 3834 section 5): so that no absence note answers us, and nobody
takes it for a person's mail."""
_MAX_REFERENCES = 20
_LINE_ENDS = re.compile(r"\r\n|\r")
_PLAIN_BODY = re.compile(r"[\t\n\x20-\x7e]*")
_QP_LINE = 76  # RFC 2045 section 6.7 (5)
_ANY_BOUNDARY = "=_" + "0" * 32
_IDENTIFIER = re.compile(r"<[!-;=?-~]{1,900}>")


def build_email(headers: EmailHeaders, content: EmailContent) -> bytes:
    """Builds the e-mail: text and HTML as alternatives (text alone when there is no HTML), CRLF lines, ASCII only.

    The one exception: an address whose part before the ``@`` is not ASCII stands in From or To as UTF-8 (RFC 6532
    section 3.2), for there is no other way to write it. Such a mail needs a server with SMTPUTF8;
    ``needs_smtputf8`` tells.

    Images that the HTML shows stand beside it (``multipart/related``, RFC 2387), attachments around all of it
    (``multipart/mixed``). Names and subject are cleaned to one line, so a value from a record cannot add a header.

    Raises:
        PermanentError: an address, an identifier or the unsubscribe link cannot stand in a header.
        ValueError: ``headers.date`` is not aware.
    """
    head = [*_envelope(headers, content.subject), *_thread(headers), *_unsubscribe(headers), "MIME-Version: 1.0\r\n"]
    attached = [file for file in content.files if file.content_id is None]
    body = _body(headers.message_id, content)
    if attached:
        body = _parts(headers.message_id, "mixed", [body, *map(_file, attached)])
    return "".join(head).encode() + body


def needs_smtputf8(mail: bytes) -> bool:
    """True for a finished mail with a header that only a server with SMTPUTF8 (RFC 6531) can take."""
    # Nearly every mail is ASCII as a whole, which is known at once.
    return not (mail.isascii() or mail.replace(b"\r\n", b"\n").partition(b"\n\n")[0].isascii())


def _body(message_id: str, content: EmailContent) -> bytes:
    text = _words("plain", content.text)
    if content.html is None:
        return text
    html = _words("html", content.html)
    shown = [file for file in content.files if file.content_id is not None]
    if shown:
        html = _parts(message_id, "related", [html, *map(_file, shown)], '; type="text/html"')
    return _parts(message_id, "alternative", [text, html])


def _parts(message_id: str, kind: str, parts: list[bytes], more: str = "") -> bytes:
    # Derived, not random: the boundary is part of the bytes that must come out the same every time.
    mark = message_id if kind == "alternative" else f"{kind} {message_id}"
    boundary = "=_" + hashlib.sha256(mark.encode()).hexdigest()[:32]
    # All boundaries are of one length, so all of these headers are broken at one place.
    line = standard_line("Content-Type", f'multipart/{kind}{more}; boundary="{_ANY_BOUNDARY}"')
    between = f"\r\n--{boundary}".encode()
    pieces = [line.replace(_ANY_BOUNDARY, boundary).encode()]
    for part in parts:
        pieces += [between, b"\r\n", part]
    return b"".join([*pieces, between, b"--\r\n"])


def _file(file: MailFile) -> bytes:
    part = EmailMessage(policy=MAIL_POLICY)
    if file.content_type == MAIL_WITHIN:
        return _mail_within(part, file).as_bytes()
    # In a calendar or a table, what is no UTF-8 is older than the standard's default, US-ASCII; nobody can tell which.
    charset = '; charset="utf-8"' if file.content_type.startswith("text/") and _is_utf8(file.content) else ""
    part["Content-Type"] = file.content_type + charset
    part["Content-Transfer-Encoding"] = "base64"
    kind = "attachment" if file.content_id is None else "inline"
    part.add_header("Content-Disposition", kind, filename=one_line(file.name))
    if file.content_id is not None:
        part["Content-ID"] = _identifier(f"<{file.content_id}>")
    part.set_payload(base64.encodebytes(file.content).decode("ascii"))
    return part.as_bytes()


def _mail_within(part: EmailMessage, file: MailFile) -> EmailMessage:
    """A mail as it came. RFC 2046 section 5.2.1 allows it no encoding, so it must be 7-bit already."""
    part["Content-Type"] = MAIL_WITHIN
    part.add_header("Content-Disposition", "attachment", filename=one_line(file.name))
    part.set_payload(_LINE_ENDS.sub("\n", file.content.decode("ascii")).replace("\n", "\r\n"))
    return part


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _envelope(headers: EmailHeaders, subject: str) -> Iterator[str]:
    if headers.date.tzinfo is None:
        raise ValueError("the date of an e-mail must be aware")
    yield address_line("From", _address(headers.sender_name, headers.sender_address, "sender")) + "\r\n"
    yield address_line("To", _address(headers.recipient_name, headers.recipient_address, "recipient")) + "\r\n"
    if headers.reply_to is not None:
        yield address_line("Reply-To", _address(None, headers.reply_to, "reply")) + "\r\n"
    yield subject_line(one_line(subject)) + "\r\n"
    yield f"Date: {format_datetime(headers.date)}\r\n"
    yield _identifying("Message-ID", _identifier(headers.message_id))


def _thread(headers: EmailHeaders) -> Iterator[str]:
    """RFC 5322 section 3.6.4; a long thread keeps its first mail and the latest ones."""
    if headers.in_reply_to:
        yield _identifying("In-Reply-To", _identifier(headers.in_reply_to))
    thread = list(dict.fromkeys(_identifier(one) for one in headers.references))
    if headers.in_reply_to and headers.in_reply_to not in thread:
        thread.append(headers.in_reply_to)
    if len(thread) > _MAX_REFERENCES:
        thread = thread[:1] + thread[1 - _MAX_REFERENCES :]
    if thread:
        yield _identifying("References", " ".join(thread))


def _unsubscribe(headers: EmailHeaders) -> Iterator[str]:
    """RFC 2369 section 3.2 and, for a link, RFC 8058: a mail program posts without opening the page."""
    ways = []
    if headers.unsubscribe_url:
        ways.append(_identifier(f"<{headers.unsubscribe_url}>"))
    if headers.unsubscribe_mailto:
        ways.append(f"<mailto:{mail_address(headers.unsubscribe_mailto.removeprefix('mailto:'), 'unsubscribe').wire}>")
    if ways:
        yield _identifying("List-Unsubscribe", ", ".join(ways))
    if headers.unsubscribe_url:
        yield _identifying("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")


def _words(subtype: str, body: str) -> bytes:
    body = _LINE_ENDS.sub("\n", body)
    if not body.endswith("\n"):
        body += "\n"
    plain = _PLAIN_BODY.fullmatch(body) and max(map(len, body.split("\n"))) <= _QP_LINE
    kind = standard_line("Content-Type", f'text/{subtype}; charset="utf-8"')
    way = standard_line("Content-Transfer-Encoding", "7bit" if plain else "quoted-printable")
    words = body.encode("ascii") if plain else quopri.encodestring(body.encode("utf-8", "replace"))
    return f"{kind}{way}\r\n".encode() + words.replace(b"\n", b"\r\n")


def _identifying(name: str, value: str) -> str:
    return identifier_line(name, one_line(value)) + "\r\n"


def _address(name: str | None, address: str, role: str) -> Address:
    found = mail_address(address, role)
    # A lone surrogate cannot be encoded; a name must never be the reason that a mail is not sent.
    clean = one_line(name or "").encode("utf-8", "replace").decode("utf-8")
    return Address(display_name=clean, username=found.local, domain=found.domain)


def _identifier(value: str) -> str:
    if not _IDENTIFIER.fullmatch(value):
        raise PermanentError("a Message-ID or the unsubscribe link is not valid in a header")
    return value
