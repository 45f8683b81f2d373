"""Reactions as forms: what a form shows is what it writes, and what it does not know stays."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sequences.checking import read_file
from sequences.definition.follow_ups import KINDS
from sequences.definition.policies import policy_for
from sequences.definition.reactions import ReactionKind, ThenKind
from sequences.editing.follow_up_lines import Asks, LineChanges, changed_item, fields_of, inputs_of, new_item, typed
from sequences.editing.reactions import (
    RuleChange,
    ThenChoice,
    rule_form,
    then_choice,
    with_changed_rule,
    with_rule,
    without_rule,
)
from sequences.editing.rewrite import data_of
from sequences.errors import DefinitionError, NotFoundError
from sequences.records.catalogue import FieldType
from starter.console.words import strings
from tests.support.sequence_texts import WITH_REACTIONS as FILE
from tests.support.sequence_texts import changed

TYPES = {"person.status": FieldType.TEXT, "custom.grade": FieldType.NUMBER, "custom.open": FieldType.BOOLEAN}
ITEMS: list[dict[str, Any]] = [
    {"create_task": {"title": "Call {{ person.full_name }}", "due": "1  Day", "description": "a\nb\n"}},
    {"create_task": {"title": "x", "assign": "assigned_by"}},
    {"create_lead": {"source": "s"}},
    {"add_to_list": "warm"},
    {"remove_from_list": "cold"},
    {"set_field": {"person.status": "Dead", "custom.grade": 3, "custom.open": False, "person.city": None}},
    {"notify": "owner"},
    {"suppress": "all"},
    {"enroll": "other"},
    {"webhook": {"url": "https://hooks.example.com/x"}},
    {"webhook": {"endpoint": "crm"}},
    {"send": "bd/answer"},
]


def test_each_kind_has_a_form_and_words() -> None:
    texts = strings()
    for kind in KINDS:
        assert {f"reactions.do_{kind}", f"reactions.says_{kind}"} <= set(texts)
        for each in inputs_of(kind):
            key = f"value_{kind}" if each.name == "value" else f"input_{each.name}"
            assert each.asks is Asks.FIELDS or f"reactions.{key}" in texts
            assert all(f"reactions.choice_{choice}" in texts for choice in each.choices)
        assert fields_of(new_item(kind, "s", "s/answer")) is not None
    assert {next(iter(item)) for item in ITEMS} == set(KINDS)
    for kind in ReactionKind:
        assert f"reactions.on_{kind.replace('.', '_')}" in texts
    assert all(f"reactions.then_{kind}" in texts for kind in ThenKind)


@pytest.mark.parametrize("item", ITEMS)
def test_a_line_that_nobody_changed_stays(item: dict[str, Any]) -> None:
    fields = fields_of(item)
    assert fields is not None
    assert changed_item(item, fields, TYPES) == item
    # A browser ends lines with two characters, and what a form does not have is not asked.
    assert changed_item(item, {key: value.replace("\n", "\r\n") for key, value in fields.items()}, TYPES) == item
    assert changed_item(item, {}, TYPES) == item


@pytest.mark.parametrize(
    ("item", "fields", "wanted"),
    [
        (
            ITEMS[0],
            {"due-amount": "2"},
            {"create_task": {"title": ITEMS[0]["create_task"]["title"], "due": "2 days", "description": "a\nb\n"}},
        ),
        (ITEMS[0], {"due-amount": "", "description": ""}, {"create_task": {"title": ITEMS[0]["create_task"]["title"]}}),
        (
            ITEMS[1],
            {"assign": "owner", "due-amount": "1"},
            {"create_task": {"title": "x", "due": "1 day", "assign": "owner"}},
        ),
        (ITEMS[2], {"source": ""}, {"create_lead": {"source": ""}}),
        (ITEMS[3], {"value": "hot"}, {"add_to_list": "hot"}),
        (
            ITEMS[5],
            {"value-1": "4", "value-2": "yes", "name-3": ""},
            {"set_field": {"person.status": "Dead", "custom.grade": 4, "custom.open": True}},
        ),
        ({"set_field": {}}, {"name-0": "person.status", "value-0": "x"}, {"set_field": {"person.status": "x"}}),
        ({"suppress": ""}, {"value": "sms"}, {"suppress": "sms"}),
    ],
)
def test_a_line_that_was_changed(item: dict[str, Any], fields: dict[str, str], wanted: dict[str, Any]) -> None:
    assert changed_item(item, fields, TYPES) == wanted


@pytest.mark.parametrize(
    "item",
    [
        *(
            None,
            "x",
            {},
            {"unknown": 1},
            {"notify": "owner", "suppress": "all"},
            {"notify": "somebody"},
            {"notify": None},
        ),
        *({"create_task": "x"}, {"create_task": {"title": "x", "odd": 1}}, {"create_task": {"title": 3}}),
        *({"create_task": {"title": "x", "due": "soon"}}, {"create_task": {"title": "a\nb"}}, {"add_to_list": 5}),
        *({"set_field": {"person.status": [1]}}, {"set_field": {"person.status": ""}}, {"set_field": "x"}),
    ],
)
def test_what_no_form_can_show(item: Any) -> None:
    assert fields_of(item) is None
    assert changed_item(item, {"value": "x", "title": "y"}, TYPES) is item


def test_typed_values() -> None:
    assert [typed(words, FieldType.NUMBER) for words in ("3", "3.5", "x", "")] == [3, 3.5, "x", None]
    assert [typed(words, FieldType.BOOLEAN) for words in ("yes", "False", "x")] == [True, False, "x"]
    assert typed("3", FieldType.TEXT) == "3"


def test_then() -> None:
    assert then_choice(None) == ThenChoice()
    assert then_choice("stop") == ThenChoice("stop")
    assert then_choice("Pause 2 weeks") == ThenChoice("pause", "2", "weeks")
    assert [then_choice(wrong) for wrong in ("later", 3, "pause 3 months")] == [None, None, None]


def test_rules_that_no_form_can_show() -> None:
    for rule in (None, "x", {}, {"on": "x"}, {"on": 3}, {"on": "replied", "do": "x"}, {"on": "replied", "then": "x"}):
        assert rule_form(rule) is None
    form = rule_form({"on": "replied", "do": [{"notify": "x"}], "odd": 1})
    assert form is not None
    assert (form.lines, form.others) == ((None,), ("odd",))


def test_a_rule_comes_and_goes() -> None:
    change = RuleChange("finished", ThenChoice(), lines=LineChanges(more={"enroll": ""}))
    edited = with_rule(FILE, change)
    assert changed(FILE, edited) == ["+ ", "+   - on: finished", "+     do:", '+       - enroll: ""']
    assert without_rule(edited, 3) == FILE
    # A rule says something, if only what is usual.
    for on, then in (("replied.negative", "stop"), ("finished", "continue"), ("out_of_office", None), ("odd", None)):
        rule = data_of(with_rule(FILE, RuleChange(on, ThenChoice())))["reactions"][3]
        assert rule == {"on": on} | ({"then": then} if then else {})
    # The first rule of a file, and the last one.
    bare = "sequence: s\nrecord: person\nsteps:\n  - {id: a, email: x/a}\n"
    one = with_rule(bare, RuleChange("replied", ThenChoice("stop")))
    assert one == f"{bare}\nreactions:\n  - on: replied\n    then: stop\n"
    assert without_rule(one, 0) == bare
    with pytest.raises(NotFoundError):
        without_rule(bare, 0)
    with pytest.raises(DefinitionError):
        with_rule("steps: [\n", change)


def test_a_rule_says_something_else() -> None:
    form = rule_form(data_of(FILE)["reactions"][0])
    assert form is not None
    lines = {place: fields or {} for place, fields in enumerate(form.lines)}
    same = RuleChange(form.on, form.then, lines=LineChanges(lines))
    assert with_changed_rule(FILE, 0, same, TYPES) == FILE
    edited = with_changed_rule(
        FILE,
        0,
        RuleChange("replied.neutral", ThenChoice("pause", "1", "weeks"), lines=LineChanges({0: {"due-amount": "3"}})),
        TYPES,
    )
    assert changed(FILE, edited) == [
        *("-   - on: replied.positive   # warm", "+   - on: replied.neutral   # warm"),
        *("-           due: 1  day", "+           due: 3 days", "-     then: stop", "+     then: pause 1 week"),
    ]
    gone = RuleChange(form.on, ThenChoice(), lines=LineChanges(gone=frozenset({0}), more={"suppress": "all"}))
    assert changed(FILE, with_changed_rule(FILE, 0, gone, TYPES)) == [
        *(
            "-       # at once",
            "-       - create_task:",
            "-           title: 'Call'   # by hand",
            "-           due: 1  day",
        ),
        *("-     then: stop", "+       - suppress: all"),
    ]
    none = RuleChange(form.on, ThenChoice("stop"), lines=LineChanges(gone=frozenset({0, 1})))
    assert data_of(with_changed_rule(FILE, 0, none, TYPES))["reactions"][0] == {"on": form.on, "then": "stop"}
    odd = FILE.replace("  # flow", "  # flow").replace("negative, then: stop}", "negative, then: stop, odd: 1}")
    assert "negative, then: continue, odd: 1}" in with_changed_rule(
        odd, 1, RuleChange("replied.negative", ThenChoice("continue")), TYPES
    )


def test_what_narrows_a_rule() -> None:
    text = FILE.replace("- on: replied\n    then: continue", "- on: form_submitted\n    form: cv\n    then: stop")
    stop = ThenChoice("stop")
    assert with_changed_rule(text, 2, RuleChange("form_submitted", stop, only_form="cv"), TYPES) == text
    assert with_changed_rule(text, 2, RuleChange("form_submitted", stop), TYPES) == text
    assert "form:" not in with_changed_rule(text, 2, RuleChange("form_submitted", stop, only_form=""), TYPES)
    assert "form:" not in with_changed_rule(text, 2, RuleChange("replied", stop, only_form="cv"), TYPES)
    edited = with_changed_rule(
        text, 2, RuleChange("field_changed", stop, only_form="", only_field="person.status"), TYPES
    )
    assert "- on: field_changed\n    field: person.status\n    then: stop" in edited


_TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"], exclude_characters="\ufffe\uffff\ufeff"))


# Each example reads a file eight times.
@settings(max_examples=30)
@given(st.sampled_from(KINDS), st.data())
def test_whatever_somebody_types_comes_back(kind: str, data: st.DataObject) -> None:
    item = new_item(kind, "s", "s/answer")
    before = fields_of(item)
    assert before is not None
    fields = {
        key: data.draw(_TEXTS).strip() if key in ("title", "value", "source", "url") else words
        for key, words in before.items()
    }
    text = with_changed_rule(
        with_rule(FILE, RuleChange("finished", ThenChoice(), lines=LineChanges(more=item))),
        3,
        RuleChange("finished", ThenChoice(), lines=LineChanges({0: fields})),
        TYPES,
    )
    written = data_of(text)["reactions"][3]["do"][0]
    assert text.startswith(FILE[: FILE.index("# the end")])
    assert fields_of(written) == fields or inputs_of(kind)[0].asks is Asks.CHOICE


def test_wish_b_is_played_as_written_by_hand() -> None:
    source = "sequence: s\nname: S\nrecord: person\nschedule: {window: 09:00-17:00}\nsteps:\n  - {id: a, email: s/a}\n"
    edited = with_rule(
        source,
        RuleChange("replied.positive", ThenChoice("stop"), lines=LineChanges(more=new_item("create_task", "s", ""))),
    )
    edited = with_rule(
        edited,
        RuleChange("replied.negative", ThenChoice("pause", "2", "weeks"), lines=LineChanges(more={"set_field": {}})),
    )
    lines = {0: {"name-0": "person.status", "value-0": "Not interested"}}
    edited = with_changed_rule(
        edited, 1, RuleChange("replied.negative", ThenChoice("pause", "2", "weeks"), lines=LineChanges(lines)), TYPES
    )
    by_hand = source + (
        'reactions:\n- {on: replied.positive, do: [{create_task: {title: "Call {{ person.full_name }}", due: 1 day}}], '
        "then: stop}\n"
        "- {on: replied.negative, do: [{set_field: {person.status: Not interested}}], then: pause 2 weeks}\n"
    )
    mine, theirs = read_file(edited, "x").sequence, read_file(by_hand, "x").sequence
    assert mine is not None
    assert mine == theirs
    assert policy_for(mine, "replied.negative").then.kind is ThenKind.PAUSE
