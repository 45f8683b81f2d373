"""A mail that the recipient's own filter refused: what a Sieve ``reject`` sends (RFC 5429 section 2.1.2).

It looks like a read receipt (RFC 8098: "deleted", automatically), but a person wrote its words for whoever mails them:
"I do not take mail from recruiters. Please remove me from your list."
"""

from __future__ import annotations

import re

from sequences.inbound.mime.body import Mail
from sequences.inbound.mime.charset import decode_transfer
from sequences.inbound.mime.headers import Headers, addresses, read_headers
from sequences.inbound.model import Failure, InboundEvent, MailReading
from sequences.inbound.reports.original import original_message_id

REJECTED = "rejected"
"""The reason of such a mail: a refusal, whatever the words are taken for."""

_MAX_WORDS = 20_000
_SUBMITTED = re.compile(r"\(\s*reject", re.I)
_SUBJECT = re.compile(r"\W{0,3}(?:automatically )?rejected(?:[ ]mail)?\s*(?::|$)", re.I)
_SAYS = re.compile(r"\bwas automatically rejected\b|\brejected by (?:the )?(?:recipient's )?sieve\b", re.I)
# What the server writes above the person's words: Pigeonhole's one line, Cyrus' two sentences, Exim's.
_INTRODUCTION = re.compile(
    r"\A[\s\S]{0,600}?(?:was automatically rejected[^\n:]{0,200}:|following reason was given:|"
    r"reason (?:is|was|given)\s?:)[ \t]*\n?",
    re.I,
)


def read_rejection(mail: Mail, notice: str) -> MailReading | None:
    """The verdict of a refusal by a filter, or None when the mail is none.

    A receipt for a mail that was thrown away unread ("Not read: ...") is none: nobody wrote anything.

    Args:
        mail: taken apart.
        notice: its human-readable part.
    """
    for part in mail.of_kind("message/disposition-notification"):
        fields = read_headers(decode_transfer(part.raw, part.headers.get("content-transfer-encoding")).strip())
        if not _is_rejection(mail, fields, notice):
            return None
        named = fields.get("final-recipient") or fields.get("original-recipient")
        failures = tuple(
            Failure(address, "", InboundEvent.HUMAN, REJECTED)
            for address in addresses(named.partition(";")[2] or named)[:1]
        )
        words = _INTRODUCTION.sub("", notice[:_MAX_WORDS], count=1).strip()
        return MailReading(
            InboundEvent.HUMAN, (REJECTED,), failures, original_message_id(mail), words=words or notice.strip()
        )
    return None


def _is_rejection(mail: Mail, fields: Headers, notice: str) -> bool:
    if _SUBMITTED.search(mail.headers.get("auto-submitted")):
        return True
    mode, _, kind = fields.get("disposition").lower().partition(";")
    by_itself = mode.strip().startswith("automatic-action") and ("deleted" in kind or "denied" in kind)
    says = _SAYS.search(notice[:_MAX_WORDS]) is not None
    return by_itself and (says or _SUBJECT.match(mail.headers.text("subject")[:200]) is not None)
