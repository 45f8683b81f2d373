"""Events of mail providers in the shapes that their documentation shows, about one mail."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from tests.support.rigs.api import NOW
from tests.support.rigs.inbound import KEY

ADDRESS = "p1@client.example"
GONE = "550 5.1.1 The email account that you tried to reach does not exist"
FULL = "552 5.2.2 The email account that you tried to reach is over quota"
LATER = "451 4.3.0 try again later"


def mailgun_event(what: str, message_id: str, *, ident: str = "", **more: Any) -> dict[str, Any]:
    """The ``event-data`` of a webhook of Mailgun."""
    status = {"attempt-no": 1, "code": 550, "message": "", "description": "", "session-seconds": 0.1}
    failed: dict[str, Any] = {"event": "failed", "severity": "permanent", "reason": "bounce"}
    kinds: dict[str, dict[str, Any]] = {
        "bounce": failed | {"delivery-status": status | {"message": GONE[4:], "enhanced-code": "5.1.1"}},
        "full": failed | {"delivery-status": status | {"code": 552, "message": FULL[4:], "enhanced-code": "5.2.2"}},
        "listed": failed | {"reason": "suppress-bounce", "delivery-status": status | {"code": 605}},
        "listed_complaint": failed | {"reason": "suppress-complaint", "delivery-status": status | {"code": 607}},
        "listed_unsubscribe": failed | {"reason": "suppress-unsubscribe", "delivery-status": status | {"code": 606}},
        "expired": failed | {"reason": "old", "delivery-status": status | {"code": 602, "message": "Too old"}},
        "delayed": failed | {"severity": "temporary", "reason": "generic", "delivery-status": status | {"code": 451}},
        "complaint": {"event": "complained"},
        "unsubscribed": {"event": "unsubscribed"},
        "delivered": {"event": "delivered", "delivery-status": status | {"code": 250, "message": "OK"}},
        "opened": {"event": "opened", "ip": "192.0.2.1"},
        "unknown": {"event": "list_member_uploaded"},
    }
    return {
        "id": ident or f"mg-{what}",
        "timestamp": 1799053200.5,
        "log-level": "info",
        "recipient": ADDRESS,
        "message": {"headers": {"to": ADDRESS, "message-id": message_id.strip("<>"), "subject": "Hello"}},
        **kinds[what],
        **more,
    }


def mailgun_post(event: dict[str, Any], *, token: str = "", key: str = KEY, at: int = 0) -> dict[str, Any]:
    """The whole post, signed."""
    token = token or hashlib.sha256(repr(event).encode()).hexdigest()[:50]
    stamp = str(int(NOW.timestamp()) + at)
    signature = hmac.new(key.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
    return {"signature": {"timestamp": stamp, "token": token, "signature": signature}, "event-data": event}


def postmark_event(what: str, message_id: str, *, ident: str = "", **more: Any) -> dict[str, Any]:
    """A webhook of Postmark."""
    bounce = {"RecordType": "Bounce", "ID": 42, "Email": ADDRESS, "From": "dana@agency.example", "Inactive": False}
    bounce |= {"BouncedAt": "2027-05-04T08:59:00Z", "Description": "words of Postmark", "Subject": "Hello"}
    left = {"RecordType": "SubscriptionChange", "Recipient": ADDRESS, "Origin": "Recipient", "SuppressSending": True}
    left |= {"ChangedAt": "2027-05-04T08:59:00Z", "SuppressionReason": "ManualSuppression", "MessageStream": "out"}
    kinds: dict[str, dict[str, Any]] = {
        "bounce": bounce | {"Type": "HardBounce", "TypeCode": 1, "Inactive": True, "Details": f"smtp;{GONE}"},
        "full": bounce | {"Type": "SoftBounce", "TypeCode": 4096, "Details": f"smtp;{FULL}"},
        "listed": bounce | {"Type": "HardBounce", "TypeCode": 1, "Inactive": True, "Details": ""},
        "blocked": bounce | {"Type": "Blocked", "TypeCode": 100008, "Details": "blocked by their list"},
        "delayed": bounce | {"Type": "Transient", "TypeCode": 2, "Details": LATER},
        "answered": bounce | {"Type": "AutoResponder", "TypeCode": 32, "Details": ""},
        "bounce_unsubscribe": bounce | {"Type": "Unsubscribe", "TypeCode": 16, "Details": ""},
        "complaint": bounce | {"RecordType": "SpamComplaint", "Type": "SpamComplaint", "TypeCode": 100001},
        "unsubscribed": left,
        "listed_by_us": left | {"Origin": "Customer"},
        "listed_bounce": left | {"SuppressionReason": "HardBounce"},
        "active_again": left | {"SuppressSending": False, "SuppressionReason": None},
        "delivered": {"RecordType": "Delivery", "Recipient": ADDRESS, "DeliveredAt": "2027-05-04T08:58:00Z"},
        "opened": {"RecordType": "Open", "Recipient": ADDRESS, "ReceivedAt": "2027-05-04T08:58:30Z"},
        "unknown": {"RecordType": "SomethingNew", "Recipient": ADDRESS},
    }
    common = {"MessageID": "883953f4-6105-42a2-a16a-77a8eac79483", "Metadata": {"message-id": message_id.strip("<>")}}
    return common | kinds[what] | ({"ID": ident} if ident else {}) | more


def sendgrid_event(what: str, message_id: str, *, ident: str = "", **more: Any) -> dict[str, Any]:
    """One event of SendGrid's Event Webhook."""
    bounced = {"event": "bounce", "type": "bounce"}
    kinds: dict[str, dict[str, Any]] = {
        "bounce": bounced | {"status": "5.1.1", "reason": GONE, "bounce_classification": "Invalid Address"},
        "full": bounced | {"status": "5.2.2", "reason": FULL, "bounce_classification": "Mailbox Unavailable"},
        "listed": {"event": "dropped", "reason": "Bounced Address"},
        "listed_complaint": {"event": "dropped", "reason": "Spam Reporting Address"},
        "listed_unsubscribe": {"event": "dropped", "reason": "Unsubscribed Address"},
        "invalid": bounced | {"reason": "unable", "bounce_classification": "Invalid Address"},
        "blocked": {"event": "bounce", "type": "blocked", "status": "5.1.1", "reason": GONE},
        "reputation": bounced | {"reason": "no", "bounce_classification": "Reputation"},
        "delayed": {"event": "deferred", "response": LATER, "attempt": "5"},
        "complaint": {"event": "spamreport"},
        "unsubscribed": {"event": "unsubscribe"},
        "delivered": {"event": "delivered", "response": "250 OK"},
        "opened": {"event": "open", "ip": "192.0.2.1"},
        "unknown": {"event": "account_status_change", "type": "compliance_suspend"},
    }
    common = {"email": ADDRESS.upper(), "timestamp": 1799053200, "sg_event_id": ident or f"sg-{what}"}
    ids = {"smtp-id": message_id, "sg_message_id": "14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0"}
    return common | ids | kinds[what] | more


