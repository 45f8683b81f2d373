"""Suppressions."""

from dataclasses import replace
from datetime import UTC, datetime

from services.console.suppressions import SuppressionFound, SuppressionsFound, SuppressionsWanted
from starter.console.address import Address

AT = datetime(2026, 11, 29, 9, tzinfo=UTC)
LINE = SuppressionFound(
    id=1,
    person_id="p1",
    person_name="Ben <page> Ray",
    address="<page>@client.example",
    channel="all",
    reason="opt_out",
    source_name=None,
    since=AT,
    their_word=True,
    lifted_at=None,
    lifted_by=None,
    lifted_because=None,
)
BY_HAND = replace(
    LINE,
    id=2,
    person_id=None,
    person_name=None,
    channel="sms",
    reason="<page>",
    source_name="Lea <page>",
    their_word=False,
)
LIFTED = replace(LINE, id=3, lifted_at=AT, lifted_by="Lea <page>", lifted_because="she called <page>")
_KEPT = {
    "found": SuppressionsFound((LINE, BY_HAND), "next"),
    "asked": SuppressionsWanted("<page>", "opt_out"),
    "may_add": True,
    "may_lift": True,
    "address": Address("/console/suppressions", {"q": "<page>"}),
}

TEMPLATE = "screens/suppressions.html"
MODELS: dict[str, dict[str, object]] = {
    "some": _KEPT,
    "to_look_at": {**_KEPT, "may_add": False, "may_lift": False},
    "lifted": {**_KEPT, "asked": SuppressionsWanted(lifted=True), "found": SuppressionsFound((LIFTED,), None)},
    "no_match": {**_KEPT, "found": SuppressionsFound((), None)},
    "none": {**_KEPT, "asked": SuppressionsWanted(), "found": SuppressionsFound((), None)},
}
