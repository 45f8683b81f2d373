"""What the forms of a step's card say, and what is written: it reads as what somebody would have written by hand."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from sequences.checking.yaml_document import read_document
from sequences.definition.happenings import Happening, HappeningKind, parse_happening
from sequences.definition.step_conditions import If, StepConditions
from sequences.definition.steps import ScheduleBlock
from sequences.definition.task_steps import StepTask, TaskKind
from sequences.definition.variants import FEWEST, MOST, Variant
from sequences.editing.conditions import FieldCondition, Operator
from sequences.editing.only_if import OnlyIf, only_if, written_only_if
from sequences.editing.plain import on_one_line
from sequences.editing.step_settings import KEYS, OwnTimes, channel_of, step_times, written_times
from sequences.editing.step_values import step_values, steps_above, with_step_values
from sequences.editing.task_form import KINDS, TaskForm, task_form, written_task
from sequences.editing.variants import (
    VariantLine,
    free_name,
    variant_lines,
    with_another,
    with_lines,
    with_second,
    without_one,
)
from sequences.errors import DefinitionError
from services.drafts.change_steps import TASKS
from starter.console.words import strings
from tests.support.sequence_texts import FILE

CITY = FieldCondition("person.city", Operator.IS, ("Ulm",))
CLICKED, NOT_REPLIED = parse_happening("clicked a"), parse_happening("not replied")


@pytest.mark.parametrize(
    ("written", "lines"),
    [
        (None, OnlyIf()),
        ("clicked a", OnlyIf((), (CLICKED,))),
        (["clicked a", "not replied"], OnlyIf((), (CLICKED, NOT_REPLIED), each=False)),
        ({"happened": {"all_of": ["clicked a", "not replied"]}}, OnlyIf((), (CLICKED, NOT_REPLIED))),
        ({"person.city": "Ulm"}, OnlyIf((CITY,))),
        ({"person.city": "Ulm", "happened": "not replied"}, OnlyIf((CITY,), (NOT_REPLIED,))),
    ],
)
def test_conditions_as_lines(written: Any, lines: OnlyIf) -> None:
    assert only_if(written) == lines
    assert written_only_if(None, lines, {}) == written
    assert written_only_if(written, lines, {}) == written


def test_what_no_line_can_say_stays() -> None:
    odd = {"any_of": ["A"], "all_of": ["B"]}
    both = {"any_of": ["clicked a"], "all_of": ["not replied"]}
    written = {"person.status": odd, "person.city": {"any_of": "Ulm"}, "happened": both}
    lines = only_if(written)
    assert lines == OnlyIf((CITY,), unsaid=("person.status", "happened"))
    assert written_only_if(written, lines, {}) == written
    more = OnlyIf((FieldCondition("person.email", Operator.PRESENT),), unsaid=lines.unsaid)
    assert written_only_if(written, more, {}) == {"person.status": odd, "person.email": "present", "happened": both}
    assert only_if(3) is None
    assert only_if({"happened": "x y z"}) == OnlyIf(unsaid=("happened",))
    assert only_if({"happened": [3]}) == OnlyIf(unsaid=("happened",))


_HAPPENED = st.builds(Happening, st.sampled_from(HappeningKind), st.sampled_from(["a", "b"]), st.booleans())
_FIELDS = st.sampled_from(["person.city", "person.status", "custom.x"])
_VALUES = st.lists(st.sampled_from(["Ulm", "5", "true", "a: b", "present"]), min_size=1, unique=True).map(tuple)
_LINES = st.one_of(
    st.builds(FieldCondition, _FIELDS, st.sampled_from([Operator.IS, Operator.ALL_OF]), _VALUES),
    st.builds(FieldCondition, _FIELDS, st.sampled_from([Operator.PRESENT, Operator.MISSING])),
)
_ASKED = st.builds(
    lambda fields, happened, each: OnlyIf(tuple(fields), tuple(happened), each or len(happened) < 2),
    st.lists(_LINES, max_size=3, unique_by=lambda line: line.field),
    st.lists(_HAPPENED, max_size=3, unique=True),
    st.booleans(),
)


@given(_ASKED, _ASKED)
def test_what_is_written_asks_for_what_the_lines_say(before: OnlyIf, wanted: OnlyIf) -> None:
    was = written_only_if(None, before, {})
    written = written_only_if(was, wanted, {})
    if written is None:
        assert wanted == OnlyIf()
        return
    said = read_document(f"if: {on_one_line(written)}\n").data["if"]
    found = only_if(said)
    assert found is not None
    assert (set(found.fields), found.happenings, found.each) == (set(wanted.fields), wanted.happenings, wanted.each)
    conditions = TypeAdapter(If).validate_python(said)
    assert isinstance(conditions, StepConditions)
    assert sorted(conditions.fields) == sorted(line.field for line in wanted.fields)
    texts = [str(each) for each in wanted.happenings]
    groups = [[each] for each in texts] if wanted.each else [texts]
    assert [list(group) for group in conditions.groups()] == (groups if texts else [])


def test_variants_as_lines() -> None:
    written: list[dict[str, Any]] = [
        {"name": "plain"},
        {"name": "ask", "weight": 2, "subject": "Hi"},
        {"name": "short", "template": "x/s"},
    ]
    lines = variant_lines(written)
    assert lines == (VariantLine("plain"), VariantLine("ask", 2, "Hi"), VariantLine("short", template="x/s"))
    assert with_lines(written, lines) == written
    changed = [VariantLine("plain", 3), VariantLine("question", 2, "Hello"), VariantLine("short", template="x/s")]
    assert with_lines(written, changed) == [
        {"name": "plain", "weight": 3},
        {"name": "question", "weight": 2, "subject": "Hello"},
        {"name": "short", "template": "x/s"},
    ]
    assert without_one(written, "plain") == written[1:]
    assert free_name(written) == "first"
    second = with_second(VariantLine(free_name([]), subject="Hi"))
    assert second == [{"name": "first"}, {"name": "second", "subject": "Hi"}]
    assert free_name(second) == "third"
    assert [Variant.model_validate(each) for each in (*second, *written)]
    assert variant_lines(None) == ()
    for unclear in (3, [{"name": "a", "more": 1}, {"name": "b"}], [{"name": "a"}, {"name": "a"}], [3]):
        assert variant_lines(unclear) is None
    many = [{"name": str(number)} for number in range(MOST)]
    with pytest.raises(DefinitionError):
        with_another(many, VariantLine("x"))
    with pytest.raises(DefinitionError):
        without_one(many[:FEWEST], "0")
    for wrong in (changed[:2], [changed[0], changed[0], changed[2]], [changed[0], VariantLine(""), changed[2]]):
        with pytest.raises(DefinitionError):
            with_lines(written, wrong)


def test_a_task_as_a_form() -> None:
    assert task_form("Call") == TaskForm("Call")
    whole = {"title": "Call", "kind": "call", "assign": "o1", "wait": "done", "within": "1 day", "description": "x"}
    form = TaskForm("Call", "call", "x", "o1", waits=True, amount=1, unit="days")
    assert task_form(whole) == form
    assert written_task(whole, form) is whole
    assert written_task("Call", TaskForm(" Ring\nback ")) == "Ring back"
    assert written_task("Call", form) == whole
    assert written_task(whole, TaskForm("Call", "call", assign="o1")) == {
        **{"title": "Call", "kind": "call", "assign": "o1"},
        "wait": "no",
    }
    spelled = {"title": "Call", "kind": "other", "wait": False}
    assert written_task(spelled, TaskForm("Call", description="x")) == {**spelled, "description": "x"}
    for unclear in ({"title": "x", "due": "1 day"}, 3, {"title": 3}, {"title": "x", "kind": "visit"}, None):
        assert task_form(unclear) is None
    for unclear in ({"title": "x", "within": "soon"}, {"title": "x", "within": "1 day"}, {"title": "x", "wait": "yes"}):
        assert task_form(unclear) is None


_TASKS = st.builds(
    TaskForm,
    st.sampled_from(["Call", "Ring {{ person.first_name }}"]),
    st.sampled_from(KINDS),
    st.sampled_from(["", "Ask: when?\nAnd where."]),
    st.sampled_from(["owner", "assigned_by", "o1", "custom.recruiter"]),
    waits=st.booleans(),
    amount=st.integers(1, 9),
    unit=st.sampled_from(["hours", "days", "weeks"]),
)


@given(_TASKS, _TASKS)
def test_a_task_reads_as_its_form_says(before: TaskForm, wanted: TaskForm) -> None:
    written = written_task(written_task("x", before), wanted)
    said = read_document(f"task: {on_one_line(written)}\n").data["task"]
    form = task_form(said)
    assert form is not None
    same = ("title", "kind", "description", "assign", "waits", *(("amount", "unit") if wanted.waits else ()))
    assert [getattr(form, each) for each in same] == [getattr(wanted, each) for each in same]
    StepTask.model_validate({"title": said} if isinstance(said, str) else said)


def test_own_times_as_a_form() -> None:
    written = {"window": "9:00-17:30", "weekdays_only": False, "timezone": "recipient", "texting_hours": "10:00-12:00"}
    times = OwnTimes("from_to", "09:00", "17:30", "no", "recipient", text_from="10:00", text_to="12:00")
    assert step_times(written) == times
    assert written_times(written, times) == written
    assert written_times(None, OwnTimes()) is None
    assert written_times(written, OwnTimes(window="any", if_past="send")) == {"window": "any", "if_past": "send"}
    odd = {"window": None, "holidays": "GB", "weekdays_only": None}
    assert step_times(odd) == OwnTimes(holidays="GB", unsaid=("window", "weekdays_only"))
    assert written_times(odd, OwnTimes(window="any")) == {"window": None, "weekdays_only": None}
    assert step_times({"window": ["08:00-10:00", "12:00-14:00"]}) == OwnTimes(unsaid=("window",))
    assert step_times({"window": "08:00-24:00"}) == OwnTimes(unsaid=("window",))
    assert step_times("always") is None
    assert channel_of({"id": "a", "sms": "x"}) == "sms"
    ScheduleBlock.model_validate(written)


def test_keys_come_where_authors_write_them() -> None:
    assert step_values(FILE, "b") == {"id": "b", "when": "7 days after a", "email": "x/b"}
    assert [each["id"] for each in steps_above(FILE, "c")] == ["a", "b"]
    changed = with_step_values(FILE, "b", {"if": "clicked a", "subject": "Hi"})
    assert changed == FILE.replace("after a, email: x/b}", "after a, if: clicked a, email: x/b, subject: Hi}")
    assert with_step_values(changed, "b", {"if": None, "subject": None, "schedule": None}) == FILE
    assert with_step_values(FILE, "a", {"schedule": {"window": "any"}}) == FILE.replace(
        "    email: x/a\n", "    email: x/a\n    schedule: {window: any}\n"
    )


def test_everything_of_the_model_has_words() -> None:
    names = [kind.value.replace(".", "_") for kind in HappeningKind]
    keys = {f"step_forms.{side}_{name}" for name in names for side in ("did", "not")}
    keys |= {f"step_forms.kind_{kind}" for kind in get_args(TaskKind)} | {f"editor.kind_{kind}" for kind in KINDS}
    assert keys - strings().keys() == set()
    assert tuple(TASKS) == KINDS
    # A key that comes to the model comes to the form, too.
    assert set(KEYS) == {"timezone", "window", "weekdays_only", "holidays", "if_past", "texting_hours"}
    assert set(StepTask.model_fields) == {"title", "kind", "description", "assign", "wait", "within"}
    assert set(Variant.model_fields) == {"name", "weight", "subject", "template"}
