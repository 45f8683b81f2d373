"""Deliverability."""

from dataclasses import replace
from datetime import UTC, datetime

from sequences.statistics.wilson import rate
from services.console.deliverability import Deliverability, MailboxHealth
from starter.console.address import Address

AT = datetime(2026, 11, 29, 9, tzinfo=UTC)
BOX = MailboxHealth(
    channel="email",
    address="<page>@agency.example",
    per_minute=30,
    cap=200,
    warming_up=True,
    today=250,
    next_at=AT,
    back_off="421 4.7.0",
    back_off_since=AT,
    back_off_until=AT,
    sent=400,
    hard=rate(4, 400),
    soft=rate(0, 400),
    complained=rate(1, 400),
    opted_out=rate(12, 400),
)
FREE = MailboxHealth("sms", "+447700900000", None, None, False, 0, None, None, None, None, 0, None, None, None, None)
FEW = replace(BOX, back_off=None, cap=None, hard=rate(1, 20), next_at=None)
_KEPT = {
    "found": Deliverability(AT, True, (BOX, FREE, FEW), (("opt_out", 4000), ("<page>", 1))),
    "days": 7,
    "slow": False,
    "address": Address("/console/deliverability", {}),
}

TEMPLATE = "screens/deliverability.html"
MODELS: dict[str, dict[str, object]] = {
    "some": _KEPT,
    "counting": {**_KEPT, "found": Deliverability(AT, False, (BOX, FREE), ())},
    "slow": {**_KEPT, "found": Deliverability(AT, False, (), ()), "slow": True},
    "none": {**_KEPT, "found": Deliverability(AT, True, (), ())},
}
FRAGMENTS = ("list",)
