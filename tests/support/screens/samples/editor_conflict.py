"""Two users saved the same file of a draft."""

from services.drafts.compare import file_diffs
from services.drafts.draft import DraftFile
from tests.support.screens.samples.editor import DRAFT, MAIL, ONE, PUBLISHED

_MINE = DraftFile(ONE, MAIL.replace("Dear", "Good morning"), "m1")
_DIFFS = file_diffs({ONE: MAIL}, {ONE: _MINE.text or ""})

TEMPLATE = "screens/editor_conflict.html"
MODELS: dict[str, dict[str, object]] = {
    "saved": {"theirs": DRAFT, "mine": _MINE, "diffs": _DIFFS},
    "published": {"theirs": PUBLISHED, "mine": _MINE, "diffs": _DIFFS},
}