def ses_event(what: str, message_id: str, *, ident: str = "", **more: Any) -> dict[str, Any]:
    """The message of a notification of SES."""
    people = [{"emailAddress": ADDRESS, "status": "5.1.1", "diagnosticCode": f"smtp; {GONE}", "action": "failed"}]
    gone = {"bounceType": "Permanent", "bounceSubType": "General", "bouncedRecipients": people}
    full = {"bounceType": "Transient", "bounceSubType": "MailboxFull", "bouncedRecipients": [{"emailAddress": ADDRESS}]}
    told = {"feedbackId": ident or f"ses-{what}"}
    kinds: dict[str, dict[str, Any]] = {
        "bounce": {"notificationType": "Bounce", "bounce": gone | told},
        "full": {"eventType": "Bounce", "bounce": full | told},
        "delayed": {"eventType": "DeliveryDelay", "deliveryDelay": {"delayedRecipients": [{"emailAddress": ADDRESS}]}},
        "complaint": {
            "notificationType": "Complaint",
            "complaint": {"complainedRecipients": [{"emailAddress": ADDRESS}], **told},
        },
        "delivered": {"eventType": "Delivery", "delivery": {"recipients": [ADDRESS], "smtpResponse": "250 ok"}},
        "opened": {"eventType": "Open", "open": {"ipAddress": "192.0.2.1"}},
        "unknown": {"eventType": "Subscription", "subscription": {}},
    }
    headers = [{"name": "Message-ID", "value": message_id}]
    sent = {"messageId": "0100-ses", "destination": [ADDRESS], "headers": headers}
    return {"mail": sent} | kinds[what] | more


MAKERS = {"mailgun": mailgun_event, "postmark": postmark_event, "sendgrid": sendgrid_event, "ses": ses_event}
