"""Why is somebody contacted again?"""

from tests.support.screens.samples.suppressions import BY_HAND, LINE

TEMPLATE = "screens/suppression_lift.html"
MODELS: dict[str, dict[str, object]] = {
    "asked": {"line": LINE, "problem": ""},
    "refused": {"line": BY_HAND, "problem": "say why it is lifted"},
}
FRAGMENTS = ("dialog",)
