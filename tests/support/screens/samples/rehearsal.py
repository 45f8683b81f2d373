"""What came of a rehearsal."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from services.console.rehearsal import RehearsalResult, RehearsedRun, RehearsedStep
from starter.console.address import Address

AT = datetime(2026, 11, 30, 9, tzinfo=UTC)
SENT = RehearsedStep("introduce", "email", "sent", AT, "Europe/London", ("quiet_hours",), None, "Hello <page>")
RUN = RehearsedRun(
    "p1",
    "p1",
    "Ann <page> Ray",
    "",
    "finished",
    "finished",
    AT + timedelta(days=20),
    (
        SENT,
        RehearsedStep("nudge", "sms", "refused", AT + timedelta(days=2), None, (), "no_phone", None),
        RehearsedStep("remind", "email", "cancelled", None, None, (), "replied.negative", None),
    ),
    ("create_task", "webhook"),
)
REFUSED = RehearsedRun(
    "p2", "p2", None, "must not be contacted <page>", "refused", "must not be contacted", None, (), ()
)
RESULT = RehearsalResult("jabcdefghijk", "new-services", 2, AT, AT + timedelta(weeks=26), (RUN, REFUSED), 1, 0, 2, 1)
_KEPT = {"name": "New <page> services", "address": Address("/console/jobs/jabcdefghijk/rehearsal", {})}

TEMPLATE = "screens/rehearsal.html"
MODELS = {
    "played": {**_KEPT, "found": RESULT},
    "draft": {**_KEPT, "found": replace(RESULT, version=None, runs=(RUN,))},
    "nobody": {**_KEPT, "found": replace(RESULT, runs=())},
}
