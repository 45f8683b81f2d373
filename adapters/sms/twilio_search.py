"""Finds a text among those that Twilio has, when its answer to the create got lost. Only reads."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sequences.sms.smart_encoding import smart_encode
from sequences.sms.twilio_address import SERVICE

# Twilio's clock and ours, and the whole seconds in which it tells when a text was made.
_SLACK: Final = timedelta(seconds=60)
_MOST_READ: Final = 200
_TRIAL: Final = "Sent from your Twilio trial account - "


@dataclass(frozen=True)
class LostSms:
    """A text whose create was not answered.

    Attributes:
        recipient: E.164, marked where it is no text: ``whatsapp:+442071838750``.
        body: as it was handed over, or as a person reads an approved template.
        sender: number, alphanumeric id or messaging service (``MG...``) that it was to go from.
        since: aware UTC; when the request was begun. Earlier texts are others, except within a minute.
    """

    recipient: str
    body: str
    sender: str
    since: datetime


async def reconcile_sms(messages: Any, lost: LostSms, known: Collection[str] = ()) -> str | None:
    """Looks for a text of ours by whom it went to and what it said.

    Twilio filters a list by the day on which a text was *sent*, which one that still waits in its queue has not got. So
    the newest texts to the number are read, whatever their state, and judged by when they were made.

    Of an approved template Twilio shows the words that it made of it; of one that a messaging service sent, none. Where
    the words are not ours nothing is proved, and None is the answer.

    Args:
        messages: the SDK's list of messages of the account.
        lost: which.
        known: ids that belong to other sends of ours: the same words may have gone to the same person before.

    Returns:
        The MessageSid of the oldest text that fits, or None when Twilio has none.

    Raises:
        TwilioException: Twilio refuses the look-up, or its answer cannot be read.
        aiohttp.ClientError: it does not answer.
    """
    service = SERVICE.fullmatch(lost.sender) is not None
    only = {} if service else {"from_": lost.sender}
    found = await messages.list_async(to=lost.recipient, limit=_MOST_READ, **only)
    fitting = [
        message
        for message in found
        if message.sid not in known
        and str(message.direction).startswith("outbound-api")
        and (not service or message.messaging_service_sid == lost.sender)
        and message.date_created is not None
        and message.date_created >= lost.since - _SLACK
        and _same_words(str(message.body or ""), lost.body)
    ]
    first = min(fitting, key=lambda message: message.date_created, default=None)
    return None if first is None else str(first.sid)


def _same_words(kept: str, ours: str) -> bool:
    """Twilio may have replaced typographic characters, and puts words of its own before a trial account's texts."""
    kept = kept.removeprefix(_TRIAL).strip()
    return kept == ours.strip() or smart_encode(kept) == smart_encode(ours.strip())
