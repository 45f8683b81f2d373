"""A mapping file: what it may say, and where each mistake is."""

from pathlib import Path

import pytest

from sequences.crm.check_mapping import fields_of
from sequences.crm.mapping_file import read_mapping
from sequences.records.catalogue import FieldType, catalogue
from services.records.crm_values import stored_name

KNOWN = catalogue({"shirt_size": FieldType.TEXT})
EXAMPLES = sorted((Path(__file__).parents[3] / "examples" / "crm").glob("*.yaml"))
PERSON = """
crm: hubspot
read:
  - record: person
    from: contacts
    fields: {first_name: firstname, status: hs_lead_status}
"""


def problems(text: str) -> list[str]:
    reading = read_mapping(text, "crm.yaml", KNOWN)
    return [f"{each.line}:{each.column}: {each.message}" for each in reading.problems]


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_every_example_is_good(file: Path) -> None:
    reading = read_mapping(file.read_text(), file.name, catalogue())
    assert reading.problems == ()
    assert reading.mapping is not None
    assert reading.mapping.crm == file.stem


def test_there_is_an_example_for_each_crm() -> None:
    assert {file.stem for file in EXAMPLES} == {"bullhorn", "hubspot", "tracker_rms", "hooks"}


def test_every_field_that_may_be_read_has_a_place_here() -> None:
    for record in ("person", "placement", "client", "owner"):
        for name in fields_of(record, KNOWN):
            assert stored_name(record, name, KNOWN) is not None, f"{record}: {name}"


@pytest.mark.parametrize(
    ("added", "where", "said"),
    [
        ("write:\n  - {on: replied, note: {text: '{{ sequnce }}'}}", "7:32", "Nothing is called `sequnce`"),
        ("write:\n  - {on: replied}", "7:5", "A rule writes one thing"),
        ("write:\n  - {on: replied, fields: [person.status]}", "7:5", "belongs to `on: field_set`"),
        ("write:\n  - {on: field_set, fields: [person.email]}", "7:30", "No sequence can set `person.email`"),
        ("write:\n  - {on: field_set, fields: [person.city]}", "7:30", "not known where `person.city` is there"),
        ("write:\n  - {on: replied, note: {text: x}, when: only_if_blank}", "7:42", "A note is always written"),
        ("write:\n  - {on: replied, about: placement, note: {text: x}}", "7:26", "No placement is read"),
        ("write:\n  - {on: fallen_asleep, note: {text: x}}", "7:10", "`on` cannot be this"),
        ("write:\n  - {on: replied, note: {text: x}, channel: fax}", "7:45", "`channel` cannot be this"),
        ("connect: {timezone: Mars/Olympus}", "6:21", "This is no time zone"),
        ("connect: {paths: {a: b}}", "6:11", "`paths` is for TrackerRMS only"),
        ("frequency: often", "6:1", "Unknown key `frequency`"),
    ],
)
def test_a_mistake_is_found_where_it_is(added: str, where: str, said: str) -> None:
    found = problems(PERSON.strip() + "\n" + added)
    assert any(each.startswith(f"{where}:") and said in each for each in found), found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("crm: hubspot", "Nothing is read and nothing is written"),
        ("crm: salesforce\nread: []", "salesforce"),
        ("crm: bullhorn\nread: [{record: person, from: Candidate}]", "`bullhorn` needs `client_id`"),
        (
            "crm: hubspot\nread: [{record: person, from: contacts, fields: {firstname: x}}]",
            "Did you mean `first_name`?",
        ),
        ("crm: hubspot\nread: [{record: person, from: a}, {record: person, from: a, prefix: x}]", "read twice"),
        ("crm: hubspot\nread: [{record: person, from: a}, {record: person, from: b, prefix: b-}]", "could be the same"),
        ("crm: hubspot\nread: [{record: placement, from: deals, fields: {status: s}}]", "A placement needs its person"),
        ("crm: hubspot\nread: [{record: owner, from: owners, events: {contacted: x}}]", "Only a person has `events`"),
        ("crm: hubspot\nread: [{record: owner, from: owners, deleted_when: {x: true}}]", "can be deleted"),
        (
            "crm: hubspot\nread:\n  - {record: person, from: a, prefix: a-}\n"
            "  - {record: person, from: b, prefix: b-}\n"
            "  - {record: placement, from: d, fields: {person: x}}",
            "Several kinds are read as a person",
        ),
        ("crm: hubspot\nread: [{record: person, from: contacts, fields: {status: 'a b'}}]", "no field of a CRM"),
        ("crm: hubspot\nread: [{record: person, from: contacts, prefix: 'ä'}]", "cannot begin an id"),
    ],
)
def test_what_makes_no_sense_is_said(text: str, said: str) -> None:
    reading = read_mapping(text, "crm.yaml", KNOWN)
    assert reading.mapping is None
    assert said in reading.report()


def test_a_reference_to_nothing_is_a_warning() -> None:
    text = "crm: hubspot\nread: [{record: person, from: contacts, fields: {owner: hubspot_owner_id}}]"
    reading = read_mapping(text, "crm.yaml", KNOWN)
    assert reading.mapping is not None
    assert "points to nothing" in reading.report()
