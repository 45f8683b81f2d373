"""What stops a run, as check boxes and fields."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sequences.definition.policies import DEFAULT_THEN
from sequences.definition.reactions import ReactionKind, ThenKind
from sequences.editing.conditions import FieldCondition, Operator
from sequences.editing.rewrite import data_of
from sequences.editing.stops import (
    SWITCHES,
    then_now,
    with_stop,
    with_switches,
    without_stop,
)
from sequences.errors import DefinitionError, NotFoundError
from sequences.records.catalogue import FieldType
from starter.console.words import strings
from tests.support.sequence_texts import WITH_REACTIONS as FILE
from tests.support.sequence_texts import changed

TYPES = {"custom.grade": FieldType.NUMBER}
ALL = {kind.value for kind in SWITCHES}


def test_the_switches_are_what_stops_by_default() -> None:
    assert set(SWITCHES) == {ReactionKind.CLICKED, ReactionKind.REPLIED, ReactionKind.FORM_SUBMITTED} | {
        ReactionKind.MEETING_BOOKED
    }
    assert {f"stops.on_{kind}" for kind in SWITCHES} <= set(strings())


def test_switches() -> None:
    assert with_switches(FILE, {"clicked", "form_submitted", "meeting_booked"}) == FILE
    assert changed(FILE, with_switches(FILE, {"form_submitted", "meeting_booked"})) == [
        "+ ",
        "+   - on: clicked",
        "+     then: continue",
    ]
    # A rule that only said "go on" goes, one with follow-ups stays.
    assert "- on: replied\n" not in with_switches(FILE, ALL)
    with_more = FILE.replace("  - on: replied\n", "  - on: replied\n    do: [{notify: owner}]\n")
    assert with_switches(with_more, ALL) == with_more.replace("    then: continue\n", "")
    pausing = FILE.replace("then: continue", "then: pause 7 days")
    assert with_switches(pausing, {"clicked", "form_submitted", "meeting_booked"}) == pausing
    assert then_now(data_of(pausing)["reactions"], ReactionKind.REPLIED) is ThenKind.PAUSE
    assert then_now([{"on": "clicked", "then": "x"}], ReactionKind.CLICKED) is None
    # A rule for one form says nothing about the others.
    assert then_now([{"on": "form_submitted", "form": "cv", "then": "continue"}], ReactionKind.FORM_SUBMITTED) is (
        DEFAULT_THEN[ReactionKind.FORM_SUBMITTED].kind
    )


@settings(max_examples=20)
@given(st.lists(st.sets(st.sampled_from(sorted(ALL))), min_size=1, max_size=4))
def test_switches_say_what_was_chosen(choices: list[set[str]]) -> None:
    text = FILE
    for wanted in choices:
        text = with_switches(text, wanted)
        reactions = data_of(text).get("reactions")
        assert {kind.value for kind in SWITCHES if then_now(reactions, kind) is ThenKind.STOP} == wanted
        assert text.startswith(FILE[: FILE.index("  - on: replied\n") - 1])


STOPS = FILE.replace(
    "# Somebody", "stop_when:   # over\n  # left\n  person.status: [Gone, Away]   # us\n  custom.grade: 3\n\n# Somebody"
)


def test_a_stop_rule_comes_changes_and_goes() -> None:
    for field, way, values in (("person.status", Operator.IS, ("Gone", "Away")), ("custom.grade", Operator.IS, ("3",))):
        assert with_stop(STOPS, FieldCondition(field, way, values), TYPES) == STOPS
    assert with_stop(STOPS, FieldCondition("person.status", Operator.IS, ("Gone", "Lost")), TYPES) == STOPS.replace(
        "Away", "Lost"
    )
    assert with_stop(STOPS, FieldCondition("person.status", Operator.MISSING), TYPES) == STOPS.replace(
        "[Gone, Away]", Operator.MISSING
    )
    assert with_stop(STOPS, FieldCondition("custom.grade", Operator.ALL_OF, ("3", "4")), TYPES) == STOPS.replace(
        "grade: 3", "grade: {all_of: [3, 4]}"
    )
    assert with_stop(STOPS, FieldCondition("person.email", Operator.MISSING), TYPES) == STOPS.replace(
        "grade: 3\n", "grade: 3\n  person.email: missing\n"
    )
    one = with_stop(FILE, FieldCondition("person.email", Operator.MISSING), TYPES)
    assert one == FILE.replace("x/a}\n", "x/a}\n\nstop_when:\n  person.email: missing\n")
    assert without_stop(one, "person.email") == FILE
    assert without_stop(STOPS, "custom.grade") == STOPS.replace("  custom.grade: 3\n", "")
    with pytest.raises(NotFoundError):
        without_stop(FILE, "person.email")
    with pytest.raises(DefinitionError):
        with_stop(FILE, FieldCondition("person.email", Operator.IS), TYPES)
