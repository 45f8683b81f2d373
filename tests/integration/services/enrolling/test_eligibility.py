"""What an entry is asked, and in which order: what costs most is asked last, and once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest_asyncio

from adapters.postgres.database import Database
from adapters.postgres.records import Records
from adapters.templates import Renderer, TemplateSource
from sequences.auto_enroll.messages import Match, Refused
from sequences.definition.model import SequenceDefinition
from services.enrolling.eligibility import Candidate, Eligibility
from services.enrolling.preflight import Preflight
from tests.support.rigs.rule import NOW, RuleRig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sequences.records.record_view import Values

DEFINITION = {
    "sequence": "s",
    "name": "S",
    "record": "person",
    "steps": [{"id": "hello", "email": "hello"}],
    "stop_when": {"person.status": ["Left"]},
    "auto_enroll": {"real": {"person.status": ["Hot", "Left"]}, "hold_above": 100_000},
}
HELLO = TemplateSource("hello", "Hi", "Hi {{ person.first_name }}\n").to_json()


class CountingRenderer(Renderer):
    """Counts how often it is asked whether a message can be written."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    def missing(self, source: TemplateSource, values: Values) -> tuple[str, ...]:
        self.asked += 1
        return super().missing(source, values)


@pytest_asyncio.fixture
async def rig(database_url: str) -> AsyncIterator[RuleRig]:
    database = await Database.connect(database_url)
    yield RuleRig.over(database)
    await database.close()


async def test_messages_are_written_once_and_only_for_whom_nothing_else_keeps_out(rig: RuleRig) -> None:
    renderer = CountingRenderer()
    eligibility = Eligibility(Records("UTC"), "GB", Preflight(renderer))
    definition = SequenceDefinition.model_validate(DEFINITION)
    async with rig.database.transaction() as connection:
        version, _ = await rig.versions.publish(connection, definition, {"hello": HELLO}, NOW)
    await rig.person(1)
    await rig.person(2, status="Left")
    await rig.person(3, email=None)
    asked: dict[str, tuple[str | None, int]] = {}
    for person in ("p001", "p002", "p003"):
        before = renderer.asked
        async with rig.database.transaction() as connection:
            found = await eligibility.of_match(connection, version, Match(person, person), NOW)
            assert (found.view is not None, found.lacks) == (True, ())
        asked[person] = (found.refusal.reason if found.refusal else None, renderer.asked - before)
    assert asked == {"p001": (None, 1), "p002": (Refused.STOP_WHEN, 0), "p003": (Refused.UNREACHABLE, 0)}


async def test_by_hand_the_same_is_asked_in_the_same_order(rig: RuleRig) -> None:
    renderer = CountingRenderer()
    eligibility = Eligibility(Records("UTC"), "GB", Preflight(renderer))
    definition = SequenceDefinition.model_validate(DEFINITION)
    async with rig.database.transaction() as connection:
        version, _ = await rig.versions.publish(connection, definition, {"hello": HELLO}, NOW)
    await rig.person(1, first_name=None)
    async with rig.database.transaction() as connection:
        view = await Records("UTC").view(connection, "person", "p001")
        loop = await eligibility.by_hand(connection, Candidate(version, view, NOW), lineage=("s",))
        assert (loop.refusal and loop.refusal.reason, renderer.asked) == (Refused.CYCLE, 0)
        found = await eligibility.by_hand(connection, Candidate(version, view, NOW))
    assert found.refusal is not None
    assert (found.refusal.reason, found.refusal.fields) == (Refused.MISSING_FIELD, ("person.first_name",))
    assert renderer.asked == 1
