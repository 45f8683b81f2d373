"""The question before all runs of a person are stopped."""

from dataclasses import replace

from tests.support.screens.samples.person import _EMPTY, _PAGE

TEMPLATE = "screens/person_stop.html"
FRAGMENTS = ("dialog",)
MODELS = {
    "some": {"found": _PAGE},
    "none": {"found": replace(_PAGE, name=None, facts=_EMPTY)},
    "hidden": {"found": replace(_PAGE, facts=None)},
}
