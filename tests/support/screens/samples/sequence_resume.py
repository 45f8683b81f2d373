"""The question before a sequence is resumed."""

from tests.support.screens.samples.sequence import HEAD, HELD

TEMPLATE = "screens/sequence_resume.html"
FRAGMENTS = ("dialog",)
_MODES = [("", "as the sequence says"), ("skip", "skip them")]
MODELS: dict[str, dict[str, object]] = {
    "asked": {"head": HELD, "modes": _MODES},
    "not_paused": {"head": HEAD, "modes": _MODES},
}
