"""A planned message as it will be."""

from dataclasses import replace
from datetime import UTC, datetime

from services.console.planned import PlannedMessage
from services.publishing.render import Rendered, RenderedFile
from tests.support.screens.samples import AUDITOR

AT = datetime(2026, 11, 30, 9, tzinfo=UTC)
MAIL = Rendered(
    sequence="new-services",
    version=2,
    step="remind",
    channel="email",
    person="p1",
    to="ben@client.example",
    headers={"From": "Lea <lea@agency.example>", "Subject": "Again <page>"},
    text="Dear Ben <page>,\n\nstill looking?",
    html=None,
    files=(RenderedFile("cv <page>.pdf", "application/pdf", 900, inline=False),),
    segments=None,
    encoding=None,
    outside_gsm7=(),
    size=2000,
    warnings=("long <page>",),
)
TEXT = replace(MAIL, channel="sms", headers={}, files=(), segments=2, encoding="GSM-7", warnings=())
PLANNED = PlannedMessage(
    "e1",
    "new-services",
    "New services",
    2,
    "remind",
    "p1",
    "Ben <page> Ray",
    "o1",
    AT,
    "America/New_York",
    "planned",
    MAIL,
)
PLAIN = replace(PLANNED, message=None, due_at=None)

TEMPLATE = "screens/planned_message.html"
FRAGMENTS = ("dialog",)
MODELS = {
    "mail": {"found": PLANNED, "masked": False},
    "html": {"found": replace(PLANNED, message=replace(MAIL, html="<p>Dear Ben</p>")), "masked": False},
    "text": {"found": replace(PLANNED, message=TEXT, conditions=True), "masked": False},
    "masked": {"found": PLAIN, "masked": True, "viewer": AUDITOR},
    "problem": {"found": replace(PLAIN, problem="no <page> name"), "masked": False},
    "task": {"found": replace(PLAIN, task="Call <page>"), "masked": False},
    "action": {"found": PLAIN, "masked": False},
    "sent": {"found": replace(PLANNED, state="sent"), "masked": False},
}
