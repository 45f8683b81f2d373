"""A dispatcher dies at any place while it plans a moved run again; the next one finds what is left, nothing twice."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from adapters.postgres.records import ChangeOrigin, Records
from sequences.runs.state import Due
from services.runs.replan import Replanning
from starter.server.lane import Lane
from starter.server.lanes import Plans, Reactions
from tests.support.mortal import KilledError, MortalDatabase, Reaper
from tests.support.rigs.api import ScriptedRuns
from tests.support.rigs.life import LifeRig
from tests.support.rigs.send import SendRig, send_rig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sequences.runs.state import Reaction

NOW = datetime(2027, 6, 1, 9, tzinfo=UTC)
STEPS: list[dict[str, Any]] = [
    {"id": "first", "when": "5 days before day zero", "at": "09:00", "email": "t/mail"},
    {"id": "second", "when": "on day zero", "at": "09:00", "email": "t/mail"},
]


@dataclass
class Told(ScriptedRuns):
    """Temporal, on both sides of each call to which the dispatcher may die."""

    reaper: Reaper = field(default_factory=Reaper)

    async def plan(self, workflow_id: str, due: Due) -> bool:
        self.reaper.passes()
        answer = await super().plan(workflow_id, due)
        self.reaper.passes()
        return answer

    async def react(self, workflow_id: str, reaction: Reaction, *more: Reaction) -> bool:
        self.reaper.passes()
        answer = await super().react(workflow_id, reaction, *more)
        self.reaper.passes()
        return answer


@pytest_asyncio.fixture
async def rig(database_url: str) -> AsyncIterator[SendRig]:
    async with send_rig(database_url) as made:
        yield made


async def look(rig: SendRig, database: Any, runs: Told) -> None:
    """What one dispatcher does for reactions and plans."""
    replanning = Replanning(database, Records("UTC"), rig.versions)
    kind = Reactions(runs, replanning, lambda: NOW)
    await Lane(database, kind, lambda: NOW).look()
    await Lane(database, Plans(runs), lambda: NOW).look()


async def moved(rig: SendRig, start: str, place: int) -> tuple[LifeRig, Told, bool]:
    """One run, moved; its dispatcher dies at that place, and another one comes by."""
    life, runs = LifeRig(rig, NOW), Told()
    await life.enter(STEPS, "2027-06-20", stop_when={"placement.status": ["Cancelled"]})
    async with rig.database.transaction() as connection:
        values = {"status": "Cancelled"} if start == "" else {"start_date": start}
        await life.changes.write(connection, "placement", life.placement, values, ChangeOrigin("crm", NOW))
    runs.reaper.at = place
    died = False
    try:
        await look(rig, MortalDatabase(rig.database, runs.reaper), runs)
    except KilledError:
        died = True
    runs.reaper.at = 0
    await look(rig, rig.database, runs)
    return life, runs, died


async def row(life: LifeRig, text: str) -> tuple[Any, ...]:
    [found] = await life.rig.fetch(text, life.run)
    return tuple(found.values())


@pytest.mark.parametrize(
    ("start", "first", "signalled"), [("2027-06-15", "06-10 08:00", True), ("2027-06-25", "06-20 08:00", False)]
)
async def test_whoever_dies_the_run_is_planned_once_and_told_if_it_is_due_earlier(
    rig: SendRig, start: str, first: str, signalled: bool
) -> None:
    place, died = 0, True
    while died:
        place += 1
        life, runs, died = await moved(rig, start, place)
        assert (await life.states())["first"] == first, place
        assert await row(life, "SELECT plan_revision, plan_signalled FROM enrollment WHERE id = $1") == (1, 1), place
        assert await row(life, "SELECT delivered_at, handled_at FROM reaction WHERE enrollment_id = $1") == (NOW, NOW)
        story = "SELECT count(*) FROM enrollment_event WHERE enrollment_id = $1 AND kind = 'reaction'"
        assert await row(life, story) == (1,), place
        # Who died behind the signal has told the run already; the same revision again changes nothing there.
        dues = [due for _, due in runs.planned]
        assert len(dues) in ((1, 2) if signalled else (0,)), place
        assert {due.revision for due in dues} <= {1}
        assert len(set(dues)) <= 1
        assert runs.reactions == []
    assert place > 20


async def test_whoever_dies_a_run_that_stops_hears_of_it(rig: SendRig) -> None:
    place, died = 0, True
    while died:
        place += 1
        life, runs, died = await moved(rig, "", place)
        assert {reaction.kind for _, reaction in runs.reactions} == {"field_changed"}, place
        assert len({reaction.id for _, reaction in runs.reactions}) == 1
        assert len(runs.reactions) in (1, 2)
        assert await row(life, "SELECT plan_revision FROM enrollment WHERE id = $1") == (0,), place
        assert await row(life, "SELECT delivered_at, handled_at FROM reaction WHERE enrollment_id = $1") == (NOW, None)
    assert place > 10
