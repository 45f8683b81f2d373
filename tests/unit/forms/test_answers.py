"""What a person answered: each value as its field takes it, or what is wrong with it; nothing that was not asked."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequences.forms.answers import Answers, Reading, Wrong, digest, read_answers
from sequences.forms.definition import FormDefinition
from sequences.records.catalogue import FieldType, catalogue

KNOWN = catalogue(
    {
        "skills": FieldType.LIST,
        "pay": FieldType.NUMBER,
        "remote": FieldType.BOOLEAN,
        "notes": FieldType.TEXT,
        "proof": FieldType.FILE,
    }
)


def form(*fields: dict[str, Any], **more: Any) -> FormDefinition:
    return FormDefinition.model_validate(
        {"form": "f", "name": "F", "title": "T", "thank_you": "Thanks", "fields": list(fields), **more}
    )


def read(asked: FormDefinition, *has_file: str, **answers: Any) -> Answers:
    named = {name.replace("__", "."): [v] if isinstance(v, str) else v for name, v in answers.items()}
    return read_answers(asked, named, Reading(KNOWN, "GB", has_file))


@pytest.mark.parametrize(
    ("field", "text", "stored"),
    [
        ({"field": "person.city"}, "  New\r\n  York ", "New York"),
        ({"field": "custom.notes", "lines": 3}, "a\r\nb\rc", "a\nb\nc"),
        ({"field": "person.available_from"}, "2027-05-04", "2027-05-04"),
        ({"field": "person.available_from"}, "4 May", Wrong.NO_DATE),
        ({"field": "person.available_from"}, "2027-02-30", Wrong.NO_DATE),
        ({"field": "custom.pay"}, "7,5", "7.5"),
        ({"field": "custom.pay"}, "1e9", Wrong.NO_NUMBER),
        ({"field": "custom.pay"}, "9" * 21, Wrong.NO_NUMBER),
        ({"field": "custom.remote"}, "false", "false"),
        ({"field": "custom.remote"}, "perhaps", Wrong.NO_CHOICE),
        ({"field": "person.email"}, " a@b.example ", "a@b.example"),
        ({"field": "person.email"}, "a@b@c", Wrong.NO_EMAIL),
        ({"field": "person.email"}, "a@b.example\nBcc: c@d.example", Wrong.NO_EMAIL),
        ({"field": "person.phone"}, "020 7183 8750", "020 7183 8750"),
        ({"field": "person.phone"}, "call me", Wrong.NO_PHONE),
        ({"field": "person.timezone"}, "europe/london", "Europe/London"),
        ({"field": "person.timezone"}, "Mars/Base", Wrong.NO_ZONE),
        ({"field": "person.city", "choices": ["A", "B"]}, "B", "B"),
        ({"field": "person.city", "choices": ["A", "B"]}, "b", Wrong.NO_CHOICE),
        ({"field": "person.city"}, "a\x00b", Wrong.NOT_TEXT),
        ({"field": "person.city"}, "a\ud800b", Wrong.NOT_TEXT),
        ({"field": "person.city"}, "x" * 4001, Wrong.TOO_LONG),
    ],
)
def test_an_answer_as_its_field_takes_it(field: dict[str, Any], text: str, stored: object) -> None:
    found = read_answers(form(field), {field["field"]: [text]}, Reading(KNOWN, "GB"))
    name = field["field"]
    assert (found.wrong.get(name) or found.values.get(name)) == stored
    assert (name in found.values) != (name in found.wrong)


def test_several_choices_of_a_list_and_only_one_of_a_text() -> None:
    asked = form({"field": "custom.skills", "choices": ["Java", "SQL", "Go"]}, {"field": "person.city"})
    assert read(asked, custom__skills=["Go", "Java"]).values["custom.skills"] == ("Java", "Go")
    assert read(asked, custom__skills=["Go", "Rust"]).wrong == {"custom.skills": Wrong.NO_CHOICE}
    assert read(asked, person__city=["a", "b"]).wrong == {"person.city": Wrong.NO_CHOICE}


def test_nothing_empties_what_was_shown_and_leaves_what_was_not() -> None:
    shown, hidden = {"field": "person.city"}, {"field": "person.email"}
    assert read(form(shown, hidden)).values == {"person.city": None}
    assert read(form({**shown, "prefill": False}, {**hidden, "prefill": True})).values == {"person.email": None}
    assert read(form({**shown, "required": True})).wrong == {"person.city": Wrong.REQUIRED}


def test_a_required_file_may_be_there_already() -> None:
    asked = form({"field": "person.resume", "required": True})
    assert read(asked, person__resume="C:\\fake.pdf").wrong == {"person.resume": Wrong.REQUIRED}
    assert read(asked, "person.resume").wrong == {}


def test_without_a_tick_there_is_no_consent() -> None:
    asked = form({"field": "person.city"}, consent="I agree.")
    assert read(asked).wrong == {"consent": Wrong.CONSENT}
    assert read(asked, consent="yes").wrong == {}


def test_the_same_answer_has_the_same_digest_and_a_file_counts() -> None:
    asked = form({"field": "person.city"}, {"field": "person.resume"})
    one = read(asked, person__city="Leeds")
    assert digest(one, {}) == digest(read(asked, person__city=" Leeds "), {})
    assert digest(one, {}) != digest(read(asked, person__city="York"), {})
    assert digest(one, {}) != digest(one, {"person.resume": "ab"})


@given(st.dictionaries(st.text(max_size=20) | st.just("person.city"), st.lists(st.text(max_size=30), max_size=3)))
def test_whatever_comes_only_what_was_asked_is_written(answers: dict[str, list[str]]) -> None:
    asked = form({"field": "person.city"}, {"field": "custom.pay"})
    found = read_answers(asked, answers, Reading(KNOWN, "GB"))
    assert found.values.keys() | found.wrong.keys() <= {"person.city", "custom.pay"}
    for value in found.values.values():
        assert value is None or (isinstance(value, str) and "\x00" not in value)
