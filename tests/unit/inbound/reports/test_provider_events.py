"""Amazon's events as they come by mail, with and without the words of the server that refused. All are made up."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sequences.inbound import parse_mail
from sequences.inbound.model import InboundMail

SENT = {"messageId": "010-x", "destination": ["sam@firm.example"], "commonHeaders": {"messageId": "<1@agency.example>"}}


def notification(kind: str, *, wrapped: str = "", **more: Any) -> InboundMail:
    event: dict[str, Any] = {"notificationType": kind, "mail": SENT, **more}
    if wrapped == "sns":
        event = {"Type": "Notification", "Message": json.dumps(event)}
    elif wrapped == "eventbridge":
        event = {"source": "aws.ses", "detail-type": "Email Bounced", "detail": event | {"eventType": kind}}
    head = "From: AWS Notifications <no-reply@sns.example>\nSubject: AWS Notification Message\n\n"
    return parse_mail((head + json.dumps(event)).encode())


def bounce(kind: str, subtype: str, **recipient: str) -> dict[str, Any]:
    people = [{"emailAddress": "Sam@firm.example", **recipient}]
    return {"bounceType": kind, "bounceSubType": subtype, "bouncedRecipients": people}


@pytest.mark.parametrize("wrapped", ["", "sns", "eventbridge"])
@pytest.mark.parametrize(
    ("kind", "subtype", "more", "event"),
    [
        ("Permanent", "General", {}, "hard_bounce"),
        ("Permanent", "NoEmail", {}, "hard_bounce"),
        ("Permanent", "OnAccountSuppressionList", {}, "hard_bounce"),
        ("Permanent", "General", {"action": "failed", "status": "5.1.1"}, "hard_bounce"),
        ("Permanent", "General", {"diagnosticCode": "smtp; 550 5.1.1 user unknown"}, "hard_bounce"),
        ("Permanent", "General", {"diagnosticCode": "smtp; 550 5.7.1 blocked by policy"}, "soft_bounce"),
        ("Permanent", "General", {"status": "5.2.2"}, "soft_bounce"),
        ("Permanent", "UnsubscribedRecipient", {}, "soft_bounce"),
        ("Transient", "General", {}, "soft_bounce"),
        ("Transient", "General", {"status": "5.1.1"}, "soft_bounce"),
        ("Transient", "MailboxFull", {}, "soft_bounce"),
        ("Undetermined", "Undetermined", {}, "soft_bounce"),
    ],
)
def test_a_bounce(wrapped: str, kind: str, subtype: str, more: dict[str, str], event: str) -> None:
    found = notification("Bounce", wrapped=wrapped, bounce=bounce(kind, subtype, **more))
    assert (found.event.value, found.recipient, found.original_message_id) == (
        event,
        "sam@firm.example",
        "<1@agency.example>",
    )


@pytest.mark.parametrize(
    ("kind", "more", "event", "reason"),
    [
        ("Complaint", {"complaint": {"complainedRecipients": [{"emailAddress": "sam@firm.example"}]}}, "complaint", ""),
        ("Complaint", {}, "complaint", ""),
        ("Delivery", {"delivery": {"recipients": ["sam@firm.example"]}}, "delivered", ""),
        ("Send", {"send": {}}, "delivered", ""),
        ("Open", {"open": {"ipAddress": "192.0.2.1"}}, "delivered", ""),
        ("Reject", {"reject": {"reason": "Bad content"}}, "soft_bounce", "content"),
        ("Rendering Failure", {"failure": {"errorMessage": "x"}}, "soft_bounce", "content"),
        (
            "DeliveryDelay",
            {
                "deliveryDelay": {
                    "delayType": "MailboxFull",
                    "delayedRecipients": [{"emailAddress": "sam@firm.example"}],
                }
            },
            "soft_bounce",
            "delayed",
        ),
    ],
)
def test_other_events(kind: str, more: dict[str, Any], event: str, reason: str) -> None:
    found = notification(kind, **more)
    assert (found.event.value, found.recipient) == (event, "sam@firm.example")
    assert not reason or reason in found.reasons


def test_what_is_no_event_is_for_people() -> None:
    head = "From: AWS Notifications <no-reply@sns.example>\nSubject: AWS Notification - Subscription Confirmation\n\n"
    assert parse_mail((head + "You have chosen to subscribe to the topic.").encode()).event.value == "human"
    assert parse_mail((head + '{"notificationType": "AmazonSnsSubscriptionSucceeded"}').encode()).event.value == "human"
    assert parse_mail((head + '{"detail": {"mail": 1, "eventType": []}}').encode()).event.value == "human"
