"""Until when a task is put off."""

from tests.support.screens.samples.tasks import LATER, TASK

TEMPLATE = "screens/task_snooze.html"
FRAGMENTS = ("dialog",)
_CHOICES = [("tomorrow", "Tomorrow, 09:00")]
MODELS: dict[str, dict[str, object]] = {
    "asked": {"task": TASK, "choices": _CHOICES, "problem": ""},
    "wrong": {"task": LATER, "choices": _CHOICES, "problem": "Choose when."},
}
