"""Bytes of a mail in, ``InboundMail`` out. Never raises, whatever the bytes; linear in their number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

from sequences.inbound.absence.auto_reply import auto_reply_header, read_auto_reply, says_absent
from sequences.inbound.authentication import TRACE_FIELDS
from sequences.inbound.author import author, from_address
from sequences.inbound.human_traits import calendar_answer, traits
from sequences.inbound.mime.alternatives import missing_lines, with_what_only_html_says
from sequences.inbound.mime.body import Mail, take_apart
from sequences.inbound.mime.headers import addresses, message_ids, read_date
from sequences.inbound.mime.html_text import without_marks, without_signatures
from sequences.inbound.mime.shown_text import shown_texts
from sequences.inbound.model import Failure, InboundEvent, InboundMail, MailReading
from sequences.inbound.replies.reply_text import Reply, read_reply
from sequences.inbound.replies.thread import Thread
from sequences.inbound.reports.bounce import read_bounce
from sequences.inbound.reports.complaint import read_complaint
from sequences.inbound.reports.original import original_message_id
from sequences.inbound.reports.receipts import read_receipt_text
from sequences.replies.way import MARK

# More hosts than any mail passes (RFC 5321 section 6.3 has a hundred for a loop); a second From must not lie beyond.
_MOST_TRACE = 500
_RECIPIENT_HEADERS = (
    "to",
    "cc",
    "delivered-to",
    "x-original-to",
    "envelope-to",
    "x-envelope-to",
    "x-delivered-to",
    "x-forwarded-to",
    "resent-to",
    "apparently-to",
)

CUT = "cut"
"""The reason of a mail of which only the beginning is read: it has over 12 MB, 200 parts or 1 MB of text."""


def parse_mail(raw: bytes, *, keep_signature: bool = False, parent_text: str = "") -> InboundMail:
    """Reads one mail.

    Args:
        raw: the mail as it came over the wire; LF, CRLF and bare CR line ends give the same answer.
        keep_signature: see ``read_reply``.
        parent_text: text of the mail that is answered, when it is known.

    Returns:
        What it means and what was written. Broken or hostile mail comes back as what could be read of it.
    """
    mail = take_apart(raw)
    shown = shown_texts(mail)
    plain, marked = shown.plain, shown.marked
    text = plain if plain.strip() else without_marks(marked)
    sender = author(mail.headers)
    recipients = tuple(
        dict.fromkeys(a for name in _RECIPIENT_HEADERS for v in mail.headers.all(name) for a in addresses(v))
    )
    subject = mail.headers.text("subject")[:1_000]
    thread = Thread.of(subject, (sender, *addresses(mail.headers.get("reply-to"))), recipients)

    @cache
    def reply() -> tuple[Reply, str]:
        body, signature = (marked, "") if keep_signature else without_signatures(marked)
        found = _reply(plain, body, keep_signature=keep_signature, parent_text=parent_text, thread=thread)
        return found, signature

    verdict = _classify(mail, text, lambda: reply()[0].text)
    answer = calendar_answer(mail)
    if answer and verdict.event is InboundEvent.AUTO_REPLY:
        # The calendar program says that it made the mail; a person pressed the button.
        verdict = MailReading(InboundEvent.HUMAN, ("human",))
    if verdict.event is InboundEvent.HUMAN and not verdict.original_message_id and mail.original is not None:
        # Our mail, forwarded as an attachment: it tells which run this is about.
        verdict = replace(verdict, original_message_id=original_message_id(mail))
    failures = verdict.failures
    first = failures[0] if failures else Failure("", "", verdict.event, "")
    reasons = verdict.reasons
    human = verdict.event is InboundEvent.HUMAN
    written, signature = Reply(verdict.words), ""
    if not verdict.words and verdict.event in (InboundEvent.HUMAN, InboundEvent.AUTO_REPLY):
        written, signature = reply()
    if human:
        reasons = (*reasons, *traits(mail, text))
    if human and not written.certain:
        reasons = (*reasons, "no_own_words")
    if mail.is_cut or shown.is_cut:
        reasons = (*reasons, CUT)
    ids = message_ids(mail.headers.get("message-id"))
    return InboundMail(
        event=verdict.event,
        recipient=first.address,
        status=first.status,
        original_message_id=verdict.original_message_id,
        message_id=ids[0] if ids else "",
        in_reply_to=message_ids(mail.headers.get("in-reply-to")),
        references=message_ids(mail.headers.get("references")),
        sender=sender,
        from_address=from_address(mail.headers),
        recipients=recipients,
        subject=subject,
        date=read_date(mail.headers.get("date")),
        text=text,
        reply_text=written.text,
        reasons=reasons,
        return_date=verdict.return_date,
        failures=failures,
        calendar_answer=answer,
        absent=verdict.event is InboundEvent.AUTO_REPLY and says_absent(mail, written.text, verdict.return_date),
        other_words=tuple(words for words in (written.cut, signature) if words.strip()),
        mark=mail.headers.get(MARK.lower()).strip(),
        trace=mail.headers.of(TRACE_FIELDS, _MOST_TRACE),
    )


def _classify(mail: Mail, text: str, own_words: Callable[[], str]) -> MailReading:
    """Which kind of mail it is. The first reader that knows the mail decides; a mail that none knows is a human's.

    Args:
        mail: the mail, taken apart.
        text: its full text, for the return date of an absence.
        own_words: finds the text without what it quotes. A report has no author whose words are to be found, and most
            mails of machines are reports.
    """
    automatic = auto_reply_header(mail.headers)
    verdict = (
        read_complaint(mail)
        or read_bounce(mail, automatic=bool(automatic))
        or read_receipt_text(mail, text)
        or read_auto_reply(mail, text, own_words(), automatic)
    )
    return verdict or MailReading(InboundEvent.HUMAN, ("human",))


def _reply(plain: str, marked: str, *, keep_signature: bool, parent_text: str, thread: Thread) -> Reply:
    """From the plain part; from the HTML where its containers tell the quote better than the plain text does."""

    def read(text: str) -> Reply:
        return read_reply(text, keep_signature=keep_signature, parent_text=parent_text, thread=thread)

    if not plain.strip():
        return read(marked)
    from_plain = read(plain)
    if not marked:
        return from_plain
    quotes = "\ue001" in marked or "\ue002" in marked or ">" in marked
    more = missing_lines([line for line in marked.split("\n") if not line.startswith(">")], plain)
    if not quotes and not more:
        return from_plain
    from_html = read(marked)
    inside, outside = "".join(from_html.text.split()), "".join(from_plain.text.split())
    shorter = from_html.certain and inside and len(inside) < len(outside) and outside.startswith(inside)
    if shorter:
        return from_html
    return with_what_only_html_says(from_plain, from_html, plain) if more else from_plain
