"""What else is to be said of a person's mail: an answer from the calendar, a forward, an attachment, a cipher."""

from __future__ import annotations

import re

from sequences.inbound.mime.body import Mail, MimePart
from sequences.inbound.mime.headers import parameters
from sequences.inbound.replies.quote_markers import FORWARD

_PARTSTAT = re.compile(r"PARTSTAT[=:\"]{1,2}(ACCEPTED|DECLINED|TENTATIVE)", re.I)
_METHOD = re.compile(r"^METHOD:[ \t]*([A-Z]{3,20})", re.I | re.M)
# "Fwd:" in the languages of Europe; none of these is some other language's "Re:".
_FORWARDED = re.compile(r"^\W{0,3}(?:fwd?|wg|tr|rv|enc|doorst|pd|vb|vl|vidaresend|i|fs|videresend|ilt)\s?:", re.I)
_ENVELOPED = re.compile(r"enveloped-data|compressed-data", re.I)
_ARMOUR = re.compile(r"^-----BEGIN PGP MESSAGE-----\s*$", re.M)
_MAX_TEXT = 100_000


def calendar_answer(mail: Mail) -> str:
    """``accepted``, ``declined`` or ``tentative`` of an iMIP answer (RFC 6047), or empty."""
    for part in mail.of_kind("text/calendar", "application/ics")[:3]:
        text = part.text[:_MAX_TEXT].replace("\n ", "").replace("\n\t", "")
        found = _PARTSTAT.search(text)
        if found and _method(part) in ("REPLY", "COUNTER"):
            return found.group(1).lower()
    return ""


def traits(mail: Mail, text: str) -> tuple[str, ...]:
    """Fixed words for ``reasons``, for the person who reads the reply.

    Args:
        mail: the mail, taken apart.
        text: its full text.
    """
    found = []
    if calendar_answer(mail):
        found.append("calendar_answer")
    elif any(_method(part) == "REQUEST" for part in mail.of_kind("text/calendar", "application/ics")[:3]):
        found.append("calendar_invitation")
    if _FORWARDED.match(mail.headers.text("subject")[:40]) or FORWARD.search(text[:_MAX_TEXT]):
        found.append("forward")
    if _encrypted(mail, text):
        found.append("encrypted")
    elif any(_is_attachment(part, alone=not text.strip()) for part in mail.parts if not part.embedded):
        found.append("attachment")
    return tuple(found)


def _method(part: MimePart) -> str:
    method = parameters(part.headers.get("content-type")).get("method", "")
    match = None if method else _METHOD.search(part.text[:_MAX_TEXT])
    return (match.group(1) if match else method).upper()


def _encrypted(mail: Mail, text: str) -> bool:
    for part in mail.of_kind("application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted"):
        kind = parameters(part.headers.get("content-type")).get("smime-type", "")
        if part.kind == "application/pgp-encrypted" or not kind or _ENVELOPED.search(kind):
            return True
    return _ARMOUR.search(text[:_MAX_TEXT]) is not None


def _is_attachment(part: MimePart, *, alone: bool) -> bool:
    if part.kind in ("text/calendar", "application/ics", "message/rfc822") or "signature" in part.kind:
        return False
    if part.kind == "application/ms-tnef":
        # Outlook's wrapping: of the same text, when a text stands beside it.
        return alone
    named = "name" in parameters(part.headers.get("content-type"))
    return part.attached or (named and not part.kind.startswith(("image/", "multipart/")))
