"""What one incoming mail turned out to be."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass


class InboundEvent(enum.StrEnum):
    """What a mail means for the run it belongs to.

    ``soft_bounce`` is every failure that says nothing final about the *address*: a full mailbox, a policy, our own
    reputation, a delay (then ``reasons`` holds ``delayed``). Only ``hard_bounce`` may suppress an address.
    """

    HUMAN = "human"
    AUTO_REPLY = "auto_reply"
    HARD_BOUNCE = "hard_bounce"
    SOFT_BOUNCE = "soft_bounce"
    DELIVERED = "delivered"
    COMPLAINT = "complaint"
    AUTH_FAILURE_REPORT = "auth_failure_report"


@dataclass(frozen=True, slots=True)
class Failure:
    """One recipient of a delivery report.

    Attributes:
        address: the failed address in lower case, or empty when the report does not name it.
        status: the enhanced status code (RFC 3463), or empty.
        event: hard, soft or delivered.
        reason: one word for the rule that decided (``address``, ``mailbox_full``, ``policy`` ...).
        original: the address that the sender had written to, where the report names it beside the failed one.
    """

    address: str
    status: str
    event: InboundEvent
    reason: str
    original: str = ""


@dataclass(frozen=True, slots=True)
class MailReading:
    """The answer of one reader (complaint, bounce, auto-reply) that recognised the mail.

    Attributes:
        words: what the person wrote, where the reader knows it better than ``read_reply``; else empty.
    """

    event: InboundEvent
    reasons: tuple[str, ...]
    failures: tuple[Failure, ...] = ()
    original_message_id: str = ""
    return_date: dt.date | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class InboundMail:
    """One incoming mail, read.

    Attributes:
        event: what it means.
        recipient: the address that failed, complained, was delivered to, or whose filter refused the mail; else empty.
        status: enhanced status code (RFC 3463) of that recipient, or empty.
        original_message_id: Message-ID of our mail as named inside a report, with angle brackets, or empty.
        message_id: this mail's own Message-ID with angle brackets, or empty.
        in_reply_to: the ids of In-Reply-To.
        references: the ids of References, oldest first.
        sender: address of who wrote it, as it is compared: that of From (Sender or Return-Path when From is missing),
            or, where a group or a forwarder has rewritten From, the one named instead; empty when none is named.
        from_address: address of From as it came. Where it is not ``sender``, nothing but the mail's word ties the two.
        recipients: To, Cc, Delivered-To, X-Original-To and the like, lower case, without repeats: tokens live here.
        subject: decoded, one line.
        date: of the Date header, with its offset; None when missing or unreadable.
        text: the full text, from the plain part or the HTML.
        reply_text: the words that the person wrote: no quote, attribution or signature. Empty for a machine's report.
        reasons: why this event, most telling first. Fixed words only, no content of the mail.
        return_date: the first day on which an absent person is back, when an auto-reply says so.
        failures: every recipient of a delivery report; the first one gave ``event``.
        calendar_answer: ``accepted``, ``declined`` or ``tentative`` of a text/calendar reply, or empty.
        absent: an auto-reply says that the person is away; others merely confirm that something arrived.
        other_words: what the mail says beside ``reply_text``: the lines that were cut away as a quote or a signature,
            without quote marks, and the words of a second text part that differs. They are searched for a wish not to
            be contacted, and for nothing else.
        mark: what ``X-Relance-Reply`` holds, which forwarded replies have; empty in all other mail.
        trace: name and value of From, Received and Authentication-Results as they stand in the mail, from the top; for
            ``sequences.inbound.authentication``.
    """

    event: InboundEvent
    recipient: str
    status: str
    original_message_id: str
    message_id: str
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    sender: str
    recipients: tuple[str, ...]
    subject: str
    date: dt.datetime | None
    text: str
    reply_text: str
    reasons: tuple[str, ...]
    return_date: dt.date | None
    failures: tuple[Failure, ...] = ()
    calendar_answer: str = ""
    absent: bool = False
    from_address: str = ""
    other_words: tuple[str, ...] = ()
    mark: str = ""
    trace: tuple[tuple[str, str], ...] = ()
