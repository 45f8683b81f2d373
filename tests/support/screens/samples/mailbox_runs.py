"""The open runs of a mailbox."""

from datetime import UTC, datetime

from services.console.run_lines import RunLine, RunLines
from starter.console.address import Address
from tests.support.screens.samples.mailboxes import MAILBOX

AT = datetime(2026, 11, 29, 9, tzinfo=UTC)
_RUN = RunLine("e1", AT, "hello", "Hello <page>", "p1", "Ann <page>", "active", None)
_KEPT = {"mailbox": MAILBOX, "address": Address("/console/mailboxes/xzzzzzzzzzzzz/runs", {})}

TEMPLATE = "screens/mailbox_runs.html"
MODELS: dict[str, dict[str, object]] = {
    "some": {**_KEPT, "found": RunLines((_RUN,), "c", others=True)},
    "none": {**_KEPT, "found": RunLines((), None, others=False)},
}
