"""The life of one text as its provider tells it. Callbacks arrive twice and out of order; a status never goes back.

Words and meaning: Twilio, "Message resource", message status values. Twilio says that new ones may come without notice:
an unknown word changes nothing.
"""

from __future__ import annotations

import enum
from typing import Final


class MessageStatus(enum.StrEnum):
    """Twilio's words for the state of a message."""

    ACCEPTED = "accepted"
    SCHEDULED = "scheduled"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    PARTIALLY_DELIVERED = "partially_delivered"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    CANCELED = "canceled"
    READ = "read"
    RECEIVING = "receiving"
    RECEIVED = "received"


_FINAL_RANK: Final = 6
_RANK: Final = {
    MessageStatus.ACCEPTED: 1,
    MessageStatus.SCHEDULED: 1,
    MessageStatus.QUEUED: 2,
    MessageStatus.RECEIVING: 2,
    MessageStatus.SENDING: 3,
    MessageStatus.SENT: 4,
    MessageStatus.PARTIALLY_DELIVERED: 5,
    MessageStatus.DELIVERED: _FINAL_RANK,
    MessageStatus.UNDELIVERED: _FINAL_RANK,
    MessageStatus.FAILED: _FINAL_RANK,
    MessageStatus.CANCELED: _FINAL_RANK,
    MessageStatus.RECEIVED: _FINAL_RANK,
    MessageStatus.READ: _FINAL_RANK + 1,
}
_NOT_DELIVERED: Final = frozenset({MessageStatus.UNDELIVERED, MessageStatus.FAILED, MessageStatus.CANCELED})


def rank(status: MessageStatus) -> int:
    """Returns how far along ``status`` is; a higher rank is later."""
    return _RANK[status]


def parse_status(word: str) -> MessageStatus | None:
    """Returns the status that ``word`` names in any case, or None for one that we do not know (yet)."""
    try:
        return MessageStatus(word.strip().lower())
    except ValueError:
        return None


def is_failure(status: MessageStatus) -> bool:
    """Tells whether the text is known not to have reached the person."""
    return status in _NOT_DELIVERED


def advance(current: MessageStatus | None, reported: MessageStatus | None) -> MessageStatus | None:
    """Returns the status to keep after ``reported`` came in.

    A final status stays against any other final one, whichever came first; ``read`` follows ``delivered`` only.
    """
    if reported is None or current is None:
        return current or reported
    if current in _NOT_DELIVERED or rank(reported) <= rank(current):
        return current
    return reported
