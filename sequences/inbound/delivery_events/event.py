"""One telling of a provider, whichever it is, and how it is read without a word of it raising."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sequences.inbound.model import Failure, InboundEvent
from sequences.inbound.reports.address_verdict import ReportedRecipient, address_verdict

DELAYED: Final = "delayed"
"""Reason of a failure that is none yet: the provider goes on trying."""
_LONGEST_ID: Final = 200
_LONGEST_ADDRESS: Final = 320


@dataclass(frozen=True, slots=True)
class DeliveryEvent:
    """What a provider tells of one of our mails.

    Attributes:
        key: the same each time that it is told.
        message_ids: ids by which the mail may be known here, ours or the provider's.
        failure: whose mail, and what came of it. Whatever says only that the provider has the mail is a delivery.
        unsubscribed: the recipient asked the provider for no more mail.
    """

    key: str
    message_ids: tuple[str, ...]
    failure: Failure
    unsubscribed: bool = False

    @property
    def is_news(self) -> bool:
        """It says more than that the provider has the mail."""
        return self.unsubscribed or (
            self.failure.event is not InboundEvent.DELIVERED and self.failure.reason != DELAYED
        )


def event_key(provider: str, *parts: str) -> str:
    """The key of a telling, by what the provider calls it."""
    said = ":".join(parts)
    return f"event:{provider}:{said if len(said) <= _LONGEST_ID else hashlib.sha256(said.encode()).hexdigest()}"


def delivered(address: str) -> Failure:
    """The provider has the mail, or its recipient does."""
    return Failure(address, "", InboundEvent.DELIVERED, "delivered")


def delayed(address: str) -> Failure:
    """The provider goes on trying."""
    return Failure(address, "", InboundEvent.SOFT_BOUNCE, DELAYED)


def soft(address: str, reason: str, status: str = "") -> Failure:
    """It did not arrive, and that says nothing of the address."""
    return Failure(address, status, InboundEvent.SOFT_BOUNCE, reason)


def dead(address: str, status: str = "") -> Failure:
    """The provider sends nothing to that address any more, because it does not exist."""
    return Failure(address, status or "5.0.0", InboundEvent.HARD_BOUNCE, "address")


def complained(address: str) -> Failure:
    """The recipient called it spam."""
    return Failure(address, "", InboundEvent.COMPLAINT, "complaint")


def judged(address: str, status: str, said: str, *, permanent: bool) -> Failure:
    """What the words of the server that refused mean, as in a report by mail.

    Args:
        address: the recipient.
        status: enhanced status code (RFC 3463), or empty.
        said: the server's words, with its code.
        permanent: the provider says that it is for good; else no address is lost over it.
    """
    found = address_verdict(ReportedRecipient(address, status, said, action="failed", report=True))
    if found.event is InboundEvent.HARD_BOUNCE and not permanent:
        return soft(address, "temporary", found.status)
    return found


def address_of(value: object) -> str:
    """A recipient as it is compared."""
    return text(value).strip().lower()[:_LONGEST_ADDRESS]


def text(value: object) -> str:
    """A text of a document; numbers too; empty for anything else."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def part(document: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    """An object inside of a document; empty where there is none."""
    found: Any = document
    for name in names:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def known_ids(*values: object) -> tuple[str, ...]:
    """The ids among some values, each once, without angle brackets."""
    found = (text(value).strip().strip("<>")[:990] for value in values)
    return tuple(dict.fromkeys(filter(None, found)))
