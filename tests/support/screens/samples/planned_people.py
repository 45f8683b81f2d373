"""Everybody who gets a step on a day."""

from datetime import UTC, date, datetime

from services.console.planned import PlannedAsked, PlannedFor, PlannedPeople
from starter.console.address import Address
from starter.console.later import PutOff

AT = datetime(2026, 11, 30, 9, tzinfo=UTC)
_KEPT = {
    "put_off": PutOff(counted=False),
    "asked": PlannedAsked(date(2026, 11, 30), "new-services", "remind"),
    "day": "Mon 30 Nov 2026",
    "address": Address("/console/calendar/people", {"day": "2026-11-30"}),
}
ONE = PlannedFor("e1", "p1", "Ben <page> Ray", AT, "America/New_York", waits=True)
TWO = PlannedFor("e2", "p2", None, AT, None, waits=False, again_from=AT)

TEMPLATE = "screens/planned_people.html"
MODELS = {
    "some": {**_KEPT, "found": PlannedPeople((ONE, TWO), "next")},
    "nobody": {**_KEPT, "found": PlannedPeople((), None)},
}
