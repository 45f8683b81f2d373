"""The question before a draft is discarded."""

from dataclasses import replace

from tests.support.screens.samples.editor import DRAFT

TEMPLATE = "screens/editor_discard.html"
FRAGMENTS = ("dialog",)
MODELS: dict[str, dict[str, object]] = {
    "asked": {"draft": DRAFT},
    "new": {"draft": replace(DRAFT, newest=None, based_on=None)},
}
