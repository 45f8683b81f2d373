"""Closed days."""

from datetime import date

from services.operations.closed_days import ClosedList, ClosedSpan
from starter.console.address import Address

DAY = date(2026, 12, 24)
ONE, MORE = ClosedSpan(DAY, DAY, 1, "o1"), ClosedSpan(DAY, date(2027, 1, 2), 10, None)
_KEPT = {
    "found": ClosedList((MORE, ONE), 3),
    "spans": [
        (MORE, "Thu 24 Dec 2026", "Sat 2 Jan 2027", None),
        (ONE, "Thu 24 Dec 2026", "Thu 24 Dec 2026", "Lea <page>"),
    ],
    "owners": [("", "everybody"), ("o1", "Lea <page>")],
    "today": date(2026, 11, 30),
    "typed": {"first": "", "last": "", "owner": ""},
    "problem": "",
    "may_close": True,
    "address": Address("/console/calendar/closed", {}),
}

TEMPLATE = "screens/closed_days.html"
MODELS = {
    "some": _KEPT,
    "reading": {**_KEPT, "may_close": False},
    "none": {**_KEPT, "found": ClosedList((), 0), "spans": []},
    "problem": {
        **_KEPT,
        "problem": "these <page> are no days",
        "typed": {"first": "2026-12-24", "last": "2025-01-01", "owner": "o1"},
    },
}
