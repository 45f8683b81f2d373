"""All sequences beside each other."""

from dataclasses import replace

from sequences.statistics.outcomes import By
from services.console.numbers import AllNumbers
from starter.console.address import Address
from starter.console.number_address import NumberAddress
from tests.support.screens.samples.sequence import row

FOUND = AllNumbers(By.SEQUENCE, (row(), row(entered=20)), {"new-services": "New <page>"}, {}, ("Rules.",))
BY_OWNER = replace(
    FOUND, by=By.OWNER, lines=(row(owner="o1"), row(owner="o9"), row(owner=None)), owner_names={"o1": "Lea <page>"}
)
_KEPT = {
    "found": FOUND,
    "span": "month",
    "people_of": NumberAddress("/console", "2026-11-01"),
    "address": Address("/console/statistics", {}),
}

TEMPLATE = "screens/statistics.html"
MODELS: dict[str, dict[str, object]] = {
    "sequences": _KEPT,
    "owners": {**_KEPT, "found": BY_OWNER, "span": "all", "people_of": NumberAddress("/console", by_owner=True)},
    "none": {**_KEPT, "found": AllNumbers(By.SEQUENCE, (), {}, {}, ())},
}
