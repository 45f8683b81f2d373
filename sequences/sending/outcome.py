"""What comes of handing one message to a provider, whatever the channel."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime


class TransportVerdict(enum.StrEnum):
    """How a transport ended: accepted, definitely not (try later or never), or nobody can tell."""

    ACCEPTED = "accepted"
    RETRY = "retry"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class TransportOutcome:
    """The answer of one transport to one message.

    Attributes:
        verdict: see ``TransportVerdict``.
        stage: where it ended: ``connect``, ``tls``, ``auth``, ``mail``, ``rcpt``, ``data`` or ``http``.
        code: the provider's code (SMTP reply or enhanced status, Twilio error code) as text, or None.
        reason: one line fit for logs: no address, no number, no body.
        provider_message_id: the id under which the provider knows the message, if it said one.
        retry_after: seconds after which to try again, when the provider said so.
        opted_out: the provider says that the recipient opted out (Twilio 21610).
        bad_address: the provider says that the address itself is dead (SMTP 5.1.x).
        refused: nobody refused it: this provider cannot carry such a message at all, and nothing of it was said.
        away: it says nothing of this message: the server cannot be reached, or does not let us in. Every message waits.
    """

    verdict: TransportVerdict
    stage: str
    code: str | None = None
    reason: str = ""
    provider_message_id: str | None = None
    retry_after: float | None = None
    opted_out: bool = False
    bad_address: bool = False
    refused: bool = False
    away: bool = False


@dataclass(slots=True)
class HandOver:
    """How far one message has come on its way out, for whoever has to end it in the middle.

    Attributes:
        may_be_out: False is a proof that the provider cannot have the message: a transport says so as soon as it has
            the message, and takes it back just before the final dot, or before the first byte of a request.
    """

    may_be_out: bool = True


@dataclass(frozen=True, slots=True)
class MailFile:
    """A file that goes with an e-mail.

    Attributes:
        name: as the recipient sees it; one line, no folder.
        content_type: ``application/pdf``.
        content: its bytes.
        content_id: of an image that the HTML shows as ``cid:``, without angle brackets; None makes it an attachment.
    """

    name: str
    content_type: str
    content: bytes
    content_id: str | None = None


@dataclass(frozen=True, slots=True)
class EmailContent:
    """A rendered e-mail before it becomes bytes. ``html`` may be None; ``text`` always exists."""

    subject: str
    text: str
    html: str | None = None
    files: tuple[MailFile, ...] = ()


@dataclass(frozen=True, slots=True)
class EmailHeaders:
    """Everything around the content of one e-mail.

    Attributes:
        message_id: deterministic, with angle brackets.
        sender_name: display name; newlines are cleaned by the builder.
        sender_address: ``From`` address.
        recipient_name: display name or None.
        recipient_address: ``To`` address.
        reply_to: the signed reply address.
        date: aware UTC.
        in_reply_to: Message-ID of the mail before in this thread, or None.
        references: Message-IDs of the thread, oldest first.
        unsubscribe_url: the one-click link (RFC 8058), or None.
        unsubscribe_mailto: the ``mailto:`` address for RFC 2369, or None.
    """

    message_id: str
    sender_name: str
    sender_address: str
    recipient_name: str | None
    recipient_address: str
    reply_to: str
    date: datetime
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    unsubscribe_url: str | None = None
    unsubscribe_mailto: str | None = None
