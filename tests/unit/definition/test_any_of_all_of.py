"""``any_of`` and ``all_of``: how rules and stop rules ask for several values of one field."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import jsonschema
import pytest

from sequences.checking import InvalidSequenceError, load_file
from sequences.definition.model import SequenceDefinition, fingerprint
from sequences.definition.rules import AutoEnroll
from sequences.definition.schema import json_schema
from sequences.reactions.verdict import stop_reason
from sequences.records.catalogue import FieldType
from sequences.records.record_view import RecordView
from tests.support.rule_model import evaluate
from tests.support.rule_rows import NOW

HEAD = "sequence: s\nname: S\nrecord: person\nsteps:\n  - {id: a, do: [{notify: owner}]}\n"
FIELDS = {"skills": FieldType.LIST, "visits": FieldType.NUMBER}


def loaded(text: str) -> SequenceDefinition:
    return load_file(HEAD + text, "s.yaml", FIELDS).sequence


def errors(text: str) -> str:
    with pytest.raises(InvalidSequenceError) as caught:
        loaded(text)
    return caught.value.report()


@pytest.mark.parametrize(
    ("wanted", "value", "true"),
    [
        ({"all_of": ["Java", "SQL"]}, ["sql ", "Go", "JAVA\u200b"], True),
        ({"all_of": ["Java", "SQL"]}, ["Java"], False),
        ({"all_of": ["Java", "SQL"]}, "Java", False),
        ({"all_of": ["Java", "SQL"]}, None, False),
        ({"all_of": "Java"}, ["Java", "Go"], True),
        ({"all_of": [7, "A"]}, ["7.0", "a"], True),
        ({"any_of": ["Java", "SQL"]}, ["Go", "sql"], True),
        ({"any_of": ["Java", "SQL"]}, ["Go"], False),
        ({"all_of": ["Java"], "any_of": ["Kafka", "NATS"]}, ["nats", "java"], True),
        ({"all_of": ["Java"], "any_of": ["Kafka", "NATS"]}, ["java"], False),
        ({"all_of": ["Java"], "any_of": ["Kafka", "NATS"]}, ["kafka"], False),
    ],
)
def test_a_rule_and_a_stop_rule_ask_alike(wanted: Any, value: Any, true: bool) -> None:
    definition = SequenceDefinition.model_validate(
        {
            "sequence": "s",
            "name": "S",
            "record": "person",
            "steps": [{"id": "a", "do": [{"notify": "owner"}]}],
            "stop_when": {"custom.skills": wanted},
            "auto_enroll": {"real": {"custom.skills": wanted}},
        }
    )
    view = RecordView("person", "p1", {"id": "p1"}, custom={"skills": value})
    assert definition.auto_enroll is not None
    (found,) = evaluate(definition.auto_enroll, view.value, cast("Any", {}).get, NOW)
    assert found.true is true
    assert (stop_reason(definition.stop_when, view) is not None) is true


def test_it_is_said_in_words() -> None:
    def wanted(values: Any) -> str:
        rules = AutoEnroll.model_validate({"real": {"custom.skills": values}})
        return evaluate(rules, SimpleNamespace(get=lambda _: None).get, cast("Any", {}).get, NOW)[0].wanted

    assert wanted(["A", "B"]) == wanted({"any_of": ["A", "B"]}) == "A or B"
    assert wanted({"all_of": ["A", "B"]}) == "A and B"
    assert wanted({"all_of": ["A", "B"], "any_of": ["C", "D"]}) == "A and B, and one of: C or D"


@pytest.mark.parametrize("where", ["stop_when", "auto_enroll:\n  real"])
@pytest.mark.parametrize(
    ("values", "words", "place"),
    [
        ("{all: [A, B]}", "Did you mean `all_of`", "{all_of: [A, B]}"),
        ("{}", "does not say which values", "{all_of: [A, B]}"),
        ("{all_of: }", "does not say which values", "{all_of: [A, B]}"),
        ("{all_of: null, any_of: ~}", "does not say which values", "{all_of: [A, B]}"),
        ("{any_of: []}", "too few entries", "at least 1"),
        ("{all_of: [A, [B]]}", "not a single value", "a text, a number"),
        ("{all_of: [A, 7]}", "Put it in quotes", "a text"),
    ],
)
def test_what_is_wrong_is_said(where: str, values: str, words: str, place: str) -> None:
    inner = "    " if "real" in where else "  "
    report = errors(f"{where}:\n{inner}custom.skills: {values}\n")
    assert words in report
    assert place in report
    assert report.count("error:") == 1


def test_all_of_is_for_fields_that_hold_several() -> None:
    report = errors("stop_when:\n  person.status: {all_of: [A, B]}\n")
    assert report.startswith("s.yaml:7:19: error: `person.status` holds one value at a time")
    assert loaded("stop_when:\n  person.status: {any_of: [A, B]}\n").stop_when
    assert "a number" in errors("auto_enroll:\n  real: {custom.visits: {any_of: [three]}}\n")


def test_it_survives_being_stored_and_changes_no_fingerprint_of_a_plain_list() -> None:
    definition = loaded("stop_when: {custom.skills: {all_of: [A, B]}}\n")
    again = SequenceDefinition.model_validate(definition.model_dump(mode="json"))
    assert again == definition
    assert fingerprint(again) == fingerprint(definition)
    plain = loaded("auto_enroll:\n  real: {custom.skills: [A, B]}\n")
    assert plain.model_dump(mode="json")["auto_enroll"]["real"] == {"custom.skills": ["A", "B"]}


@pytest.mark.parametrize(
    ("values", "right"),
    [({"all_of": ["A"]}, True), ({"any_of": "A", "all_of": ["B"]}, True), ({}, False), ({"none_of": ["A"]}, False)],
)
def test_the_schema_for_editors_knows_it(values: Any, right: bool) -> None:
    written = {
        "sequence": "s",
        "name": "S",
        "record": "person",
        "steps": [{"id": "a", "do": [{"notify": "owner"}]}],
        "stop_when": {"custom.skills": values},
        "auto_enroll": {"real": {"custom.skills": values}},
    }
    assert jsonschema.Draft202012Validator(json_schema()).is_valid(written) is right
