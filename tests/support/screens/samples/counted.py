"""The people behind a number."""

from datetime import UTC, date, datetime

from sequences.statistics.measures import DEFINITIONS, Measure
from sequences.statistics.number import Number
from services.console.counted_people import CountedPeople, CountedPerson, NumberAsked
from starter.console.address import Address
from tests.support.screens.samples.sequence import HEAD

AT = datetime(2026, 11, 29, 9, tzinfo=UTC)
ASKED = NumberAsked(
    "new-services", Number(Measure.POSITIVE, 2, "introduce", "short <page>"), "o1", AT, date(2026, 11, 23)
)
PEOPLE = CountedPeople(
    (
        CountedPerson("p1", "Ben <page> Ray", "o1", "Lea Dupont", AT, 2, "stopped", "replied <page>"),
        CountedPerson("p2", None, None, None, AT, 1, None, None),
        CountedPerson("p3", "Kim", "o9", None, AT, 1, "paused", None),
    ),
    "next",
    others=True,
)
_KEPT = {
    "head": HEAD,
    "asked": ASKED,
    "found": PEOPLE,
    "definition": DEFINITIONS[Measure.POSITIVE].words,
    "owner_name": "Lea <page> Dupont",
    "address": Address("/console/sequences/new-services/people", {}),
    "outcomes": [(Measure.POSITIVE.value, "Positive")],
}

TEMPLATE = "screens/counted.html"
MODELS: dict[str, dict[str, object]] = {
    "some": _KEPT,
    "nobody": {
        **_KEPT,
        "asked": NumberAsked("new-services", Number(Measure.ENTERED)),
        "owner_name": "-",
        "found": CountedPeople((), None, others=False),
    },
}
