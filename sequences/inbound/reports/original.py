"""Which of our mails a report is about: its Message-ID, wherever the report kept it."""

from __future__ import annotations

import re

from sequences.inbound.mime.body import Mail
from sequences.inbound.mime.headers import message_ids

_INLINE = re.compile(
    r"^[ \t>]{0,12}(?:X-)?(?:Original-)?Message-ID[ \t]{0,4}:[ \t\n]{0,4}(<[^<>\s]{1,990}>|"
    r"[^<>\s]{1,300}@[^<>\s]{1,300})",
    re.I | re.M,
)
_MAX_TEXT = 200_000


def original_message_id(mail: Mail) -> str:
    """The Message-ID of the mail that was sent back or complained about, with angle brackets, or empty."""
    if mail.original is not None:
        for value in mail.original.all("message-id"):
            for ident in message_ids(value)[:1]:
                return ident
    for part in mail.parts:
        if part.embedded or part.kind in (
            "text/plain",
            "text/rfc822-headers",
            "message/delivery-status",
            "message/disposition-notification",
            "multipart/report",
        ):
            match = _INLINE.search(part.text[:_MAX_TEXT])
            if match:
                return "<" + match.group(1).strip("<>") + ">"
    for name in ("x-original-message-id", "in-reply-to", "references"):
        ids = message_ids(mail.headers.get(name))
        if ids:
            return ids[-1]
    return ""
