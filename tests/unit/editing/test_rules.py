"""Conditions and limits of rules come, change and go; rules are switched off and on. All other letters stay."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequences.checking import read_file
from sequences.checking.yaml_document import read_document
from sequences.definition.durations import DurationUnit
from sequences.definition.rules import AutoEnroll
from sequences.editing.conditions import EVENTS, FieldCondition, Operator, Past, PastCondition, written_past
from sequences.editing.conditions import written_condition as written
from sequences.editing.rules import (
    GROUPS,
    kept_switched_off,
    rules_of,
    switched_off,
    switched_on,
    with_condition,
    with_limits,
    without_condition,
)
from sequences.errors import DefinitionError
from sequences.records.catalogue import FieldType
from services.publishing.new_sequence import sequence_outline

TOP = "# about us\nsequence: s   # its id\nname: 'S'\nrecord: person\n\n"
RULES = """auto_enroll:     # who
  # when we last wrote
  historical:
    last_contacted: more than 1 year ago   # a year
  real:
    person.status:
      - Hot    # hot
      - Warm   # warm
    person.type: [Candidate]

  hold_above: 50   # more wait
"""
BOTTOM = "\nsteps:   # in order\n  - {id: a, email: x/a}\n# the end\n"
FILE = TOP + RULES + BOTTOM
BARE = TOP + BOTTOM.removeprefix("\n")


@pytest.mark.parametrize(
    ("group", "name", "value", "before", "after"),
    [
        ("historical", "last_contacted", "never", "more than 1 year ago", "never"),
        ("historical", "last_placed", "never", "# a year\n", "# a year\n    last_placed: never\n"),
        ("real", "person.status", ["Hot", "Warm", "New"], "# warm\n", "# warm\n      - New\n"),
        ("real", "person.status", ["Warm"], "      - Hot    # hot\n", ""),
        ("real", "person.type", "Client contact", "[Candidate]", "Client contact"),
        ("real", "custom.size", [1, "1", True], "[Candidate]\n", '[Candidate]\n    custom.size: [1, "1", true]\n'),
        ("qualitative", "person.city", "missing", "  real:\n", "  qualitative:\n    person.city: missing\n  real:\n"),
    ],
)
def test_a_condition_comes_or_changes(group: str, name: str, value: Any, before: str, after: str) -> None:
    assert with_condition(FILE, group, name, value) == FILE.replace(before, after)


def test_the_first_condition_makes_a_part_of_its_own() -> None:
    made = with_condition(BARE, "real", "person.status", ["Hot"])
    assert made == BARE.replace("email: x/a}\n", "email: x/a}\n\nauto_enroll:\n  real:\n    person.status: [Hot]\n")
    assert without_condition(made, "real", "person.status").replace("\n\n#", "\n#") == BARE
    flow = "{sequence: s, steps: [{id: a, email: x/a}]}\n"
    assert rules_of(with_condition(flow, "historical", "created", "never")) == {"historical": {"created": "never"}}


def test_a_condition_goes_with_its_group() -> None:
    gone = FILE.replace("  historical:\n    last_contacted: more than 1 year ago   # a year\n", "")
    assert without_condition(FILE, "historical", "last_contacted") == gone
    assert without_condition(FILE, "real", "person.type") == FILE.replace("    person.type: [Candidate]\n", "")
    assert without_condition(FILE, "qualitative", "person.city") == FILE
    # The limits stay, and the check says that conditions are missing.
    rest = without_condition(without_condition(gone, "real", "person.type"), "real", "person.status")
    assert rules_of(rest) == {"hold_above": 50}


def test_limits_come_change_and_go() -> None:
    assert with_limits(FILE, {"hold_above": 5}) == FILE.replace("50   #", "5   #")
    assert with_limits(FILE, {"hold_above": None}) == FILE.replace("  hold_above: 50   # more wait\n", "")
    made = rules_of(with_limits(FILE, {"prevent_reenrollment_within": "6 months", "max_per_day": 20}))
    assert made is not None
    assert (made["prevent_reenrollment_within"], made["max_per_day"], made["hold_above"]) == ("6 months", 20, 50)
    with pytest.raises(DefinitionError, match="no rules"):
        with_limits(BARE, {"hold_above": 5})


def test_rules_are_switched_off_and_on() -> None:
    off = switched_off(FILE)
    assert off == TOP + "".join(f"# {line}\n" if line else "#\n" for line in RULES.splitlines()) + BOTTOM
    kept = kept_switched_off(off)
    assert kept is not None
    assert kept.rules == rules_of(FILE)
    assert rules_of(off) is None
    assert switched_on(off) == FILE
    assert switched_off(BARE) == BARE
    assert kept_switched_off(FILE) is None
    with pytest.raises(DefinitionError):
        switched_on(BARE)
    with pytest.raises(DefinitionError):
        switched_off("{sequence: s, auto_enroll: {real: {a.b: [x]}}}\n")


@pytest.mark.parametrize("record", ["person", "placement"])
def test_the_example_of_a_new_sequence_can_be_switched_on(record: str) -> None:
    text, _ = sequence_outline("abc", "Abc", record, "abc.yaml")
    on = switched_on(text)
    reading = read_file(on, "abc.yaml", {})
    assert not reading.problems
    assert reading.sequence is not None
    assert reading.sequence.auto_enroll is not None
    assert switched_off(on) == text


@pytest.mark.parametrize(
    "text",
    [
        "# auto_enroll: what this is about\n",
        "# auto_enroll:\n",
        "# auto_enroll:\nreal: x\n",
        "#  auto_enroll:\n#    real: {a.b: [x]}\n",
        "# auto_enroll:\n#   real: [\n",
    ],
)
def test_comments_that_are_no_rules(text: str) -> None:
    assert kept_switched_off(BARE + text) is None


@pytest.mark.parametrize("rules", ["[x]", "{real: [x]}", "3"])
def test_what_is_no_rule_is_corrected_in_the_file(rules: str) -> None:
    with pytest.raises(DefinitionError, match="correct the file"):
        with_condition(f"{BARE}auto_enroll: {rules}\n", "real", "person.city", ["x"])


def test_what_an_alias_shares_is_not_changed() -> None:
    shared = BARE + "stop_when: {person.status: &s [Gone]}\nauto_enroll: {real: {person.status: *s}}\n"
    with pytest.raises(DefinitionError, match="edit the file"):
        with_condition(shared, "real", "person.status", ["Gone", "Hot"])


_NAMES = st.sampled_from(["person.status", "person.city", "custom.skills", "owner.email"])
_TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029\ufffe\uffff\ufeff"), min_size=1
)
_PAST = st.builds(
    PastCondition,
    st.sampled_from(EVENTS),
    st.sampled_from(list(Past)),
    st.integers(1, 10),
    st.sampled_from([unit.value for unit in DurationUnit]),
).map(lambda line: ("historical", line.event, written_past(line)))
_PRESENCE = st.tuples(st.just("qualitative"), _NAMES, st.sampled_from(["present", "missing"]))
_VALUES = st.builds(
    FieldCondition,
    _NAMES,
    st.sampled_from([Operator.IS, Operator.ALL_OF]),
    st.lists(_TEXTS, min_size=1, max_size=4, unique=True).map(tuple),
).map(lambda line: ("real", line.field, written(line, FieldType.TEXT)))
_CHANGES = st.lists(st.tuples(st.booleans(), st.one_of(_PAST, _PRESENCE, _VALUES)), min_size=1, max_size=6)


# Each example reads the file once for each change.
@given(st.sampled_from([FILE, BARE, FILE.replace("historical", "# x\n  historical")]), _CHANGES)
def test_what_the_form_writes_is_the_rule_that_was_meant(
    text: str, changes: list[tuple[bool, tuple[str, str, Any]]]
) -> None:
    others = {key: each for key, each in read_document(text).data.items() if key != "auto_enroll"}
    meant: dict[str, Any] = {group: {**(rules_of(text) or {}).get(group, {})} for group in GROUPS}
    for stays, (group, name, value) in changes:
        text = with_condition(text, group, name, value)
        meant[group][name] = value
        if not stays:
            text = without_condition(text, group, name)
            del meant[group][name]
    rules = rules_of(text) or {}
    conditions = {group: rules.get(group, {}) for group in GROUPS}
    assert AutoEnroll.model_validate(conditions) == AutoEnroll.model_validate(meant)
    assert {key: each for key, each in read_document(text).data.items() if key != "auto_enroll"} == others
    assert (text.startswith(TOP), "# the end" in text) == (True, True)
    off = switched_off(text)
    assert (switched_on(off) if rules else off) == text
