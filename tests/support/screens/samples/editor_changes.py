"""What a draft changes, and publishing it."""

from dataclasses import replace

from sequences.auto_enroll.lint import LintFinding, Weight
from services.drafts.attached_file import AttachedFile
from services.drafts.compare import Comparison, attachment_diffs, file_diffs
from services.drafts.publish_draft import DraftPlan
from services.publishing.preview import Example, RulePreview
from services.publishing.switch_rules import Plan
from starter.console.address import Address
from tests.support.screens.samples.editor import BAD, DRAFT, GOOD, ONE, SOURCE

_OLD = {name: AttachedFile.of(b"old") for name in ("files/<page>.pdf", "files/gone.pdf")}
_NEW = {name: AttachedFile.of(b"new") for name in ("files/<page>.pdf", "files/new.pdf")}
_TEXTS = file_diffs({ONE: "old\n"}, {"sequence.yaml": SOURCE, ONE: "new <page>\n"})
COMPARISON = Comparison(_TEXTS, attachment_diffs(_OLD, _NEW))
_PREVIEW = RulePreview("hello", "Hello", "person", would_enroll=12, sample=(Example("p1", "p1", "Ann <page>"),))
assert GOOD.checked.sequence is not None
_PLAN = DraftPlan(GOOD, Plan(GOOD.checked, GOOD.checked.sequence, changes=True, preview=_PREVIEW), ())
_LOOP = LintFinding(Weight.ERROR, "loop", ("hello",), "A loop <page>.", "Break it.")
_ALIKE = [replace(_LOOP, severity=Weight.NOTE, path=f"hello --> <page {n}> --> hello") for n in range(12)]
_KEPT = {
    "name": "Hello <page>",
    "checked": GOOD,
    "draft": DRAFT,
    "comparison": COMPARISON,
    "plan": _PLAN,
    "preview": _PREVIEW,
    "may_publish": True,
    "open_runs": 12,
    "address": Address("/console/sequences/hello/edit/changes", {}),
}

TEMPLATE = "screens/editor_changes.html"
MODELS: dict[str, dict[str, object]] = {
    "lead": _KEPT,
    "recruiter": {**_KEPT, "may_publish": False, "plan": None, "preview": None},
    "new": {**_KEPT, "draft": replace(DRAFT, newest=None, based_on=None), "preview": None, "open_runs": 0},
    "held": {**_KEPT, "preview": replace(_PREVIEW, coming=900, hold_above=500)},
    "errors": {**_KEPT, "checked": BAD, "plan": None, "preview": None},
    "loop": {**_KEPT, "plan": replace(_PLAN, findings=(_LOOP,))},
    "loops": {**_KEPT, "plan": replace(_PLAN, findings=(_LOOP, *_ALIKE))},
    "broken": {**_KEPT, "preview": replace(_PREVIEW, broken="a field <page> is gone")},
    "slow": {**_KEPT, "plan": None, "preview": None},
    "nothing": {**_KEPT, "comparison": Comparison((), ()), "plan": None, "preview": None},
    "overtaken": {**_KEPT, "draft": replace(DRAFT, newest=3)},
}
