"""One batch."""

from sequences.auto_enroll.conditions import Condition
from services.console.approvals import BatchPage, BatchPerson, FirstMessage
from services.publishing.render import Rendered
from starter.console.address import Address
from tests.support.screens.samples import AUDITOR
from tests.support.screens.samples.approvals import AT, BATCH

_MAIL = Rendered(
    "hello",
    1,
    "one",
    "email",
    "p1",
    "p1@client.example",
    {"Subject": "Hello <page>"},
    "Dear <page>",
    None,
    (),
    None,
    None,
    (),
    100,
    (),
)
_FOUND = BatchPage(
    BATCH,
    (Condition("real", "person.status", "Hot <page>"),),
    (
        BatchPerson("p1", "p1", "Ann <page>", "Welder at Client", "o1", "Dana", AT),
        BatchPerson("l2", "p2", None, None, None, None, AT),
    ),
    (FirstMessage("Ann <page>", "p1", _MAIL), FirstMessage(None, "p2", None, "no <page>")),
    "next",
)
_ADDRESS = Address("/console/approvals/b1", {})

TEMPLATE = "screens/batch.html"
MODELS: dict[str, dict[str, object]] = {
    "lead": {"found": _FOUND, "masked": set(), "hidden": set(), "address": _ADDRESS},
    "auditor": {"viewer": AUDITOR, "found": _FOUND, "masked": {"p1"}, "hidden": {"p1"}, "address": _ADDRESS},
    "later page": {
        "found": BatchPage(BATCH, (), _FOUND.people, (), None),
        "masked": set(),
        "hidden": set(),
        "address": Address("/console/approvals/b1", {"cursor": "abc"}),
    },
}
