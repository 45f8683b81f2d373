"""When each step of a draft would go to some people."""

from dataclasses import replace
from datetime import UTC, datetime

from services.console.draft_dates import DatedStep, DatesOf, DraftDates
from starter.console.address import Address

AT = datetime(2026, 11, 30, 9, tzinfo=UTC)
ONE = DatedStep("introduce", "email", AT, "Europe/London", ("weekend", "window"), "", "Hello <page>", "")
ANN = DatesOf(
    "p1",
    "Ann <page> Ray",
    None,
    (
        ONE,
        DatedStep("nudge", "sms", None, "Europe/London", (), "no_day_zero", "", "the person has no <page> number"),
        DatedStep("ring", "task", None, "", (), "", "", ""),
    ),
)
FOUND = DraftDates("new-services", "New <page> services", (ANN, replace(ANN, person_id="p2", name=None)), 0)
_KEPT = {"address": Address("/console/sequences/new-services/dates", {})}

TEMPLATE = "screens/draft_dates.html"
MODELS = {
    "two": {**_KEPT, "found": FOUND},
    "hidden": {**_KEPT, "found": replace(FOUND, people=(ANN,), hidden=2)},
    "nobody": {**_KEPT, "found": replace(FOUND, people=())},
}
