"""The messages behind a number of a mailbox."""

from datetime import UTC, datetime

from services.console.mailbox_messages import MailboxAsked, MailboxMessage, MailboxMessages, MailboxNumber
from starter.console.address import Address

AT = datetime(2026, 11, 29, 9, tzinfo=UTC)
_LINE = MailboxMessage("s1", "one", AT, True, False, True, True, "hello", "Hello <page>", "p1", "Ann <page>")
_KEPT = {
    "asked": MailboxAsked("email", "<page>@agency.example", MailboxNumber.HARD, AT),
    "days": 7,
    "found": MailboxMessages(
        (_LINE, MailboxMessage("s2", "two", None, False, False, False, False, "x", None, "p2", None)), "c", True
    ),
    "whats": [("sent", "Sent"), ("hard", "No such mailbox")],
    "address": Address("/console/deliverability/messages", {"what": "hard"}),
}

TEMPLATE = "screens/mailbox_messages.html"
MODELS: dict[str, dict[str, object]] = {
    "some": _KEPT,
    "none": {**_KEPT, "found": MailboxMessages((), None, False), "days": 30},
}
