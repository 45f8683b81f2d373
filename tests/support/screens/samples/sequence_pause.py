"""The question before a sequence is paused."""

from tests.support.screens.samples.sequence import HEAD

TEMPLATE = "screens/sequence_pause.html"
FRAGMENTS = ("dialog",)
MODELS: dict[str, dict[str, object]] = {"asked": {"head": HEAD, "modes": []}}
