"""The first page."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from sequences.access.viewer import EVERYBODY, Scope
from services.console.today import (
    ClosedDay,
    DisconnectedMailbox,
    FirstSteps,
    MailboxBackOff,
    NextStep,
    Outage,
    Standstill,
    Today,
)
from services.console.whose import EVERYONE, Whose
from starter.console.address import Address
from tests.support.screens.samples import AUDITOR

NOW = datetime(2027, 5, 4, 9, 0, tzinfo=UTC)
ADDRESS = Address("/console/", {})
_NOTHING = Today(
    at=NOW,
    whose=Whose(Scope(("o1",)), mine=True),
    replies=0,
    unmatched=0,
    batches=0,
    matches=0,
    unknown=0,
    due=0,
    overdue=0,
    goes=0,
    waits=0,
    first=(),
    back_offs=(),
    standstills=(),
    closed_days=(),
    outages=(),
)
_MUCH = Today(
    at=NOW,
    whose=EVERYONE,
    replies=12,
    unmatched=1,
    batches=2,
    matches=431,
    unknown=1,
    due=7,
    overdue=1,
    goes=5000,
    waits=40,
    first=tuple(
        NextStep(
            NOW + timedelta(hours=n),
            zone,
            "introduce",
            f"e{n}",
            "new-services",
            'New <services> & "more"',
            f"p{n}",
            name,
        )
        for n, zone, name in ((1, "Europe/Paris", "Ann <page> Example"), (2, "America/New_York", None))
    ),
    back_offs=(MailboxBackOff("email", "dana@agency.example", NOW, NOW + timedelta(hours=1), "421"),),
    standstills=(
        Standstill("h1", "sequence", "hello", "Hello <page>", "holidays", NOW, 14),
        Standstill("h2", "owner", "o1", None, "", NOW, 0),
        Standstill("h3", "everything", "", None, "moving", NOW, 3),
    ),
    closed_days=(ClosedDay(date(2027, 5, 5), None, None), ClosedDay(date(2027, 5, 6), "o1", "Dana Reed")),
    outages=(Outage("mail server", NOW, "connect, refused"),),
    disconnected=(
        DisconnectedMailbox("xzzzzzzzzzzzz", "dana@agency.example", "<page>", NOW, True),
        DisconnectedMailbox("xyyyyyyyyyyyy", "lee@agency.example", None, NOW, False),
    ),
)

TEMPLATE = "screens/home.html"
MODELS: dict[str, dict[str, object]] = {
    "nothing": {"found": _NOTHING, "address": ADDRESS},
    "much": {"found": _MUCH, "address": ADDRESS},
    "begins": {"found": replace(_NOTHING, first_steps=FirstSteps(True, False, False)), "address": ADDRESS},
    "owns_nobody": {"found": replace(_NOTHING, whose=Whose(EVERYBODY, owns_nobody=True)), "address": ADDRESS},
    "auditor": {"viewer": AUDITOR, "found": replace(_NOTHING, unknown=3), "address": ADDRESS},
}
