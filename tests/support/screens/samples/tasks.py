"""Tasks."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sequences.access.viewer import EVERYBODY
from services.console.tasks import TasksToDo, TasksView, TaskToDo
from services.console.whose import Whose
from starter.console.address import Address
from tests.support.screens.samples import AUDITOR

AT = datetime(2026, 11, 29, 9, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 29, tzinfo=UTC)
TASK = TaskToDo(
    id="t1",
    title="Call <page> Ben",
    description="He asked for a call.",
    due_at=AT - timedelta(days=1),
    kind="call",
    state="open",
    reason=None,
    waited_for=True,
    created_at=AT - timedelta(days=2),
    decided_at=None,
    decided_by=None,
    owner_id="o1",
    owner_name="Lea Dupont",
    person_id="p1",
    person_name="Ben Ray",
    sequence="new-services",
    sequence_name="New services",
)
LATER = replace(TASK, id="t2", due_at=None, waited_for=False, owner_id=None, owner_name=None, description=None)
DONE = replace(TASK, id="t3", state="done", decided_by="Lea", decided_at=AT)
CLOSED = replace(TASK, id="t4", state="closed", reason="the person replied", sequence_name=None, person_name=None)
FOUND = TasksToDo((TASK, LATER, DONE, CLOSED), "next", 1, 2, 3, MIDNIGHT)
NONE = TasksToDo((), None, 0, 0, 0, MIDNIGHT, Whose(EVERYBODY, owns_nobody=True))
_KEPT = {"asked": TasksView(AT), "back": "/tasks", "may_do": lambda _: True, "address": Address("/console/tasks", {})}

TEMPLATE = "screens/tasks.html"
MODELS = {
    "many": {**_KEPT, "found": FOUND},
    "not_mine": {**_KEPT, "found": FOUND, "viewer": AUDITOR, "may_do": lambda _: False},
    "none_due": {**_KEPT, "found": NONE},
    "none": {**_KEPT, "found": NONE, "asked": TasksView(AT, "done")},
}
