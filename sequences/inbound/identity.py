"""What makes two deliveries of one mail recognisable: its own content, without the traces of the way it took.

The same mail may come by LMTP and be found again by IMAP, with other trace fields on top (Return-Path, Delivered-To,
Received), in another transfer encoding (RFC 6152 lets a relay change it), in another charset, with fields written in
another way and with other line ends: that is one key. A list or a gateway changes more (From, a tag in the subject, a
footer): then the Message-ID leads to the rows in question, and ``same_mail`` decides. A Message-ID alone says too
little: careless programs give one to many mails.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime

from sequences.inbound.mime.body import normalise, split_header, take_apart
from sequences.inbound.mime.charset import decode_transfer
from sequences.inbound.mime.headers import addresses, decode_words, message_ids, read_date, read_headers
from sequences.inbound.model import InboundMail

_ADDRESSES = ("from", "sender", "reply-to", "to", "cc")
_IDS = ("message-id", "in-reply-to", "references")
_ORIGIN = (*_ADDRESSES, "subject", "date", *_IDS)
"""The fields that the author's program wrote (RFC 5322 section 3.6); everything else may be a trace."""
_FORM = {"content-type": "text/plain", "content-transfer-encoding": "7bit"}
_MAX_BODY = 12_000_000
# Text of this many bytes is decoded to its end.
_WHOLLY_READ = 900_000
# What a list puts below a mail says where it is to be found.
_LONGEST_FOOTER = 600
_FOOTER = re.compile(r"https?://|@|www\.|mailto:", re.I)
# An index of Postgres takes 2,704 octets; RFC 5322 allows a line of 998.
_LONGEST_ID = 1_000
_BLANKS = b" \t"
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
            _add(digest, name.encode(), _said(name, value).encode("utf-8", "replace"))
    form = "".join(f"{name}: {headers.get(name, default)}\n" for name, default in _FORM.items())
    for part in take_apart(form.encode("utf-8", "replace") + b"\n" + body[:_MAX_BODY]).parts:
        if part.kind.startswith("text/") and len(part.raw) <= _WHOLLY_READ:
            content = part.text.encode("utf-8", "replace")
        else:
            content = decode_transfer(part.raw, part.headers.get("content-transfer-encoding"))
        _add(digest, f"{part.kind}:{part.embedded}".encode("utf-8", "replace"), _settled(content))
    if len(body) > _MAX_BODY:
        _add(digest, b"rest", body[_MAX_BODY:].strip())
    ids = message_ids(headers.get("message-id"))
    ident = ids[0] if ids else ""
    if len(ident.encode("utf-8", "replace")) > _LONGEST_ID:
        ident = f"<{hashlib.sha256(ident.encode('utf-8', 'replace')).hexdigest()}>"
    return f"content:{ident}:{digest.hexdigest()}"


def of_one_id(key: str) -> str:
    """What the keys of all mails with the Message-ID of this one begin with; empty for a mail without one."""
    kind, _, rest = key.partition(":")
    ident = rest.rpartition(":")[0]
    return f"{kind}:{ident}:" if kind == "content" and ident.startswith("<") else ""


def same_mail(one: InboundMail, other: InboundMail) -> bool:
    """True for two mails of one Message-ID by the same author, of the same instant and in the same words.

    A list's footer below the words of one of them does not count, nor does the subject. An author whom a list has made
    unknown may be anybody.
    """
    if not one.message_id or one.message_id != other.message_id or one.event is not other.event:
        return False
    if one.sender != other.sender and one.sender and other.sender:
        return False
    if one.date and other.date and _instant(one.date) != _instant(other.date):
        return False
    if one.failures != other.failures or one.calendar_answer != other.calendar_answer:
        return False
    shorter, longer = sorted(("".join((mail.reply_text or mail.text).split()) for mail in (one, other)), key=len)
    below = longer.removeprefix(shorter)
    return not below or (
        bool(shorter) and longer.startswith(shorter) and _FOOTER.search(below[:_LONGEST_FOOTER]) is not None
    )


def _said(name: str, value: str) -> str:
    """What a field says, however it is written: names beside addresses, folding and zones do not count."""
    if name in _ADDRESSES and (found := addresses(value)):
        return " ".join(found)
    if name in _IDS and (ids := message_ids(value)):
        return " ".join(ids)
    if name == "date" and (instant := read_date(value)):
        return _instant(instant).isoformat()
    return " ".join(decode_words(value).split())


def _instant(date: datetime) -> datetime:
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)


def _settled(content: bytes) -> bytes:
    """Without what servers change in the text of a mail: line ends, spaces at their ends, empty lines at the end."""
    plain = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    # Line by line: a pattern for blanks at the end of a line tries each of a million blanks that end nowhere.
    return _MBOX_FROM.sub(b"", b"\n".join([line.rstrip(_BLANKS) for line in plain.split(b"\n")])).strip()


def _add(digest: hashlib._Hash, name: bytes, value: bytes) -> None:
    # The lengths keep one field from passing for the end of another.
    digest.update(b"%d:%d:" % (len(name), len(value)))
    digest.update(name)
    digest.update(value)
