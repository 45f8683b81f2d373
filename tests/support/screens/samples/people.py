"""People."""

from datetime import UTC, datetime

from sequences.access.viewer import EVERYBODY, Scope
from services.console.people import FoundPerson, People, PeopleWanted
from services.console.whose import Whose
from starter.console.address import Address

_AT = datetime(2027, 5, 4, 9, 0, tzinfo=UTC)
_ANN = FoundPerson(
    "p1",
    "Ann <page> Example",
    True,
    "ann@client.example",
    "+447700900123",
    "Welder at Client & Co",
    "Hot",
    "o1",
    "Dana Reed",
    _AT,
    None,
    2,
    False,
)
_OTHER = FoundPerson("p2", None, False, None, None, None, None, "o2", None, None, None, 0, True)
_ADDRESS = Address("/console/people", {"q": "ann", "cursor": "abc"})

TEMPLATE = "screens/people.html"
MODELS: dict[str, dict[str, object]] = {
    "some": {
        "found": People((_ANN, _OTHER), "next", whose=Whose(Scope(("o1",)), mine=True)),
        "asked": PeopleWanted("ann <page>", mine=True),
        "address": _ADDRESS,
    },
    "none": {
        "found": People((), None, whose=Whose(EVERYBODY, owns_nobody=True)),
        "asked": PeopleWanted("ann"),
        "address": _ADDRESS,
    },
    "unclear": {"found": People((), None, unclear=True), "asked": PeopleWanted("- -"), "address": _ADDRESS},
    "empty": {"found": People((), None), "asked": PeopleWanted(), "address": Address("/console/people", {})},
}
