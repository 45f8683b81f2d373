"""The calendar."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from sequences.access.viewer import EVERYBODY
from services.console.calendar import CalendarView, PlannedDay, PlannedStep
from services.reading.going_later import GoesLater
from starter.console.address import Address
from starter.console.later import PutOff

DAY = date(2026, 11, 30)
AT = datetime(2026, 11, 30, 9, tzinfo=UTC)
ONE = PlannedStep(AT, "America/New_York", "introduce", "new-services", "New services", "e1", "p1", "Ben <page>", 1, 1)
MANY = PlannedStep(AT, None, "remind", "new-services", "New services", "e2", "p2", None, 1200, 3, 40)
LATER = replace(ONE, enrollment="e3", waiting=0, later=1, again_from=AT + timedelta(days=1))
WEEK = tuple(
    PlannedDay(DAY + timedelta(days=n), (ONE, MANY, LATER) if n == 1 else (), 1201 if n == 1 else 0) for n in range(7)
)
MONTH = tuple(
    PlannedDay(DAY + timedelta(days=n), (MANY,) * (n % 5), 1200 * n, (None,) if n == 3 else (), n * 40)
    for n in range(6)
)
BOTH = PutOff(tuple(GoesLater("e3", "s", "introduce", None, AT, None, AT, limit) for limit in ("person", "mailbox")))
_KEPT = {
    "at": AT,
    "today": DAY,
    "put_off": PutOff(),
    "title": "Mon 30 Nov 2026 to Sun 6 Dec 2026",
    "before": DAY - timedelta(days=7),
    "after": DAY + timedelta(days=7),
    "sequences": [("", "All sequences"), ("new-services", "New <page> services")],
    "address": Address("/console/calendar", {}),
    "names": ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
}

TEMPLATE = "screens/calendar.html"
MODELS = {
    "week": {**_KEPT, "asked": CalendarView("week", DAY, EVERYBODY, "UTC"), "days": WEEK, "put_off": BOTH},
    "day": {
        **_KEPT,
        "asked": CalendarView("day", DAY, EVERYBODY, "UTC"),
        "days": WEEK[1:2],
        "put_off": PutOff(known=False),
    },
    "month": {
        **_KEPT,
        "asked": CalendarView("month", DAY, EVERYBODY, "UTC"),
        "days": MONTH,
        "put_off": PutOff(counted=False),
    },
    "month_of_nothing": {**_KEPT, "asked": CalendarView("month", DAY, EVERYBODY, "UTC"), "days": WEEK[:1]},
    "closed": {
        **_KEPT,
        "asked": CalendarView("day", DAY, EVERYBODY, "UTC"),
        "days": (PlannedDay(DAY, (), 0, (None, "Lea <page>")),),
    },
    "nothing": {**_KEPT, "asked": CalendarView("day", DAY, EVERYBODY, "UTC"), "days": WEEK[:1]},
}
