"""Whether one wording is kept."""

from tests.support.screens.samples.sequence import HEAD

TEMPLATE = "screens/choose_wording.html"
MODELS: dict[str, dict[str, object]] = {"asked": {"head": HEAD, "step": "introduce", "variant": "short <page>"}}
FRAGMENTS = ("dialog",)
