"""Events of Amazon SES, as SNS posts them: notifications of an identity, or events of a configuration set.

Contract: https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html and
.../event-publishing-retrieving-sns-contents.html. A Message-ID among the headers is ours; ``messageId`` is theirs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sequences.inbound.delivery_events.event import DeliveryEvent, event_key, known_ids, part, text
from sequences.inbound.reports.provider_events import read_event

if TYPE_CHECKING:
    from collections.abc import Mapping


def read_ses(document: Mapping[str, Any], notification: str) -> tuple[DeliveryEvent, ...]:
    """The event of a notification, once for each recipient; none where it is about nothing that matters here.

    Args:
        document: the message of the notification.
        notification: its id, the same each time that SNS posts it.
    """
    reading = read_event(document)
    if reading is None:
        return ()
    sent = part(document, "mail")
    headers = sent.get("headers")
    ours = [
        each.get("value")
        for each in (headers if isinstance(headers, list) else [])
        if isinstance(each, dict) and text(each.get("name")).lower() == "message-id"
    ]
    known = known_ids(*ours, part(sent, "commonHeaders").get("messageId"), sent.get("messageId"))
    # Two ways may tell of one bounce: by its own id it is one.
    told = text(part(document, "bounce").get("feedbackId")) or text(part(document, "complaint").get("feedbackId"))
    return tuple(
        DeliveryEvent(event_key("ses", told or notification, failure.address), known, failure)
        for failure in reading.failures
    )
