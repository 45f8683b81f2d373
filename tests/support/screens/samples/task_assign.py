"""Who does a task."""

from tests.support.screens.samples.tasks import LATER, TASK

TEMPLATE = "screens/task_assign.html"
FRAGMENTS = ("dialog",)
_OWNERS = [("o1", "Lea Dupont"), ("o2", "Max <page>")]
MODELS: dict[str, dict[str, object]] = {
    "asked": {"task": TASK, "owners": _OWNERS, "problem": ""},
    "wrong": {"task": LATER, "owners": _OWNERS, "problem": "Choose an owner."},
}
