"""Lists and who is on one."""

from services.console.leads import FoundLeads, LeadsWanted, ListSummary
from services.console.whose import EVERYONE
from starter.console.address import Address
from tests.support.screens.samples.leads import AT, LEAD_OF, OTHER

_KEPT: dict[str, object] = {
    "found": None,
    "lists": (ListSummary("warm <page>", 4_000, AT), ListSummary("=cold", 1, AT)),
    "whose": EVERYONE,
    "asked": LeadsWanted(),
    "may_save": True,
    "query": "",
    "address": Address("/console/lists", {}),
}
_ONE = {**_KEPT, "lists": (), "asked": LeadsWanted(mine=True, list="warm <page>")}

TEMPLATE = "screens/lists.html"
MODELS: dict[str, dict[str, object]] = {
    "lists": _KEPT,
    "no_lists": {**_KEPT, "lists": ()},
    "members": {**_ONE, "found": FoundLeads((LEAD_OF, OTHER), "next")},
    "nobody": {**_ONE, "found": FoundLeads((), None)},
}
