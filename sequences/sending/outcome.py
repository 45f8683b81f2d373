"""What comes of handing one message to a provider, whatever the channel, and when to try again."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

MOST_TRIES: Final = 10
"""With the waits below that is a little over a day, the least for which RFC 5321 section 4.5.4.1 has senders try."""
RESEND_AFTER: Final = timedelta(hours=1)
"""How long an unknown send waits for a bounce, a reply or a status before ``if_unknown: resend`` sends it again."""
_FIRST_SECONDS: Final = 60.0
_LONGEST_SECONDS: Final = 6 * 3600.0


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

    @property
    def state(self) -> str:
        """Of a message that is not tried again: ``sent``, ``unknown`` or ``failed``."""
        return {TransportVerdict.ACCEPTED: "sent", TransportVerdict.UNKNOWN: "unknown"}.get(self.verdict, "failed")


@dataclass(slots=True)
class HandOver:
    """How far one message has come on its way out, for whoever has to end it in the middle.

    Attributes:
        may_be_out: False is a proof that the provider cannot have the message: a transport says so as soon as it has
            the message, and takes it back just before the final dot, or before the first byte of a request.
    """

    may_be_out: bool = True


def wait_before_try(number: int) -> float:
    """Seconds before the given try (1 is the first repeat): one minute, then three times as long each, at most 6 hours.

    >>> [round(wait_before_try(number) / 60) for number in range(1, 7)]
    [1, 3, 9, 27, 81, 243]
    """
    exponent: int = max(number, 1) - 1
    return min(_FIRST_SECONDS * 3.0**exponent, _LONGEST_SECONDS)
