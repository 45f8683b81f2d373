"""The CRM that is read and written."""

from pathlib import Path
from types import SimpleNamespace

from sequences.crm.mapping_file import read_mapping
from sequences.records.catalogue import catalogue
from services.crm.status import CrmState, CrmStatus
from starter.console.address import Address
from starter.console.screens.crm import STATES
from starter.console.screens.settings import PARTS
from tests.support.screens.samples.users import ADMIN, AT

TEMPLATE = "screens/crm.html"
_EXAMPLE = Path(__file__).parents[4] / "examples" / "crm" / "bullhorn.yaml"
_WRITE = SimpleNamespace(
    id="xzzzzzzzzzzzz",
    kind="note",
    occasion="replied",
    entity="Candidate",
    record="77<page>",
    person_id="candidate-77",
    at=AT,
    state="dead",
    result="Bullhorn refuses it (HTTP 400)<page>",
)
_COMMON: dict[str, object] = {
    "viewer": ADMIN,
    "parts": PARTS,
    "states": STATES,
    "shown": "dead",
    "problems": (),
    "mapping": read_mapping(_EXAMPLE.read_text(), "bullhorn.yaml", catalogue()).mapping,
    "writes": [],
    "names": {"candidate-77": "Ann <page>"},
    "following": None,
    "address": Address("/console/settings/crm", {}),
}
_STATUS = CrmStatus(CrmState.WORKS, "bullhorn", account="e999", looked_at=AT, read_at=AT, records_read=1200)
MODELS: dict[str, dict[str, object]] = {
    "works": _COMMON | {"crm": _STATUS, "shown": "waiting"},
    "failed": _COMMON
    | {
        "crm": CrmStatus(
            CrmState.FAILS, "bullhorn", problem="the CRM does not answer: <page>", not_before=AT, records_refused=3
        ),
        "writes": [_WRITE],
        "following": "next",
    },
    "none": _COMMON | {"crm": CrmStatus(CrmState.OFF), "mapping": None},
    "errors": _COMMON
    | {"crm": CrmStatus(CrmState.OFF), "mapping": None, "problems": ("crm.yaml:3:5: error: Unknown key <page>.",)},
}
