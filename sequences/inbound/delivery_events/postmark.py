"""Events of Postmark, as the webhooks of a message stream post them.

Contract: https://postmarkapp.com/developer/webhooks/bounce-webhook, .../spam-complaint-webhook,
.../subscription-change-webhook, .../delivery-webhook; types of bounces: .../api/bounce-api#bounce-types.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sequences.inbound.delivery_events.event import (
    DELAYED,
    DeliveryEvent,
    address_of,
    complained,
    dead,
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

MESSAGE_ID: Final = "message-id"
"""Metadata that we send with a mail, and that comes back with all that is told of it."""
_HAS_IT: Final = frozenset({"Delivery", "Open", "Click"})
_FOR_GOOD: Final = frozenset({"HardBounce", "BadEmailAddress"})
_SOFT: Final = {
    "Transient": DELAYED,
    "DnsError": "name_server",
    "SpamNotification": "content",
    "VirusNotification": "content",
    "Blocked": "reputation",
    "DMARCPolicy": "authentication",
}
_ARRIVED: Final = frozenset({"AutoResponder", "Subscribe", "AddressChange", "ChallengeVerification", "OpenRelayTest"})
"""Answers to it that Postmark lists among the bounces."""
_UNSUBSCRIBE: Final = "Unsubscribe"


def read_postmark(document: Mapping[str, Any]) -> tuple[DeliveryEvent, ...]:
    """The event of a post; none where it is about nothing that matters here."""
    record, kind = text(document.get("RecordType")), text(document.get("Type"))
    address = address_of(document.get("Email") or document.get("Recipient"))
    left = record == "SubscriptionChange" and _asked_by_recipient(document)
    if record in _HAS_IT or left:
        failure = delivered(address)
    elif record == "SpamComplaint" or (record == "Bounce" and kind == "SpamComplaint"):
        failure = complained(address)
    elif record == "Bounce":
        failure = _bounced(kind, address, document)
    else:
        return ()
    mail = text(document.get("MessageID"))
    when = text(document.get("ChangedAt")) or text(document.get("ReceivedAt")) or text(document.get("DeliveredAt"))
    return (
        DeliveryEvent(
            event_key("postmark", record, text(document.get("ID")) or f"{mail}:{address}:{when}"),
            known_ids(part(document, "Metadata").get(MESSAGE_ID), mail),
            failure,
            unsubscribed=left or (record == "Bounce" and kind == _UNSUBSCRIBE),
        ),
    )


def _asked_by_recipient(document: Mapping[str, Any]) -> bool:
    """A recipient who unsubscribes is in the list for the reason ``ManualSuppression``, with this origin."""
    return (
        document.get("SuppressSending") is True
        and document.get("Origin") == "Recipient"
        and document.get("SuppressionReason") == "ManualSuppression"
    )


def _bounced(kind: str, address: str, document: Mapping[str, Any]) -> Failure:
    if kind in _ARRIVED or kind == _UNSUBSCRIBE:
        return delivered(address)
    if kind in _SOFT:
        return soft(address, _SOFT[kind])
    found = judged(address, "", text(document.get("Details")), permanent=kind in _FOR_GOOD)
    # It saw the refusal, and sends nothing more there.
    is_listed = kind in _FOR_GOOD and document.get("Inactive") is True
    return dead(address, found.status) if is_listed and found.reason == "undefined" else found
