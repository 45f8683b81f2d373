"""Who cannot be written to does not enter: by rule, on a real Postgres, with published templates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest_asyncio

from adapters.postgres.database import Database
from adapters.postgres.versions import Version
from adapters.templates import Renderer, TemplateSource
from sequences.definition.model import SequenceDefinition
from sequences.records.record_view import RecordView
from services.auto_enroll import batches
from services.enrolling.preflight import Preflight
from tests.support.rigs.rule import NOW, RuleRig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

STEPS = [
    {"id": "hello", "email": "hello"},
    {"id": "again", "when": "3 days after hello", "email": "again"},
    {"id": "last", "when": "3 days after again", "sms": "last"},
]
SOURCES = (
    TemplateSource("hello", "Hi {{ person.first_name }}", "Hi {{ person.first_name }} {{ person.last_name }}\n"),
    TemplateSource("again", "Hi", "Still in {{ person.city }}?\n", "<p>Still in {{ person.city }}?</p>"),
    TemplateSource("last", None, "{% if person.company %}{{ person.job_title }}{% else %}Bye{% endif %}"),
)
TEMPLATES = {source.name: source.to_json() for source in SOURCES}


@pytest_asyncio.fixture
async def rig(database_url: str) -> AsyncIterator[RuleRig]:
    database = await Database.connect(database_url)
    yield RuleRig.over(database)
    await database.close()


async def publish(rig: RuleRig) -> Version:
    content = {
        "sequence": "s",
        "name": "S",
        "record": "person",
        "steps": STEPS,
        "auto_enroll": {"real": {"person.status": ["Hot"]}, "hold_above": 100_000},
    }
    async with rig.database.transaction() as connection:
        version, _ = await rig.versions.publish(connection, SequenceDefinition.model_validate(content), TEMPLATES, NOW)
        await batches.switch_on(connection, version, NOW)
    return version


async def test_a_rule_refuses_who_cannot_get_the_first_message_and_flags_the_rest(rig: RuleRig) -> None:
    await publish(rig)
    await rig.person(1, last_name="B", city="Ulm", phone="+447911123456")
    await rig.person(2, first_name=None, city="Ulm")
    await rig.person(3, last_name=" ", city=None)
    await rig.person(4, last_name="B", city=None, company="C", phone="+447911123456")
    found = await rig.enter(["p001", "p002", "p003", "p004"])
    assert found.refused == {"missing_field": 2}
    assert await rig.enrolled() == ["p001", "p004"]
    assert await rig.fetch("SELECT person_id, detail FROM refusal ORDER BY person_id") == [
        {"person_id": "p002", "detail": "hello: person.first_name, person.last_name"},
        {"person_id": "p003", "detail": "hello: person.last_name; again: person.city"},
    ]
    rows = await rig.fetch(
        "SELECT e.person_id, v.kind, v.detail FROM enrollment_event v JOIN enrollment e ON e.id = v.enrollment_id "
        "ORDER BY v.id"
    )
    assert rows == [
        {"person_id": "p004", "kind": "missing_field", "detail": {"step": step, "fields": [name], "wrong": ""}}
        for step, name in (("again", "person.city"), ("last", "person.job_title"))
    ]


async def test_whoever_got_their_field_enters_with_the_next_batch(rig: RuleRig) -> None:
    await publish(rig)
    await rig.person(1, city="Ulm")
    assert (await rig.enter(["p001"])).refused == {"missing_field": 1}
    await rig.write("person", "p001", last_name="B")
    assert (await rig.enter(["p001"], nonce="later")).enrolled == 1


def test_a_day_zero_that_nobody_knows_makes_no_first_message() -> None:
    content = {
        "sequence": "s",
        "name": "S",
        "record": "placement",
        "day_zero": "placement.start_date",
        "steps": [
            {"id": "before", "when": "7 days before day zero", "email": "dated"},
            {"id": "hello", "when": "1 hour after enrollment", "email": "hello"},
        ],
    }
    dated = TemplateSource("dated", "Hi", "From {{ placement.start_date | date }}\n").to_json()
    definition = SequenceDefinition.model_validate(content)
    version = Version("s", 1, definition, {**TEMPLATES, "dated": dated})
    person = {"id": "x", "first_name": "A", "last_name": "B"}
    preflight = Preflight(Renderer())
    assert preflight.lacks(version, RecordView("placement", "1", person), frozenset()) == ()
    wrong = RecordView("placement", "1", person, {"start_date": "2027-06-14"})
    assert preflight.lacks(version, wrong, frozenset()) == ()


def test_a_message_that_fails_otherwise_says_what_is_wrong_without_the_value() -> None:
    source = TemplateSource("hello", "Hi", "{{ person.city | date }}\n").to_json()
    version = Version("s", 1, SequenceDefinition.model_validate({**_base(), "steps": STEPS[:1]}), {"hello": source})
    (lack,) = Preflight(Renderer()).lacks(version, RecordView("person", "1", {"id": "1", "city": "Ulm"}), frozenset())
    assert lack.first
    assert "not a date" in lack.what
    assert "Ulm" not in lack.what


def _base() -> dict[str, object]:
    return {"sequence": "s", "name": "S", "record": "person"}


def test_what_is_made_with_the_message_is_never_missing() -> None:
    of_a_mail = "{{ organisation_footer }} {{ unsubscribe_url }} {{ preferences_url }} {{ owner.signature }}"
    sources = (
        TemplateSource("mail", "Hi", f"Go to {{{{ form('re-registration') }}}} {of_a_mail}\n"),
        TemplateSource("text", None, "Go to {{ form('another') }}"),
    )
    steps = [{"id": "a", "email": "mail"}, {"id": "b", "sms": "text"}]
    definition = {"sequence": "s", "name": "S", "record": "person", "steps": steps}
    templates = {source.name: source.to_json() for source in sources}
    version = Version("s", 1, SequenceDefinition.model_validate(definition), templates)
    view = RecordView("person", "p1", {"id": "p1"}, owner={"id": "dana", "full_name": "Dana Example"})
    assert Preflight(Renderer()).lacks(version, view, frozenset()) == ()


def test_what_answers_a_reaction_is_written_too_and_keeps_nobody_out() -> None:
    sources = (
        TemplateSource("mail", "Hi", "Hi\n"),
        TemplateSource("thanks", "Hi {{ person.first_name }}", "Hi\n"),
        TemplateSource("text", None, "In {{ person.city }}?", channel="sms"),
    )
    definition = {
        "sequence": "s",
        "name": "S",
        "record": "person",
        "steps": [{"id": "a", "email": "mail"}],
        "reactions": [
            {"on": "replied.positive", "do": [{"send": "text"}, {"send": "thanks"}], "then": "stop"},
            {"on": "clicked", "do": [{"send": "thanks"}], "then": "continue"},
        ],
    }
    templates = {source.name: source.to_json() for source in sources}
    version = Version("s", 1, SequenceDefinition.model_validate(definition), templates)
    view = RecordView("person", "p1", {"id": "p1"})
    found = Preflight(Renderer()).lacks(version, view, frozenset())
    assert [str(lack) for lack in found] == ["answer:text: person.city", "answer:thanks: person.first_name"]
    assert not any(lack.first for lack in found)
    # To nobody's phone goes no text.
    assert [lack.step for lack in Preflight(Renderer()).lacks(version, view, frozenset({"sms"}))] == ["answer:thanks"]


async def test_the_story_says_which_answer_cannot_be_written_yet(rig: RuleRig) -> None:
    content = {
        **_base(),
        "steps": STEPS[:1],
        "reactions": [{"on": "replied", "do": [{"send": "again"}, {"send": "last"}]}],
        "auto_enroll": {"real": {"person.status": ["Hot"]}, "hold_above": 100_000},
    }
    async with rig.database.transaction() as connection:
        version, _ = await rig.versions.publish(connection, SequenceDefinition.model_validate(content), TEMPLATES, NOW)
        await batches.switch_on(connection, version, NOW)
    # Nobody can text this person: of the two answers only the mail is written.
    await rig.person(1, last_name="B", city=None, company="C", phone=None)
    assert (await rig.enter(["p001"])).enrolled == 1
    assert await rig.fetch("SELECT kind, detail FROM enrollment_event WHERE kind = 'missing_field'") == [
        {"kind": "missing_field", "detail": {"step": "answer:again", "fields": ["person.city"], "wrong": ""}}
    ]
