"""A hold with its runs."""

from dataclasses import replace
from datetime import UTC, datetime

from services.console.hold import HoldPage
from services.console.run_lines import RunLine
from starter.console.address import Address

AT = datetime(2026, 11, 29, 9, tzinfo=UTC)
_RUN = RunLine("e1", AT, "hello", "Hello <page>", "p1", "Ann <page>", "paused", "hold: <page>")
_HOLD = HoldPage("h1", "sequence", "hello", "Hello <page>", "holidays <page>", AT, None, (_RUN,), "c", True)
_KEPT = {"found": _HOLD, "address": Address("/console/holds/h1", {})}

TEMPLATE = "screens/hold.html"
MODELS: dict[str, dict[str, object]] = {
    "on": _KEPT,
    "everything": {**_KEPT, "found": replace(_HOLD, scope="everything", key="", name=None, reason="", lines=())},
    "ended": {
        **_KEPT,
        "found": replace(_HOLD, scope="owner", key="o1", name=None, ended_at=AT, next=None, others=False),
    },
}
