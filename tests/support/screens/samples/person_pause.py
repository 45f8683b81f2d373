"""The question before all runs of a person are paused."""

from dataclasses import replace
from datetime import date

from tests.support.screens.samples.person import _EMPTY, _PAGE

TEMPLATE = "screens/person_pause.html"
FRAGMENTS = ("dialog",)
MODELS = {
    "some": {"found": _PAGE, "tomorrow": date(2027, 5, 5)},
    "none": {"found": replace(_PAGE, name=None, facts=_EMPTY), "tomorrow": date(2027, 5, 5)},
    "hidden": {"found": replace(_PAGE, facts=None), "tomorrow": date(2027, 5, 5)},
}
