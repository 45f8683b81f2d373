"""The rules of a draft as a form: with conditions of every kind, without, switched off, and with mistakes."""

from dataclasses import replace

from sequences.checking import read_file
from sequences.editing.rules import GROUPS, switched_off
from sequences.records.catalogue import FieldType, catalogue
from services.console.rules_form import RulesForm, places_of, remaining_after, rules_form
from services.drafts.check_draft import CheckedDraft
from services.drafts.draft import SEQUENCE_FILE
from services.publishing.check_and_publish import CheckedFile
from starter.console.address import Address
from starter.console.screens.editor_rules import RulesAsked
from tests.support.screens.samples.editor import DRAFT, PUBLISHED
from tests.support.screens.samples.rules import COUNTS, FOUND

OWN = {"skills": FieldType.LIST, "score": FieldType.NUMBER, "remote": FieldType.BOOLEAN}
CATALOGUE = catalogue(OWN)
RULES = """auto_enroll:
  historical:
    last_contacted: more than 1 year ago or never
    last_placed: never
  qualitative:
    person.resume: present
  real:
    person.status: [Hot, "Warm <page>"]
    person.type: [Candidate]
    custom.skills: {all_of: [Java, SQL]}
    custom.score: [1, 2]
    person.available_from: 2027-05-04
  prevent_reenrollment_within: 6 months
  assigned_by: dana
  hold_above: 50
  cycle_protection: window
"""
GONE = """    custom.gone: ["<page>"]
    custom.skills: {all_of: [a], any_of: ["<page>"]}
    custom.remote: true
"""
HEAD = "sequence: hello\nname: Hello <page>\nrecord: person\nsteps:\n  - {id: one, email: hello/one}\n"
BAD = """auto_enroll:
  historical: {last_contacted: some time ago, last_seen: never}
  real: {person.status: {all_of: [a]}}
  prevent_reenrollment_within: a while
"""


def checked(text: str, published: bool = True) -> CheckedDraft:
    """A draft as its check found it."""
    draft = replace(DRAFT if published else replace(DRAFT, newest=None, based_on=None), files={SEQUENCE_FILE: text})
    reading = read_file(text, SEQUENCE_FILE, OWN)
    found = CheckedFile(SEQUENCE_FILE, reading.sequence, {}, tuple(reading.problems))
    return CheckedDraft(draft, found, reading.sequence, reading.templates)


def form(text: str, new: str = "", *, published: bool = True) -> RulesForm:
    """The form of a file."""
    return rules_form(checked(text, published), CATALOGUE, new)


GOOD = form(HEAD + RULES, "person.city")
assert GOOD.checked.readable is not None
_UNCHANGED = replace(PUBLISHED, files=GOOD.checked.draft.files)
_KEPT: dict[str, object] = {
    "found": GOOD,
    "groups": GROUPS,
    "counts": None,
    "problem": "",
    "remaining": {},
    "remaining_place": {},
    "loops": (),
    "more_loops": False,
    "known": {"person.status": ("Hot <page>", "Cold")},
    "asked": RulesAsked(),
    "window_units": ("days", "weeks", "months", "years"),
    "owners": [("", "nobody"), ("o1", "Dana <page>")],
    "records": [("person", "One person"), ("placement", "One placement")],
    "address": Address("/console/sequences/hello/edit/rules", {}),
}
_COUNTS = replace(COUNTS, remaining=(2000, 1900, 1800, 1500, 900, 400, 350, 310))

TEMPLATE = "screens/editor_rules.html"
FRAGMENTS = ("form",)
MODELS: dict[str, dict[str, object]] = {
    "counting": _KEPT,
    "counted": {
        **_KEPT,
        "counts": _COUNTS,
        "remaining": remaining_after(GOOD.checked.readable, _COUNTS),
        "remaining_place": places_of(GOOD.checked.readable),
        "loops": FOUND.loops,
        "more_loops": True,
        "asked": RulesAsked(counts="1", at="limits"),
    },
    "unknown_fields": {
        **_KEPT,
        "found": form(HEAD + RULES.replace("    custom.skills: {all_of: [Java, SQL]}\n", GONE)),
    },
    "mistakes": {**_KEPT, "found": form(HEAD + BAD)},
    "slow": {**_KEPT, "problem": "slow"},
    "broken": {**_KEPT, "counts": replace(COUNTS, broken="no field <page> any more")},
    "off": {**_KEPT, "found": form(HEAD), "owners": [("", "nobody")]},
    "switched_off": {**_KEPT, "found": form(switched_off(HEAD + RULES))},
    "unpublished": {**_KEPT, "found": form(HEAD, published=False)},
    "as_published": {**_KEPT, "found": replace(GOOD, checked=replace(GOOD.checked, draft=_UNCHANGED))},
    "unreadable": {**_KEPT, "found": form("steps: [\n")},
}
