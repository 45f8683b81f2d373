"""The editor: cards of a draft with mistakes, of one without, and of what is published."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from sequences.checking import FileProblem, Severity, read_file
from sequences.definition.happenings import parse_happening
from sequences.definition.reactions import ReactionKind, ThenKind
from sequences.editing.conditions import FieldCondition, Operator
from sequences.editing.only_if import OnlyIf
from sequences.editing.outline import outline
from sequences.editing.step_settings import OwnTimes
from sequences.editing.task_form import TaskForm
from sequences.editing.timing import timing_of
from sequences.editing.variants import VariantLine
from sequences.planning.values import StepPlan
from sequences.records.catalogue import BUILT_IN, FieldType, catalogue
from services.console.condition_fields import ConditionField, ConditionFields, condition_fields
from services.console.editor import EditedFile, EditorPage, PartCard, StepCard
from services.console.editor_attachments import mail_attachments, unnamed_attachments
from services.console.editor_reactions import EditedReactions, StopCard, reaction_cards
from services.console.editor_settings import edited_settings
from services.console.people import FoundPerson
from services.console.step_forms import StepForms
from services.drafts.attached_file import AttachedFile
from services.drafts.check_draft import CheckedDraft
from services.drafts.draft import SEQUENCE_FILE, SequenceDraft
from services.drafts.written_for import WrittenFor
from services.publishing.check_and_publish import CheckedFile
from services.publishing.render import Rendered, RenderedFile
from services.publishing.write_alone import Recipient
from starter.console.address import Address
from starter.console.screens.editor import ACCEPTED, EditorQuery

AT = datetime(2026, 11, 29, 9, tzinfo=UTC)
SOURCE = """# Two mails <page>
sequence: hello
name: Hello <page>
record: person
schedule: {window: 08:00-18:00}
steps:
  - id: one
    email: hello/one
  - {id: two, when: 7 days after one, at: 09:30, sms: hello/two}
  - {id: three, task: "Call <page>"}
reactions:
  - on: replied
    then: stop
"""
RULES = """steps:
  - {id: one, email: hello/one}
stop_when:
  person.status: [Gone <page>]
  custom.skills: {any_of: [a], all_of: [b]}
reactions:
  - on: replied
    then: stop
  - on: form_submitted
    form: cv
    do:
      - create_task: {title: "Call <page>", due: 1 day}
      - set_field: {person.status: Busy <page>}
      - suppress: ""
      - {notify: owner, odd: <page>}
      - send: hello/one
      - enroll: other
      - webhook: {url: "https://hooks.example.com/<page>"}
    then: pause 2 weeks
    odd: <page>
  - {on: "<page>", then: stop}
  - <page>
