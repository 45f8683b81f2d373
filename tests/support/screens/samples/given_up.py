"""Follow-ups that were given up."""

from dataclasses import replace
from datetime import UTC, datetime

from services.console.given_up import GivenUp, GivenUpLines
from starter.console.address import Address

AT = datetime(2026, 11, 29, 9, tzinfo=UTC)
_LINE = GivenUp(
    id="f2345678901",
    kind="webhook",
    to="https://crm.example/<page>",
    event="replied.positive",
    reason="it hung up <page>",
    at=AT,
    tries=12,
    settled_at=AT,
    sequence="hello",
    sequence_name="Hello <page>",
    person_id="p1",
    person_name="Ann <page>",
)
_OTHER = replace(_LINE, kind="enroll", to="", event=None, reason=None, tries=1, sequence_name=None, person_name=None)
_KEPT = {
    "found": GivenUpLines((_LINE, _OTHER), "c", True),
    "may_retry": True,
    "address": Address("/console/follow-ups", {}),
}

TEMPLATE = "screens/given_up.html"
MODELS: dict[str, dict[str, object]] = {
    "some": _KEPT,
    "as_a_recruiter": {**_KEPT, "may_retry": False},
    "none": {**_KEPT, "found": GivenUpLines((), None, False)},
}
