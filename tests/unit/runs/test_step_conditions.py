"""Whether a step's conditions hold: every field and group, any of a list, what happened and what did not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequences.definition.happenings import HappeningKind, parse_happening
from sequences.definition.step_conditions import StepConditions
from sequences.definition.steps import Step
from sequences.reactions.verdict import stop_reason
from sequences.records.record_view import RecordView
from sequences.runs.step_conditions import Happened, condition_words, unmet

CLICKED, OTHER = Happened("clicked", "introduce"), Happened("clicked", "remind")
POSITIVE, UNSURE = Happened("replied", "introduce", "positive"), Happened("replied", "introduce")


def view(**person: object) -> RecordView:
    return RecordView(
        "person", "p1", person={"status": "Active", "city": None} | person, placement={}, client={}, owner={}
    )


def conditions(written: Any) -> StepConditions:
    found = Step.model_validate({"id": "a", "email": "a/b", "if": written}).conditions
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("written", "happened", "missing"),
    [
        ("clicked", [], "clicked"),
        ("clicked", [OTHER], ""),
        ("clicked introduce", [OTHER], "clicked introduce"),
        ("clicked introduce", [CLICKED], ""),
        ("not clicked introduce", [OTHER], ""),
        ("not clicked introduce", [CLICKED], "not clicked introduce"),
        ("not clicked", [OTHER], "not clicked"),
        ("replied", [UNSURE], ""),
        ("replied.positive", [UNSURE], "replied.positive"),
        ("replied.positive introduce", [POSITIVE], ""),
        ("not replied.negative", [POSITIVE], ""),
        ("sent introduce", [Happened("sent", "introduce")], ""),
        ("not sent introduce", [], ""),
        (["clicked", "opened"], [Happened("opened", "introduce")], ""),
        (["clicked", "opened"], [], "clicked or opened"),
        ({"happened": {"all_of": ["clicked", "not replied"]}}, [CLICKED], ""),
        ({"happened": {"all_of": ["clicked", "not replied"]}}, [CLICKED, UNSURE], "not replied"),
        ({"happened": {"all_of": "clicked", "any_of": ["opened", "liked"]}}, [CLICKED], "opened or liked"),
        ({"person.status": ["New", "active"]}, [], ""),
        ({"person.status": ["New", "Gone"]}, [], "person.status: New or Gone"),
        ({"person.city": "missing"}, [], ""),
        ({"person.city": "present"}, [], "person.city: present"),
        ({"person.status": "Active", "happened": "clicked"}, [], "clicked"),
        ({"person.status": "Gone", "happened": "clicked"}, [CLICKED], "person.status: Gone"),
    ],
)
def test_what_is_not_met_is_named_in_the_words_of_the_file(
    written: Any, happened: list[Happened], missing: str
) -> None:
    assert unmet(conditions(written), view(), happened) == missing


@given(
    st.one_of(st.just("present"), st.just("missing"), st.lists(st.sampled_from(["Active", "New", "x"]), min_size=1)),
    st.sampled_from([None, "", "Active", "New", " active "]),
)
def test_a_condition_holds_exactly_where_the_same_stop_rule_is_met(written: Any, status: object) -> None:
    """One language, stated once."""
    asked = {"person.status": written}
    held = unmet(conditions(asked), view(status=status), []) == ""
    assert held is (stop_reason(conditions(asked).fields, view(status=status)) is not None)


@given(st.sampled_from(list(HappeningKind)), st.none() | st.sampled_from(["introduce", "x-1"]), st.booleans())
def test_words_are_read_as_they_are_written(kind: HappeningKind, step: str | None, denied: bool) -> None:
    if kind in (HappeningKind.SENT, HappeningKind.DONE) and step is None:
        step = "introduce"
    words = " ".join(filter(None, ("Not" if denied else "", kind.value.upper(), step)))
    found = parse_happening(f"  {words} ")
    assert (found.kind, found.step, found.denied) == (kind, step, denied)
    assert parse_happening(str(found)) == found


def test_what_is_stored_is_read_again() -> None:
    written = {"person.status": ["New"], "happened": {"all_of": ["clicked a"], "any_of": ["opened a", "liked a"]}}
    step = Step.model_validate({"id": "a", "email": "a/b", "if": written})
    stored = step.model_dump(mode="json")
    assert stored["if"] == written
    assert Step.model_validate(stored) == step
    assert condition_words(conditions(written)) == ("person.status: New", "clicked a", "opened a or liked a")
    # What was published before there were conditions keeps its fingerprint.
    assert "if" not in Step(id="a").model_dump(mode="json", exclude_defaults=True)
