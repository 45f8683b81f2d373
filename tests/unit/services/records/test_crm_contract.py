"""The contract of the CRM's hook: what is described is what is read, and a refusal quotes no value."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter

from adapters.postgres.events import KINDS
from adapters.postgres.record_columns import COLUMNS
from sequences.errors import RefusedError
from sequences.records.catalogue import catalogue
from services.records import crm_contract
from services.records.crm_contract import Change, CrmChange, CrmLifeEvent, Entity, LifeEvent, read
from services.records.crm_item import EVENTS, CrmItem, read_change, read_item

RECORD = {"entity": "person", "id": "p1"}
EVENT = {"entity": "event", "person": "p1", "event": "placed", "at": "2027-05-04T09:00:00+01:00"}
SECRET = "alex@client.example"
VALUES: list[Any] = [None, True, False, 0, 7, -1, 7.5, 2**63, SECRET, "", "\ud800", "x" * 101, [], [SECRET]]
VALUES += [["hello"], {}, {SECRET: SECRET}, "yes", "all", "p2", "contacted", "2027-05-04T09:00:00+01:00", "2027-05-04"]


def test_words_are_the_same_wherever_they_are_written() -> None:
    assert set(get_args(Entity)) == set(COLUMNS)
    assert set(get_args(LifeEvent)) == set(EVENTS)
    assert set(EVENTS.values()) == set(KINDS)
    assert set(CrmChange.model_fields) | set(CrmLifeEvent.model_fields) == set(crm_contract._WORDS)


@pytest.mark.parametrize("base", [RECORD, RECORD | {"entity": "placement"}, RECORD | {"entity": "owner"}, EVENT])
def test_the_description_and_the_reading_agree(base: dict[str, object]) -> None:
    described = Draft202012Validator(TypeAdapter(Change).json_schema())
    model = CrmLifeEvent if base is EVENT else CrmChange
    for field in (*model.model_fields, "extra"):
        for value in VALUES:
            item = base | {field: value}
            try:
                read(item)
            except RefusedError as error:
                refused = str(error)
            else:
                # Values of fields are the catalogue's, and so is a name that is no text.
                assert described.is_valid(item) or field == "fields", item
                continue
            # What a schema cannot say: instants, the words of an opt-out, and which mark goes with which.
            unsaid = field in ("at", "unsubscribed") or "only a person" in refused or "only together" in refused
            unsaid |= value in ("\ud800", ["\ud800"])
            assert unsaid or not described.is_valid(item), (item, refused)


def test_a_refusal_quotes_no_value() -> None:
    refused = []
    for base in (RECORD, EVENT):
        for field in base | dict.fromkeys(CrmChange.model_fields):
            for value in (SECRET, [SECRET], {SECRET: [SECRET]}, {"unsubscribed": SECRET}):
                try:
                    read_change(base | {field: value}, catalogue())
                except RefusedError as error:
                    refused.append(str(error))
    assert len(refused) > 80
    assert [words for words in refused if SECRET in words] == []


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ("hello", "a change is an object with entity, id and fields"),
        ([], "a change is an object with entity, id and fields"),
        (None, "a change is an object with entity, id and fields"),
        ({}, "entity: one of owner, client, person, placement, event"),
        ({"entity": ["person"]}, "entity: one of owner, client, person, placement, event"),
        (RECORD | {"b": 1, "a": 1, "deleted": 7}, "a change has no key 'a'; it has entity, id, fields, deleted, "),
        (EVENT | {"fields": {}}, "an event has no key 'fields'; it has entity, person, event, at, id, lineage, echo"),
        ({"entity": "event"}, "person: 1 to 64 letters"),
        (RECORD | {"id": 10**64}, "id: 1 to 64 letters"),
        (RECORD | {"id": "p\n"}, "id: 1 to 64 letters"),
        (RECORD | {"id": 7.0}, "id: 1 to 64 letters"),
        (RECORD | {"version": True}, "version: a whole number from 0"),
        (RECORD | {"version": 2**63}, "version: a whole number from 0"),
        (RECORD | {"version": 1, "at": EVENT["at"]}, "at, version: give only one of the two"),
        (RECORD | {"deleted": "yes", "suppress": "fax"}, "deleted: true or false"),
        (RECORD | {"entity": "client", "unsubscribed": "no"}, "unsubscribed: only a person can be unsubscribed"),
        (RECORD | {"unsubscribed": "perhaps"}, "unsubscribed: cannot be understood as opt-out"),
        (EVENT | {"event": "created"}, "resume_updated (created comes from the person's created_at)"),
    ],
)
def test_one_reason_in_our_words(item: object, words: str) -> None:
    with pytest.raises(RefusedError) as refused:
        read_change(item, catalogue())
    assert words in str(refused.value)


def test_null_says_nothing() -> None:
    for kind in get_args(Entity):
        names = [name for name in CrmChange.model_fields if name not in ("entity", "id")]
        assert read_change({"entity": kind, "id": 12} | dict.fromkeys(names), catalogue()) == CrmItem(kind, "12")


def test_an_event_is_no_record() -> None:
    with pytest.raises(RefusedError, match="entity"):
        read_item(EVENT, catalogue())
