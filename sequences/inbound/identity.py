"""What makes two deliveries of one mail recognisable: its own content, without the traces of the way it took.

The same mail may come by LMTP and be found again by IMAP, with other trace fields on top (Return-Path, Delivered-To,
Received), in another transfer encoding (RFC 6152 lets a relay change it) and with other line ends. A Message-ID alone
says too little: careless programs give one to many mails.
"""

from __future__ import annotations

import hashlib
import re

from sequences.inbound.body import normalise, split_header, take_apart
from sequences.inbound.charset import decode_transfer
from sequences.inbound.headers import decode_words, message_ids, read_headers

_ORIGIN = ("from", "sender", "reply-to", "to", "cc", "subject", "date", "message-id", "in-reply-to", "references")
"""The fields that the author's program wrote (RFC 5322 section 3.6); everything else may be a trace."""
_FORM = {"content-type": "text/plain", "content-transfer-encoding": "7bit"}
_MAX_BODY = 12_000_000
# An index of Postgres takes 2,704 octets; RFC 5322 allows a line of 998.
_LONGEST_ID = 1_000
_LINE_TAIL = re.compile(rb"[ \t]+(?=\n|$)")
# An mbox file quotes such lines, and not every program that reads it takes the quote away.
_MBOX_FROM = re.compile(rb"^>(?=From )", re.M)


def content_key(raw: bytes) -> str:
    """The key of a mail: its Message-ID, if it has one, and a hash of what its author wrote.

    Args:
        raw: the mail as it came. Linear in its size; never raises.
    """
    head, body = split_header(normalise(raw, len(raw)))
    headers = read_headers(head)
    digest = hashlib.sha256()
    for name in _ORIGIN:
        for value in headers.all(name):
            _add(digest, name.encode(), " ".join(decode_words(value).split()).encode("utf-8", "replace"))
    form = "".join(f"{name}: {headers.get(name, default)}\n" for name, default in _FORM.items())
    for part in take_apart(form.encode("utf-8", "replace") + b"\n" + body[:_MAX_BODY]).parts:
        content = decode_transfer(part.raw, part.headers.get("content-transfer-encoding"))
        _add(digest, f"{part.kind}:{part.embedded}".encode("utf-8", "replace"), _settled(content))
    if len(body) > _MAX_BODY:
        _add(digest, b"rest", body[_MAX_BODY:].strip())
    ids = message_ids(headers.get("message-id"))
    ident = ids[0] if ids else ""
    if len(ident.encode("utf-8", "replace")) > _LONGEST_ID:
        ident = hashlib.sha256(ident.encode("utf-8", "replace")).hexdigest()
    return f"content:{ident}:{digest.hexdigest()}"


def _settled(content: bytes) -> bytes:
    """Without what servers change in the text of a mail: line ends, spaces at their ends, empty lines at the end."""
    plain = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return _MBOX_FROM.sub(b"", _LINE_TAIL.sub(b"", plain)).strip()


def _add(digest: hashlib._Hash, name: bytes, value: bytes) -> None:
    # The lengths keep one field from passing for the end of another.
    digest.update(b"%d:%d:" % (len(name), len(value)))
    digest.update(name)
    digest.update(value)
