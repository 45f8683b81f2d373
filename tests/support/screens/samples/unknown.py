"""Messages that may or may not have gone out."""

from dataclasses import replace
from datetime import UTC, datetime

from services.console.unknown_sends import UnknownSend, UnknownSends
from starter.console.address import Address

AT = datetime(2026, 11, 29, 9, tzinfo=UTC)
SEND = UnknownSend(
    id="s1",
    enrollment_id="e1",
    person_id="p1",
    person_name="Ben <page> Ray",
    owner_name="Lea Dupont",
    sequence="hello",
    sequence_name="Hello <page>",
    step="one",
    channel="email",
    recipient="<page>@client.example",
    claimed_at=AT,
    reason="the server <page> hung up",
    next_look_at=AT,
    if_unknown="assume_sent",
    run_state="active",
)
OTHER = replace(
    SEND, id="s2", person_name=None, channel="sms", claimed_at=None, reason=None, next_look_at=None, if_unknown="resend"
)
_KEPT = {"found": UnknownSends((SEND, OTHER), "next"), "may_settle": True, "address": Address("/console/unknown", {})}

TEMPLATE = "screens/unknown.html"
MODELS: dict[str, dict[str, object]] = {
    "some": _KEPT,
    "to_look_at": {**_KEPT, "may_settle": False},
    "none": {**_KEPT, "found": UnknownSends((), None)},
}
