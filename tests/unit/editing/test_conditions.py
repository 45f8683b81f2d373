"""One condition as the line of a form, and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from sequences.auto_enroll.conditions import in_words
from sequences.checking.yaml_document import read_document
from sequences.definition.durations import LIMITS, DurationUnit
from sequences.definition.rules import HistoricalEvent, StopValues, WantedValues, parse_history
from sequences.editing.conditions import (
    FieldCondition,
    Operator,
    Past,
    PastCondition,
    field_condition,
    operators_of,
    past_condition,
    values_of,
    written_condition,
    written_past,
)
from sequences.editing.plain import on_one_line
from sequences.records.catalogue import BUILT_IN, Field, FieldType
from starter.console.condition_form import posted_condition, posted_past
from starter.console.words import strings

_LINES = [
    ("present", FieldCondition("f", Operator.PRESENT)),
    ("missing", FieldCondition("f", Operator.MISSING)),
    ("Active", FieldCondition("f", Operator.IS, ("Active",))),
    (["A", "B"], FieldCondition("f", Operator.IS, ("A", "B"))),
    (["present"], FieldCondition("f", Operator.IS, ("present",))),
    ({"all_of": ["A", "B"]}, FieldCondition("f", Operator.ALL_OF, ("A", "B"))),
]


@pytest.mark.parametrize(("written", "line"), _LINES)
def test_a_line_and_what_is_written(written: object, line: FieldCondition) -> None:
    assert field_condition("f", written) == line
    assert written_condition(line) == written


def test_other_ways_of_writing() -> None:
    assert field_condition("f", {"any_of": "A"}) == FieldCondition("f", Operator.IS, ("A",))
    assert field_condition("f", {"all_of": "A", "any_of": None}) == FieldCondition("f", Operator.ALL_OF, ("A",))
    assert field_condition("f", [True, 5]) == FieldCondition("f", Operator.IS, ("true", "5"))
    for unclear in ({"any_of": ["A"], "all_of": ["B"]}, {"like": "x"}, {}, [], [None], None, [["A"]]):
        assert field_condition("f", unclear) is None


def test_values_are_written_as_what_the_field_holds() -> None:
    line = FieldCondition("f", Operator.IS, ("5", "2.5", "05", "many"))
    assert written_condition(line, FieldType.NUMBER) == [5, 2.5, "05", "many"]
    assert written_condition(line, FieldType.TEXT) == ["5", "2.5", "05", "many"]
    assert written_condition(FieldCondition("f", Operator.IS, ("true",)), FieldType.BOOLEAN) is True
    assert written_condition(FieldCondition("f", Operator.IS)) is None


@given(
    st.sampled_from(Operator),
    st.lists(st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp", "Cn", "Co"]), min_size=1), min_size=1),
)
def test_what_is_written_asks_for_what_the_line_says(operator: Operator, values: list[str]) -> None:
    line = FieldCondition("person.city", operator, values_of("\n".join(values)) if operator.has_values else ())
    written = written_condition(line)
    if written is None:
        assert not line.values
        return
    said = read_document(f"person.city: {on_one_line(written)}\n").data["person.city"]
    assert field_condition("person.city", said) == line
    asked = TypeAdapter(StopValues).validate_python(said)
    joint = " and " if operator is Operator.ALL_OF else " or "
    assert in_words(asked) == (joint.join(line.values) if operator.has_values else operator.value)
    if operator.has_values:
        TypeAdapter(WantedValues).validate_python(said)


@given(st.sampled_from(HistoricalEvent), st.sampled_from(Past), st.integers(1, 10), st.sampled_from(DurationUnit))
def test_the_past_as_a_line(event: HistoricalEvent, past: Past, amount: int, unit: DurationUnit) -> None:
    assert amount <= LIMITS[unit]
    line = PastCondition(event, past, amount, unit.value)
    written = written_past(line)
    parse_history(written)
    found = past_condition(event, written)
    assert found == (PastCondition(event, past) if past is Past.NEVER else line)


def test_a_past_that_cannot_be_read_is_no_line() -> None:
    assert past_condition("created", "long ago") is past_condition("created", 3) is None


def test_what_can_be_asked_of_a_field() -> None:
    text, file, several = (Field("custom.f", kind, "F") for kind in (FieldType.TEXT, FieldType.FILE, FieldType.LIST))
    assert operators_of(text) == (Operator.IS, Operator.PRESENT, Operator.MISSING)
    assert operators_of(file) == operators_of(text, values=False) == (Operator.PRESENT, Operator.MISSING)
    assert operators_of(several, presence=False) == (Operator.IS, Operator.ALL_OF)
    assert operators_of(file, presence=False) == ()
    assert all(operators_of(each) for each in BUILT_IN)


def test_what_a_form_brings() -> None:
    form = {"a-field": "person.city", "a-operator": "is", "a-values": " Ulm\r\n\r\nBonn ", "a-value-2": "Bonn"}
    assert posted_condition(form, "a-") == FieldCondition("person.city", Operator.IS, ("Ulm", "Bonn"))
    assert posted_condition({**form, "a-operator": "missing"}, "a-") == FieldCondition("person.city", Operator.MISSING)
    assert posted_condition({**form, "a-operator": "like"}, "a-") is posted_condition(form, "b-") is None
    past = {"p-event": "created", "p-past": "less_than", "p-amount": "3", "p-unit": "weeks"}
    assert posted_past(past, "p-") == PastCondition("created", Past.LESS_THAN, 3, "weeks")
    assert posted_past({**past, "p-amount": "x", "p-unit": "x"}, "p-") == PastCondition("created", Past.LESS_THAN)
    assert posted_past({**past, "p-event": "x"}, "p-") is None


def test_everything_that_can_be_asked_has_words() -> None:
    keys = {f"conditions.op_{each}" for each in Operator} | {f"conditions.past_{each}" for each in Past}
    keys |= {f"conditions.event_{each}" for each in HistoricalEvent}
    keys |= {f"conditions.{each}_{unit}" for unit in DurationUnit for each in ("unit", "one", "many")}
    assert keys - strings().keys() == set()
