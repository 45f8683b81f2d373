"""The list of sequences."""

from dataclasses import replace
from datetime import UTC, datetime

from sequences.statistics.outcomes import Counted, RowKey
from services.console.sequences import NewDraft, SequenceNumbers, SequenceSummaries, SequenceSummary, SequencesView
from services.reading.statistics import StatisticsRow
from starter.console.address import Address

AT = datetime(2026, 11, 29, 9, tzinfo=UTC)
LINE = SequenceSummary(
    "new-services", 'New <page> & "services"', "person", 3, AT, 4, 1234, 5, True, None, None, None, "o1", "Lea <page>"
)
PAUSED = SequenceSummary("welcome", "Welcome", "placement", 1, AT, 2, 0, 0, False, "holidays", AT)
ADDRESS = Address("/console/sequences", {"sort": "-in_it", "state": "all"})
STATES = [("all", "All"), ("paused", "Paused")]
OWNERS = (("o1", "Lea <page>"),)
NUMBERS = SequenceNumbers(
    {"new-services": StatisticsRow.of(Counted(RowKey("new-services")))}, {"new-services": AT}, {"new-services": AT}
)
DRAFT = NewDraft("hi", AT, "Lea <page>")
_KEPT = {"numbers": None, "drafts": (DRAFT,), "slow": False, "states": STATES, "address": ADDRESS}

TEMPLATE = "screens/sequences.html"
FRAGMENTS = ("list",)
MODELS = {
    "many": {
        **_KEPT,
        "asked": SequencesView(sort="-in_it"),
        "found": SequenceSummaries((LINE, PAUSED, replace(PAUSED, archived_at=AT)), 120, "welcome", OWNERS),
    },
    "counted": {
        **_KEPT,
        "asked": SequencesView(),
        "found": SequenceSummaries((LINE, PAUSED), 2, None),
        "numbers": NUMBERS,
    },
    "slow": {**_KEPT, "asked": SequencesView(), "found": SequenceSummaries((LINE,), 1, None), "slow": True},
}
