"""Events of SendGrid, as its Event Webhook posts them: many at once.

Contract: https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event and .../bounce-classification.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from sequences.inbound.delivery_events.event import (
    DeliveryEvent,
    address_of,
    complained,
    dead,
    delayed,
    delivered,
    event_key,
    judged,
    known_ids,
    soft,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sequences.inbound.model import Failure

_HAS_IT: Final = frozenset({"processed", "delivered", "open", "click"})
_LEFT: Final = frozenset({"unsubscribe", "group_unsubscribe"})
_DROPPED: Final = {"bounced address": dead, "spam reporting address": complained}
"""It sends nothing to whom it has in a list."""
_UNSUBSCRIBED: Final = "unsubscribed address"
_CLASSES: Final = {
    "content": "content",
    "reputation": "reputation",
    "technical": "system",
    "mailbox unavailable": "suspended",
    "frequency or volume too high": "policy",
}
_INVALID: Final = "invalid address"
# What follows the id that its answer to us had.
_REST: Final = re.compile(r"\.(?:filter|recv)")


def read_sendgrid(document: Mapping[str, Any]) -> tuple[DeliveryEvent, ...]:
    """One event of a post; none where it is about nothing that matters here."""
    kind, reason = text(document.get("event")), text(document.get("reason"))
    address = address_of(document.get("email"))
    failure = _failure(kind, reason, address, document)
    if failure is None:
        return ()
    # That of theirs is missing where a server refused later on.
    theirs = _REST.split(text(document.get("sg_message_id")), maxsplit=1)[0]
    told = text(document.get("sg_event_id")) or f"{kind}:{address}:{text(document.get('timestamp'))}:{theirs}"
    return (
        DeliveryEvent(
            event_key("sendgrid", told),
            known_ids(document.get("smtp-id"), theirs),
            failure,
            unsubscribed=kind in _LEFT or (kind == "dropped" and reason.lower() == _UNSUBSCRIBED),
        ),
    )


def _failure(kind: str, reason: str, address: str, document: Mapping[str, Any]) -> Failure | None:
    if kind in _HAS_IT or kind in _LEFT:
        return delivered(address)
    if kind == "spamreport":
        return complained(address)
    if kind == "deferred":
        return delayed(address)
    if kind == "dropped":
        found = _DROPPED.get(reason.lower())
        return found(address) if found is not None else soft(address, "undefined")
    return _bounced(reason, address, document) if kind == "bounce" else None


def _bounced(reason: str, address: str, document: Mapping[str, Any]) -> Failure:
    permanent = document.get("type") != "blocked"
    found = judged(address, text(document.get("status"))[:12], reason, permanent=permanent)
    if found.reason != "undefined":
        return found
    said = text(document.get("bounce_classification")).lower()
    if said == _INVALID and permanent:
        return dead(address, found.status)
    return soft(address, _CLASSES.get(said, found.reason), found.status)
