"""Follow-ups that go out: when they are tried, what an answer means, and when it is over. Pure."""

from __future__ import annotations

import enum
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

KINDS: Final = ("enroll", "webhook")
"""What goes out to other systems. Everything else is a row of ours and done at once, but for ``SEND``."""
SEND: Final = "send"
"""A message to the person: it waits for its hour, its mailbox and the cap, as the message of a step does."""

DELIVERY_PROBLEM: Final = "delivery_problem"
"""Kind of the notification that tells an owner of what could not be delivered."""

NET: Final = timedelta(minutes=15)
"""A workflow that is this late is taken for lost, and the delivery is handed over once more."""

_FIRST: Final = timedelta(seconds=5)
_LONGEST: Final = timedelta(hours=1)
_LONGEST_ASKED: Final = timedelta(days=1)
_SPREAD: Final = 0.25

# RFC 9110 sections 15.5.9 and 15.6, RFC 8470 section 5.2 (425) and RFC 6585 section 4 (429): another time it may work.
_MAY_PASS: Final = frozenset({408, 425, 429})


def webhook_target(webhook: Mapping[str, str]) -> str:
    """Where a webhook goes, as the sequence says it: the name of a receiver, or an address."""
    return webhook.get("endpoint") or webhook.get("url", "")


def webhook_payload(facts: Mapping[str, Any]) -> dict[str, Any]:
    """What a receiver with a name gets, in the shape of Standard Webhooks: ``type``, ``timestamp`` and ``data``.

    Args:
        facts: as addresses get them, flat; ``event`` is the type and ``at`` the timestamp.
    """
    data = {key: value for key, value in facts.items() if key not in ("event", "at")}
    return {"type": facts["event"], "timestamp": facts["at"], "data": data}


class DeliveryVerdict(enum.StrEnum):
    """What one try came to."""

    DONE = "done"
    AGAIN = "again"
    NEVER = "never"


@dataclass(frozen=True)
class ReceiverAnswer:
    """What a receiver did with one request.

    Attributes:
        verdict: done; again, it may take it another time; never, it will not.
        words: for people; nothing that the receiver wrote.
        retry_after: the header of that name, or empty.
        status: of HTTP; None: there was no answer.
        tried: False: nothing was sent, for there was no room.
    """

    verdict: DeliveryVerdict
    words: str
    retry_after: str = ""
    status: int | None = None
    tried: bool = True


@dataclass(frozen=True)
class DeliveryCall:
    """One try. ``now`` is the workflow's time; ``attempt`` says how often a message was given back before."""

    follow_up: str = ""
    now: datetime | None = None
    attempt: int = 0


@dataclass(frozen=True)
class Delivered:
    """What became of a try.

    Attributes:
        state: of the follow-up now; empty when there is no such follow-up.
        again_at: UTC; when it is tried again; None: it is over.
        sends: it is a message: the activity that hands messages to servers tries it.
        attempt: of a message: how often it was given back so far.
    """

    state: str = ""
    again_at: datetime | None = None
    sends: bool = False
    attempt: int = 0


@dataclass(frozen=True)
class GiveUpCall:
    """The end of a delivery whose tries fail on our own side."""

    follow_up: str = ""
    reason: str = ""
    now: datetime | None = None


def delivery_verdict(status: int, retry_after: str = "") -> ReceiverAnswer:
    """What an HTTP status means for a delivery (RFC 9110 section 15)."""
    words = f"HTTP {status}"
    if 200 <= status < 300:
        return ReceiverAnswer(DeliveryVerdict.DONE, words, status=status)
    if 300 <= status < 400:
        return ReceiverAnswer(
            DeliveryVerdict.NEVER,
            f"{words}: it redirects, and redirects are not followed; use the new address",
            status=status,
        )
    if status >= 500 or status in _MAY_PASS:
        return ReceiverAnswer(DeliveryVerdict.AGAIN, words, retry_after[:64], status)
    return ReceiverAnswer(DeliveryVerdict.NEVER, f"{words}: it refuses", status=status)


def next_try(
    tries: int, now: datetime, deadline: datetime, *, seed: str, asked: timedelta | None = None
) -> datetime | None:
    """When a delivery that failed just now is tried again; None: it has lasted long enough.

    The wait doubles from five seconds to an hour, and is spread a little, so that what failed together is not tried
    together for ever.

    Args:
        tries: how often it was tried, this time included.
        now: UTC.
        deadline: the last try is then.
        seed: the id of the follow-up; the spread comes from it.
        asked: how long the receiver asks us to wait; a day at the most.

    >>> start = datetime(2027, 5, 4, 9, tzinfo=UTC)
    >>> deadline = start + timedelta(days=1)
    >>> next_try(3, start, deadline, seed="f1") - start < timedelta(seconds=26)
    True
    >>> next_try(99, deadline, deadline, seed="f1") is None
    True
    """
    if now >= deadline:
        return None
    doubled = _FIRST.total_seconds() * 2.0 ** min(max(tries, 1) - 1, 20)
    wait = min(_LONGEST, timedelta(seconds=doubled)) * (1 + _SPREAD * _share(f"{seed}:{tries}"))
    if asked is not None:
        wait = max(wait, min(asked, _LONGEST_ASKED))
    return min(now + wait, deadline)


def asked_wait(header: str, now: datetime) -> timedelta | None:
    """How long ``Retry-After`` asks to wait: seconds or a date (RFC 9110 section 10.2.3); None: nothing usable."""
    text = header.strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text), 10**9)) if len(text) <= 10 else _LONGEST_ASKED
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(timedelta(0), moment - now)


def lasts_words(lasts: timedelta) -> str:
    """A span of hours as people say it, such as ``3 days`` or ``1 hour``."""
    hours = lasts.total_seconds() / 3600
    number, unit = (hours / 24, "day") if hours >= 48 and hours % 24 == 0 else (hours, "hour")
    return f"{number:g} {unit}" + ("" if number == 1 else "s")


def _share(text: str) -> float:
    """From 0 to 1, the same for the same text."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4]) / 2**32
