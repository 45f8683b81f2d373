"""Events of Mailgun, as its webhooks post them.

Contract: https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/webhook-payloads and .../events.
"""

from __future__ import annotations

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
    part,
    soft,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sequences.inbound.model import Failure

_HAS_IT: Final = frozenset({"accepted", "delivered", "opened", "clicked"})
_LISTED: Final = {"suppress-bounce": dead, "suppress-complaint": complained}
"""It sends nothing to whom it has in a list."""
_UNSUBSCRIBED: Final = "suppress-unsubscribe"


def read_mailgun(document: Mapping[str, Any]) -> tuple[DeliveryEvent, ...]:
    """The event of a post; none where it is about nothing that matters here."""
    event = part(document, "event-data")
    kind, reason, address = text(event.get("event")), text(event.get("reason")), address_of(event.get("recipient"))
    failure = _failure(kind, reason, address, event)
    if failure is None:
        return ()
    headers = part(event, "message", "headers")
    return (
        DeliveryEvent(
            event_key("mailgun", text(event.get("id")) or f"{kind}:{address}:{text(event.get('timestamp'))}"),
            known_ids(headers.get("message-id")),
            failure,
            unsubscribed=kind == "unsubscribed" or (kind == "failed" and reason == _UNSUBSCRIBED),
        ),
    )


def _failure(kind: str, reason: str, address: str, event: Mapping[str, Any]) -> Failure | None:
    if kind in _HAS_IT or kind == "unsubscribed":
        return delivered(address)
    if kind == "complained":
        return complained(address)
    if kind == "rejected":
        return soft(address, "content")
    if kind != "failed":
        return None
    if reason in _LISTED:
        return _LISTED[reason](address)
    if text(event.get("severity")) == "temporary":
        return delayed(address)
    status = part(event, "delivery-status")
    words = text(status.get("message")) or text(status.get("description"))
    found = judged(
        address, text(status.get("enhanced-code"))[:12], f"{text(status.get('code'))} {words}", permanent=True
    )
    return soft(address, "expired", found.status) if reason == "old" else found
