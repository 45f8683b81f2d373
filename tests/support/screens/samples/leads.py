"""Leads."""

from dataclasses import replace
from datetime import UTC, datetime

from sequences.access.viewer import EVERYBODY
from services.console.leads import FoundLeads, LeadOrMember, LeadsWanted
from services.console.whose import Whose
from starter.console.address import Address

AT = datetime(2026, 11, 29, 9, tzinfo=UTC)
LEAD_OF = LeadOrMember(
    "p1", "Ben <page> Ray", "o1", "Lea Dupont", AT, "warm <page>", "hello", "Hello <page>", "finished"
)
OTHER = replace(
    LEAD_OF, person_id="p2", person_name=None, owner_id=None, owner_name=None, sequence=None, run_state=None
)
_KEPT = {
    "found": FoundLeads((LEAD_OF, OTHER), "next"),
    "asked": LeadsWanted(sequence="hello"),
    "sequences": [("", "All sequences"), ("hello", "Hello <page>")],
    "may_save": True,
    "query": "?sequence=hello",
    "address": Address("/console/leads", {}),
}

TEMPLATE = "screens/leads.html"
MODELS: dict[str, dict[str, object]] = {
    "some": _KEPT,
    "none": {**_KEPT, "found": FoundLeads((), None, Whose(EVERYBODY, owns_nobody=True)), "may_save": False},
}
