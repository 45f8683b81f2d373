"""Which fields a rule reads and a sequence writes, and how values become text."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from sequences.auto_enroll.conditions import (
    WHITESPACE,
    conditions,
    fields_read,
    found_text,
    is_missing,
    wanted_texts,
    written_fields,
)
from sequences.definition.model import SequenceDefinition
from sequences.definition.rules import AutoEnroll


def rules(**groups: Any) -> AutoEnroll:
    return AutoEnroll.model_validate(groups)


def sequence(**more: Any) -> SequenceDefinition:
    base = {"sequence": "s", "name": "S", "record": "person", "steps": [{"id": "one", "email": "a/b"}]}
    return SequenceDefinition.model_validate(base | more)


def test_every_group_is_read_and_an_event_is_a_field_of_the_person() -> None:
    read = fields_read(
        rules(
            historical={"last_contacted": "never"},
            qualitative={"person.resume": "missing", "custom.grade": "present"},
            real={"placement.status": ["On Assignment"]},
        )
    )
    assert read == {"person.last_contacted", "person.resume", "custom.grade", "placement.status"}


@pytest.mark.parametrize(
    ("field", "links"),
    [
        ("owner.email", {"person.owner", "placement.owner"}),
        ("client.city", {"person.client", "placement.client"}),
    ],
)
def test_a_field_behind_a_link_reads_the_link_too(field: str, links: set[str]) -> None:
    assert fields_read(rules(qualitative={field: "present"})) == {field} | links


def test_a_rule_without_conditions_reads_nothing() -> None:
    assert fields_read(rules()) == frozenset()


def test_the_conditions_come_in_the_order_people_read_them() -> None:
    found = list(
        conditions(
            rules(
                real={"person.status": ["New", "Old"]},
                qualitative={"person.email": "present"},
                historical={"created": "more than 1 day ago"},
            )
        )
    )
    assert [(each.group, each.field, each.wanted) for each in found] == [
        ("historical", "person.created", "more than 1 day ago"),
        ("qualitative", "person.email", "present"),
        ("real", "person.status", "New or Old"),
    ]


def test_only_more_than_waits() -> None:
    waits = [
        bool(next(conditions(rules(historical={"created": words}))).waits_for)
        for words in ("more than 1 day ago", "more than 1 day ago or never", "less than 1 day ago", "never")
    ]
    assert waits == [True, True, False, False]


def test_a_sequence_writes_what_its_steps_and_reactions_set_and_that_it_contacted() -> None:
    definition = sequence(
        steps=[{"id": "one", "email": "a/b"}, {"id": "two", "do": [{"set_field": {"custom.round": 2}}]}],
        reactions=[
            {"on": "replied", "do": [{"notify": "owner"}, {"set_field": {"person.status": "Warm"}}], "then": "stop"},
            {"on": "finished", "do": [{"set_field": {"person.status": None, "person.owner": "u1"}}]},
        ],
    )
    assert written_fields(definition) == {"custom.round", "person.status", "person.owner", "person.last_contacted"}


def test_a_sequence_that_sends_nothing_contacts_nobody() -> None:
    assert written_fields(sequence(steps=[{"id": "one", "do": [{"notify": "owner"}]}])) == frozenset()
    assert written_fields(sequence(steps=[{"id": "one", "sms": "a/b"}])) == {"person.last_contacted"}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        ("", ""),
        (" x ", " x "),
        (True, "true"),
        (False, "false"),
        (5, "5"),
        (5.0, "5"),
        (1.50, "1.5"),
        (1e-7, "0.0000001"),
        (-0.0, "0"),
        (1e22, "10000000000000000000000"),
        ([1, "ü"], "1, ü"),
        ([], None),
        ([[1]], None),
        ({"a": 1}, '{"a": 1}'),
        (float("inf"), "inf"),
        (datetime(2027, 3, 1, tzinfo=UTC), "2027-03-01T00:00:00+00:00"),
    ],
)
def test_text_of_what_is_found(value: Any, text: str | None) -> None:
    assert found_text(value) == text


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        ("5", {"5"}),
        ("true", {"true"}),
        (5, {"5", "5.0"}),
        (5.0, {"5", "5.0"}),
        (2.5, {"2.5"}),
        (True, {"true", "True", "TRUE"}),
        (False, {"false", "False", "FALSE"}),
        (0, {"0", "0.0"}),
    ],
)
def test_texts_that_stand_for_an_authored_value(value: Any, texts: set[str]) -> None:
    assert set(wanted_texts(value)) == texts


@pytest.mark.parametrize("value", [None, "", " ", "\t\n", "\u00a0\u3000", WHITESPACE])
def test_blank_is_missing(value: Any) -> None:
    assert is_missing(value)


@pytest.mark.parametrize("value", ["0", "x", " x", 0, False])
def test_zero_false_and_letters_are_not_missing(value: Any) -> None:
    assert not is_missing(value)
