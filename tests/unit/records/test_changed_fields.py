"""What a change row is about, what the CRM's suppression means for a run, and how custom fields are declared."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from adapters.settings import Settings
from sequences.definition.model import SequenceDefinition
from sequences.errors import SettingsError
from sequences.reactions.verdict import ReactionFacts, reaction_verdict, suppressed_field
from sequences.records.catalogue import FieldType, parse_custom_fields
from sequences.records.changed_fields import changed_fields, is_creation
from sequences.records.record_view import RecordView
from tests.support.settings import SECRETS


@pytest.mark.parametrize(
    ("fields", "before", "after", "found"),
    [
        (["person.status", "custom.a"], {"status": "x", "custom.a": None}, {}, ("person.status", "custom.a")),
        (
            ["person.custom"],
            {"custom": {"a": "1", "b": "2"}},
            {"custom": {"b": "3", "c": "4"}},
            ("custom.a", "custom.b", "custom.c"),
        ),
        (["person.city", "person.custom"], {}, {"custom": {}}, ("person.city",)),
        (["placement.custom", "custom.a"], {}, {"custom": {"a": "1"}}, ("custom.a",)),
        (["person.custom"], {"custom": None}, {"custom": {"a": "1"}}, ("custom.a",)),
        ([], {}, {}, ()),
    ],
)
def test_custom_fields_are_named_one_by_one(
    fields: list[str], before: dict[str, object], after: dict[str, object], found: tuple[str, ...]
) -> None:
    assert changed_fields(fields, before, after) == found


def test_a_row_without_a_before_made_its_record() -> None:
    assert is_creation({})
    assert not is_creation({"status": None})


@pytest.mark.parametrize(
    ("steps", "channel", "then"),
    [
        (["email"], "email", "stop"),
        (["email"], "all", "stop"),
        (["email"], "sms", "continue"),
        (["email", "sms"], "sms", "stop"),
        (["do"], "all", "stop"),
        (["do"], "email", "continue"),
    ],
)
def test_a_suppression_in_the_crm_stops_the_runs_that_send_there(steps: list[str], channel: str, then: str) -> None:
    does: dict[str, dict[str, object]] = {
        "email": {"email": "a/b"},
        "sms": {"sms": "a/b"},
        "do": {"do": [{"notify": "owner"}]},
    }
    sequence = SequenceDefinition.model_validate(
        {
            "sequence": "s",
            "name": "S",
            "record": "person",
            "steps": [{"id": f"x{n}", **does[s]} for n, s in enumerate(steps)],
        }
    )
    view = RecordView("person", "p1", {"id": "p1"})
    verdict = reaction_verdict(sequence, ReactionFacts("field_changed", fields=(suppressed_field(channel),)), view)
    assert verdict.then.kind == then


def test_custom_fields_are_declared_in_one_line() -> None:
    found = parse_custom_fields(" shirt_size:text, custom.visa_until : date ,visits,")
    assert found == {"shirt_size": FieldType.TEXT, "visa_until": FieldType.DATE, "visits": FieldType.TEXT}
    assert parse_custom_fields("") == {}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Shirt", "small letters"),
        ("a:colour", "its type is one of text, email"),
        ("a:text,a:date", "declared twice"),
        ("a b:text", "small letters"),
        (":text", "small letters"),
        ("a:text:date", "its type is one of"),
    ],
)
def test_a_declaration_that_cannot_be_used_says_why(text: str, why: str) -> None:
    with pytest.raises(SettingsError, match=why):
        parse_custom_fields(text)
    needed = {"database_url": "postgresql://x", **SECRETS}
    with pytest.raises(ValidationError, match=why):
        Settings(**needed, custom_fields=text)


def test_the_catalogue_of_the_settings_has_them() -> None:
    needed = {"database_url": "postgresql://x", **SECRETS}
    field = Settings(**needed, custom_fields="visits:number").catalogue().get("custom.visits")
    assert field is not None
    assert (field.type, field.writable) == (FieldType.NUMBER, True)
