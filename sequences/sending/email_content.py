"""One e-mail before it becomes bytes: its content, its files and everything around them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


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
        reply_to: the signed reply address; None: answers go to the sender.
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
    reply_to: str | None
    date: datetime
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    unsubscribe_url: str | None = None
    unsubscribe_mailto: str | None = None
