"""Mail that belongs to nobody."""

from datetime import UTC, datetime

from services.console.unmatched import JustAttached, Unmatched, UnmatchedMails
from starter.console.address import Address
from tests.support.screens.samples import AUDITOR

AT = datetime(2026, 11, 29, 9, tzinfo=UTC)
MAIL = Unmatched(
    "i" + "a" * 20,
    "email",
    AT,
    "bounce_unclear",
    "<page>@client.example",
    "Re: <page>",
    "Hello <page>",
    masked=False,
    noted=("signed_by_no_key", "cut"),
    waits=True,
    set_aside_at=None,
    set_aside_by=None,
)
TEXT = Unmatched(
    "i" + "b" * 20,
    "sms",
    AT,
    "human",
    None,
    None,
    "",
    True,
    (),
    waits=False,
    set_aside_at=AT,
    set_aside_by="Lea <page>",
)
MEETING = Unmatched(
    "i" + "c" * 20,
    "web",
    AT,
    "meeting_booked",
    "<page>@client.example",
    None,
    "Meeting booked for 2027-05-06 09:00 UTC by <page> (calendly)",
    masked=False,
    noted=(),
    waits=True,
    set_aside_at=None,
    set_aside_by=None,
)
_KEPT = {
    "found": UnmatchedMails((MAIL, TEXT, MEETING), "next"),
    "aside": False,
    "address": Address("/console/unmatched", {}),
}

TEMPLATE = "screens/unmatched.html"
MODELS: dict[str, dict[str, object]] = {
    "some": _KEPT,
    "aside": {**_KEPT, "aside": True, "viewer": AUDITOR},
    "none": {**_KEPT, "found": UnmatchedMails((), None)},
    "undo": {**_KEPT, "found": UnmatchedMails((), None, JustAttached(MAIL.id, "Ben <page>", "Hello", may_undo=True))},
    "none_aside": {**_KEPT, "found": UnmatchedMails((), None), "aside": True},
}
