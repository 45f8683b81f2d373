"""What an author can write and publish is read back from Postgres as it was: also with keys that say nothing."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from sequences.definition.model import SequenceDefinition

if TYPE_CHECKING:
    from collections.abc import Iterator

EVERYTHING: dict[str, Any] = {
    "sequence": "s",
    "name": "S",
    "record": "person",
    "topic": "job offers",
    "tracking": "opens",
    "same_client": "pause 3 days",
    "frequency_cap": {"email": "1 a day"},
    "schedule": {"window": "08:00-18:00", "timezone": "recipient"},
    "stop_when": {"person.status": {"any_of": ["A"], "all_of": ["B"]}, "person.email": "missing"},
    "steps": [
        {"id": "a", "email": "a/b", "subject": "x", "variants": [{"name": "p", "template": "t/t"}, {"name": "q"}]},
        {"id": "b", "task": {"title": "T", "description": "d", "wait": "done", "within": "3 days"}},
        {
            "id": "c",
            "email": "a/c",
            "if": {"happened": {"any_of": ["sent a"], "all_of": ["not replied"]}, "person.status": ["A"]},
        },
        {"id": "d", "email": "a/d", "if": {"happened": ["clicked a", "opened a"]}},
        {"id": "e", "do": [{"create_task": {"title": "T", "due": "1 day"}}], "if": {"person.city": "present"}},
    ],
    "reactions": [
        {"on": "replied.positive", "do": [{"send": "x/y"}, {"notify": "owner"}], "then": "stop"},
        {"on": "form_submitted", "form": "f", "then": "stop"},
    ],
    "auto_enroll": {"real": {"person.status": ["A"]}, "prevent_reenrollment_within": "1 day"},
}


def _places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inside:
        yield (*at, key)
        yield from _places(each, (*at, key))


@pytest.mark.parametrize("instead", [None, {}, [], "", False], ids=repr)
def test_what_is_taken_is_read_back(instead: object) -> None:
    taken = 0
    for place in _places(EVERYTHING):
        written = copy.deepcopy(EVERYTHING)
        there = written
        for key in place[:-1]:
            there = there[key]
        there[place[-1]] = instead
        try:
            definition = SequenceDefinition.model_validate(written)
        except ValidationError:
            continue
        taken += 1
        assert SequenceDefinition.model_validate(definition.model_dump(mode="json")) == definition, place
    assert instead is not None or taken