"""
ONE = "hello/one.email.txt"
MAIL = "Subject: Hi <page>\nAttach: files/offer <page>.pdf\nAttach: files/gone.pdf\n\nDear {{ person.first_name }}\n"
HTML = "hello/one.email.html"
SHOWN = '<p><img src="images/<page>.png"><img src="images/gone.png"></p>\n'
FILES = {
    name: AttachedFile.of(name.encode())
    for name in ("files/offer <page>.pdf", "images/<page>.png", "files/x <page>.pdf")
}
DRAFT = SequenceDraft(
    *("hello", 3, {SEQUENCE_FILE: SOURCE, ONE: MAIL, HTML: SHOWN}, FILES, 2, 2, "Lea <page>", AT),
)
PUBLISHED = replace(DRAFT, revision=0, changed_by=None, changed_at=None)
WRONG = FileProblem(SEQUENCE_FILE, 7, 5, "A mistake <page>.", "`x`", "`y`")
ODD = FileProblem(ONE, 1, 1, "No unsubscribe line.", "", "a line", Severity.WARNING)
_READING = read_file(SOURCE, SEQUENCE_FILE)
GOOD = CheckedDraft(
    *(DRAFT, CheckedFile(SEQUENCE_FILE, _READING.sequence, {}, ()), _READING.sequence, _READING.templates),
    forms={"details": "Your details <page>"},
)
BAD = CheckedDraft(DRAFT, CheckedFile(SEQUENCE_FILE, None, {}, (WRONG, ODD)), None, ())
FILE = EditedFile(SEQUENCE_FILE, SOURCE, "m0")
MESSAGE = Rendered(
    *("hello", None, "one", "email", "p1", "ann@client.example", {"Subject": "Hi <page>"}, "Dear Ann <page>"),
    *(
        "<p>Dear Ann</p>",
        (RenderedFile("offer <page>.pdf", "application/pdf", 900, inline=False),),
        None,
        None,
        (),
        900,
        ("the subject <page> is long",),
    ),
    variant="short",
)
SMS = replace(MESSAGE, headers={}, html=None, files=(), segments=2, warnings=(), variant=None)
_LINES = (
    FieldCondition("person.type", Operator.IS, ("Candidate", "Odd <page>")),
    FieldCondition("person.city", Operator.IS, ("Ulm <page>", "Bonn")),
    FieldCondition("custom.visa_until", Operator.IS, ("2027-05-04",)),
    FieldCondition("custom.nights", Operator.IS, ("true",)),
    FieldCondition("person.resume", Operator.PRESENT),
    FieldCondition("custom.gone<page>", Operator.ALL_OF, ("x",)),
)
_PARTS = outline(SOURCE)
_STEPS = [part for part in _PARTS if part.key == "steps"]
STEPS = (
    StepCard(
        *(_STEPS[0], 1, "one", "email", "", "", "Own <page>", (EditedFile(ONE, MAIL, "m1", (ODD,)),), (WRONG,)),
        conditions=("person.status: Active <page>",),
        variants=(("short", 0.5), ("long <page>", 0.5)),
        whole=True,
        forms=StepForms(
            "email",
            OnlyIf(_LINES, (), unsaid=("person.source", "happened")),
            wordings=(VariantLine("short"), VariantLine("long <page>", 2, "Own <page>", "hello/long")),
            subject="Own <page>",
            template="hello/one",
            templates=("hello/one", "hello/long"),
            times=OwnTimes("from_to", "09:00", "17:00", "yes", "Europe/London", "GB", unsaid=("if_past",)),
        ),
        wordings={"short": MESSAGE, "long <page>": "no <page> name"},
        plan=StepPlan("one", AT, AT, "America/New_York", "person", ("weekend", "window")),
        message=MESSAGE,
        needs=("person.first_name",),
    ),
    StepCard(
        *(_STEPS[1], 2, "two", "sms", "7 days after one", "09:30", ""),
        (EditedFile("hello/two.sms.txt", "", "m2", missing=True),),
        (),
        plan=StepPlan("two", None, None, "UTC", "organisation", skipped="no_day_zero"),
        message=SMS,
        forms=StepForms(
            "sms",
            OnlyIf((), tuple(map(parse_happening, ("clicked one", "not replied", "done <page>"))), each=False),
            ("one",),
            ("three",),
            times=OwnTimes(text_from="10:00", text_to="12:00"),
            before_day_zero=True,
            in_thread=True,
        ),
    ),
    StepCard(
        *(_STEPS[2], 3, "three", "task", "", "", "", (), ()),
        plan=StepPlan("three", None, None, "UTC", "organisation", skipped="something new"),
        trouble="no <page> name",
        elsewhere=("hello/one",),
        whole=True,
        forms=StepForms(
            only_if=None,
            task=TaskForm("Call <page>", "call", "Ask <page>", "o<page>", waits=True, unit="months"),
            times=None,
        ),
    ),
    StepCard(_STEPS[2], 4, "", "", "some day", "", "", (), (WRONG,)),
)
PARTS = tuple(PartCard(part, (), ()) for part in _PARTS if part.key != "steps")
SETTINGS = """name: Hello <page>
day_zero: <page>
sender: jobs@agency.example
frequency_cap: {sms: 3 a week}
schedule: {window: [08:00-12:00, 13:00-17:00], weekdays_only: true, holidays: <page>, if_past: send}
on_resume: odd <page>
same_client: pause 2 weeks
reaction_period: 5 days
tracking: opens
"""
_SETTINGS = tuple(PartCard(part, (), (WRONG,)) for part in outline(SETTINGS))
_RULES = [PartCard(part, (), ()) for part in outline(RULES)]
_CARDS = list(reaction_cards(_RULES, {"other": "Other <page>"}, {"person.status": "Status <page>"}))
REACTIONS = EditedReactions(
    readable=True,
    actions={"three": _CARDS[1].lines},
    reactions=tuple(
        replace(card, problems=(WRONG,), files=(EditedFile("hello/answer.email.txt", MAIL, "m4"),)) if n == 1 else card
        for n, card in enumerate(_CARDS)
    ),
    problems=(WRONG,),
    switches=((ReactionKind.REPLIED, ThenKind.STOP), (ReactionKind.CLICKED, ThenKind.PAUSE)),
    stops=(
        StopCard("person.status", "Status <page>", FieldCondition("person.status", Operator.IS, ("Gone <page>",)), []),
        StopCard("person.email", "E-mail", FieldCondition("person.email", Operator.MISSING), "missing"),
        StopCard("custom.skills", "Skills", None, {"any_of": ["<page>"], "all_of": ["b"]}),
    ),
    stop_problems=(WRONG,),
    sequences=(("other", "Other <page>"),),
    forms=(("cv", "cv"),),
    templates=(("hello/one", "hello/one"),),
    fields=(("person.status", "Status <page>"),),
    asked=ConditionFields({name: ConditionField(name, f"{name} <page>") for name in ("person.status", "person.city")}),
    writable=(("person.status", "Status <page>"),),
    labels={"person.status": "Status <page>"},
)
WHOM = WrittenFor(Recipient("p1"), "Ann <page>", "o1", answers={"hello/one": MESSAGE, "hello/gone": "no <page>"})
PAGE = EditorPage(
    GOOD,
    "Hello <page>",
    FILE,
    STEPS,
    PARTS,
    (EditedFile("hello/old.sms.txt", "Old <page>", "m3", used=False),),
    BUILT_IN,
    WHOM,
    condition_fields(catalogue({"visa_until": FieldType.DATE, "nights": FieldType.BOOLEAN}), "person"),
    (("o1", "Dana <page>"),),
)
_BEN = FoundPerson("p2", "Ben <page>", True, None, None, "Clerk <page>", None, None, None, None, None, 0, False)
_KEPT = {
    "address": Address("/console/sequences/hello/edit", {"person": "p1"}),
    "known": {"person.status": ("Hot <page>", "Cold")},
    "asked": EditorQuery(open="reaction:1", added="1"),
    "reactions": REACTIONS,
    "settings": edited_settings(PAGE, {}),
    "channels": ["email", "sms"],
    "matches": (),
    "kept": {"person": "p1"},
    "units": ["days", "weeks"],
    "kinds": [("email", "E-mail")],
    "timing_of": timing_of,
    "attachments_of": partial(mail_attachments, DRAFT),
    "unnamed": unnamed_attachments(DRAFT),
    "accepted": ACCEPTED,
    "task_kinds": [("call", "Call"), ("other", "Anything else")],
    "within_units": ("days", "weeks"),
}
_PLACEMENTS = replace(WHOM, recipient=Recipient("p1", "j1"), records=("j1", "j2"))

TEMPLATE = "screens/editor.html"
FRAGMENTS = ("editor",)
MODELS: dict[str, dict[str, object]] = {
    "good": {**_KEPT, "found": PAGE},
    "errors": {**_KEPT, "found": replace(PAGE, checked=BAD, source=replace(FILE, problems=(WRONG,)))},
    "settings": {**_KEPT, "found": PAGE, "settings": edited_settings(replace(PAGE, parts=_SETTINGS), {})},
    "no rules": {**_KEPT, "found": PAGE, "reactions": EditedReactions(readable=True)},
    "odd rules": {**_KEPT, "found": PAGE, "reactions": EditedReactions(readable=False)},
    "unreadable": {
        **_KEPT,
        "reactions": EditedReactions(readable=False),
        "found": EditorPage(BAD, "hello", replace(FILE, problems=(WRONG,))),
    },
    "published": {**_KEPT, "found": replace(PAGE, checked=replace(GOOD, draft=PUBLISHED), unused=())},
    "overtaken": {**_KEPT, "found": replace(PAGE, checked=replace(GOOD, draft=replace(DRAFT, newest=3)))},
    "open": {**_KEPT, "found": PAGE, "asked": EditorQuery(open="only-if:one")},
    "beside": {**_KEPT, "found": PAGE, "asked": EditorQuery(beside="1"), "kept": {"beside": "1"}},
    "nobody": {**_KEPT, "found": replace(PAGE, whom=None), "asked": EditorQuery(who="<page>"), "kept": {}},
    "several": {
        **_KEPT,
        "found": PAGE,
        "asked": EditorQuery(who="b"),
        "matches": (_BEN, replace(_BEN, id="p3", name=None)),
    },
    "new": {**_KEPT, "found": replace(PAGE, checked=replace(GOOD, draft=replace(DRAFT, newest=None, based_on=None)))},
    "placements": {**_KEPT, "found": replace(PAGE, whom=_PLACEMENTS)},
}
