"""What is asked before a rehearsal."""

from services.drafts.draft import SequenceDraft
from starter.console.address import Address
from starter.console.screens.rehearse import NUMBERS, REPLIES, WEEKS

DRAFT = SequenceDraft("new-services", 3, {}, newest=2)
_KEPT = {
    "draft": DRAFT,
    "good": True,
    "name": "New <page> services",
    "missing": (),
    "install": "pip install '.[embedded]'",
    "asked": {"people": "10", "weeks": "26", "replies": "none", "who": ""},
    "problems": [],
    "numbers": [(each, f"{each} people") for each in NUMBERS],
    "weeks": [(each, f"{each} weeks") for each in WEEKS],
    "replies": [(each, each) for each in REPLIES],
    "address": Address("/console/sequences/new-services/rehearse", {}),
}

TEMPLATE = "screens/rehearse.html"
MODELS = {
    "draft": _KEPT,
    "published": {**_KEPT, "draft": SequenceDraft("new-services", 0, {}, newest=2)},
    "problems": {**_KEPT, "asked": {**_KEPT["asked"], "who": "Ann <page>\n"}, "problems": ["several <page> match"]},  # type: ignore[dict-item]
    "errors": {**_KEPT, "good": False},
    "missing": {**_KEPT, "missing": ("Postgres", "Temporal")},
}
