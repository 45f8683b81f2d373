"""Runs planned by the transaction that lets them in: as their workflow would have planned them, and never too old."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from adapters.postgres.database import Database
from adapters.postgres.records import ChangeOrigin, Records
from adapters.postgres.versions import Version, Versions
from sequences import ids
from sequences.definition.model import SequenceDefinition
from sequences.planning.values import RunFacts
from sequences.planning.whole_plan import first_plan
from sequences.runs.state import Due, Phase, RunState
from services.enrolling.plan_entries import plan_entries, planned_rows
from services.records.record_changes import RecordChanges
from services.runs.begin_run import BeginRun
from services.runs.planning import Planning
from services.runs.start_run import StartRun
from tests.support import by_name as queries
from tests.support.rigs.api import ScriptedRuns

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NOW = datetime(2027, 6, 1, 9, 30, tzinfo=UTC)
WHENS = (
    "9 days before day zero",
    "1 business day before day zero",
    "on day zero",
    "3 days after day zero",
    "on 2027-05-20",
    "on 2027-06-09",
    "4 days after enrollment",
    "6 hours after enrollment",
)
SCHEDULES: tuple[dict[str, Any], ...] = (
    {},
    {"if_past": "send"},
    {"weekdays_only": True, "window": "09:00-17:00"},
    {"window": ["10:00-11:00"]},
)
_STEPS = """
SELECT step, position, state, due_at, decided_at, reason, moved_by, timezone, timezone_source, own_at, judged_at
FROM enrollment_step WHERE enrollment_id = $1 ORDER BY position
"""


class Entries:
    """A database with records, and runs that enter."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.records, self.versions, self.runs = Records("Europe/Paris"), Versions(), ScriptedRuns()
        self.changes = RecordChanges(self.records)
        self.starting = StartRun(database, self.versions, self.runs, lambda: NOW)
        self.beginning = BeginRun(database, Planning(self.records, self.versions))

    async def publish(self, name: str, steps: list[dict[str, Any]], **more: Any) -> Version:
        content = {"sequence": name, "name": "S", "record": "placement", "day_zero": "placement.start_date"}
        definition = SequenceDefinition.model_validate(content | {"steps": steps} | more)
        async with self.database.transaction() as connection:
            return (await self.versions.publish(connection, definition, {}, NOW))[0]

    async def placement(self, number: str, **more: object) -> None:
        async with self.database.transaction() as connection:
            origin = ChangeOrigin("crm", NOW)
            person = {key.removeprefix("person_"): more.pop(key) for key in list(more) if key.startswith("person_")}
            values = {"first_name": "Eva", "email": f"eva{number}@client.example", "client_id": "c1"} | person
            await self.changes.write(connection, "person", f"eva{number}", values, origin)
            values = {"person_id": f"eva{number}", "client_id": "c1"} | more
            await self.changes.write(connection, "placement", number, values, origin)

    async def add(self, connection: Any, version: Version, placement: str, steps: Any = (), events: Any = ()) -> str:
        run = ids.enrollment_id(version.sequence, placement, "n")
        await queries.value(
            connection,
            "enter_with_plan",
            id=run,
            workflow_id=f"enrollment:{version.sequence}:{placement}",
            sequence=version.sequence,
            version=version.version,
            record_type="placement",
            record_id=placement,
            person_id=f"eva{placement}",
            owner_id=None,
            via="hand",
            lineage=[],
            enrolled_at=NOW,
            steps=list(steps),
            events=list(events),
            settles=True,
        )
        return run

    async def enter(self, connection: Any, version: Version, placement: str) -> str:
        """As by hand: alone, with its plan in one statement."""
        run = ids.enrollment_id(version.sequence, placement, "n")
        view = await self.records.shared_view(connection, "placement", placement, f"eva{placement}")
        rows = planned_rows(version, run, view, NOW) if view is not None else ()
        return await self.add(connection, version, placement, *rows)

    async def let_in(self, connection: Any, version: Version, placement: str, way: str) -> str:
        if way == "by hand":
            return await self.enter(connection, version, placement)
        [run] = await self.plan(connection, version, placement)
        return run

    async def plan(self, connection: Any, version: Version, *placements: str) -> list[str]:
        found = {await self.add(connection, version, each): (each, f"eva{each}") for each in placements}
        await plan_entries(connection, self.records, version, found, NOW)
        return list(found)

    async def steps(self, run: str) -> list[dict[str, Any]]:
        return [dict(row) for row in await self.database.pool.fetch(_STEPS, run)]

    async def story(self, run: str) -> list[tuple[Any, ...]]:
        text = "SELECT kind, detail, at FROM enrollment_event WHERE enrollment_id = $1 ORDER BY kind"
        return [tuple(row) for row in await self.database.pool.fetch(text, run)]

    async def reactions(self, run: str) -> int:
        text = "SELECT count(*) FROM reaction WHERE enrollment_id = $1"
        return int(await self.database.pool.fetchval(text, run))


@pytest_asyncio.fixture
async def entries(database_url: str) -> AsyncIterator[Entries]:
    database = await Database.connect(database_url, max_size=4)
    yield Entries(database)
    await database.close()


def _steps_of(dice: random.Random) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = []
    for number in range(dice.randint(1, 5)):
        counted = [f"{dice.randint(0, 3)} days after s{dice.randrange(number)}"] if number else []
        when = dice.choice([*WHENS, *counted * 3])
        step = {"id": f"s{number}", "when": when, "email": "t/mail", "schedule": dice.choice(SCHEDULES)}
        if dice.random() < 0.4 and "hours" not in when:
            step["at"] = dice.choice(["08:00", "10:30", "16:00"])
        steps.append(step)
    return steps


@pytest.mark.parametrize("way", ["by hand", "by rule"])
async def test_the_transaction_that_lets_in_plans_what_the_workflow_would_have(entries: Entries, way: str) -> None:
    dice, skipped, waited = random.Random(14), 0, 0
    for number in range(120):
        version = await entries.publish(f"life{number}", _steps_of(dice))
        start = None if dice.random() < 0.2 else (NOW + timedelta(days=dice.randint(-6, 14))).date().isoformat()
        zone = dice.choice(["Europe/London", "Asia/Tokyo", "Mars/Base", None])
        for each in (f"a{number}", f"b{number}"):
            await entries.placement(each, start_date=start, person_timezone=zone)
        async with entries.database.transaction() as connection:
            planned = await entries.let_in(connection, version, f"a{number}", way)
            left = await entries.add(connection, version, f"b{number}")
        for run in (planned, left):
            await entries.starting.start(run)
        assert entries.runs.states[left].phase == Phase.STARTING
        due = await entries.beginning.begin(left, NOW)
        assert await entries.steps(planned) == await entries.steps(left)
        assert await entries.story(planned) == await entries.story(left)
        state = entries.runs.states[planned]
        assert state.due == due
        assert state.phase == (Phase.WAITING if due.step else Phase.REACTING)
        skipped += due.step is None
        waited += due.step is not None and due.at is None
    assert skipped > 5
    assert waited > 5


def test_the_pure_plan_is_that_of_an_empty_sequence_too() -> None:
    found = first_plan((), RunFacts(NOW))
    assert (found.steps, found.due_at, found.waiting) == ((), None, ())


async def test_many_are_planned_at_once_and_one_that_cannot_be_is_left_to_its_workflow(entries: Entries) -> None:
    version = await entries.publish("many", [{"id": "one", "email": "t/mail"}], stop_when={"placement.status": ["Off"]})
    for number in range(5):
        await entries.placement(f"m{number}", status="Off" if number == 2 else "On")
    async with entries.database.transaction() as connection:
        runs = await entries.plan(connection, version, *(f"m{number}" for number in range(5)))
    assert [len(await entries.steps(run)) for run in runs] == [1, 1, 0, 1, 1]
    due = await entries.beginning.begin(runs[2], NOW)
    assert (due.closed, due.state) == (True, "stopped")


@pytest.mark.parametrize("way", ["by hand", "by rule"])
@pytest.mark.parametrize("entity", ["person", "placement", "client"])
async def test_whoever_changes_a_record_waits_for_the_entry_and_tells_its_run(
    entries: Entries, entity: str, way: str
) -> None:
    version = await entries.publish("told", [{"id": "one", "email": "t/mail"}])
    await entries.placement("pl1")
    identity = {"person": "evapl1", "placement": "pl1", "client": "c1"}[entity]
    values = {"name": "C"} if entity == "client" else {"timezone": "Asia/Tokyo"}

    async def write() -> None:
        async with entries.database.transaction() as connection:
            await entries.changes.write(connection, entity, identity, values, ChangeOrigin("crm", NOW))

    await write() if entity == "client" else None
    values = {"city": "Leeds"} if entity == "client" else values
    async with entries.database.transaction() as connection:
        run = await entries.let_in(connection, version, "pl1", way)
        writing = asyncio.create_task(write())
        await asyncio.sleep(0.2)
        assert not writing.done()
    await writing
    assert len(await entries.steps(run)) == 1
    assert await entries.reactions(run) == 1


@pytest.mark.parametrize("way", ["by hand", "by rule"])
@pytest.mark.parametrize("entity", ["person", "placement", "client"])
async def test_a_record_that_is_being_changed_is_not_waited_for_and_its_run_is_planned_later(
    entries: Entries, entity: str, way: str
) -> None:
    version = await entries.publish("later", [{"id": "one", "email": "t/mail", "at": "14:00"}])
    await entries.placement("pl1", person_timezone="Europe/London")
    identity = {"person": "evapl1", "placement": "pl1", "client": "c1"}[entity]
    values = {"person": {"timezone": "Asia/Tokyo"}, "placement": {"status": "On"}, "client": {"name": "C"}}[entity]
    async with entries.database.transaction() as changing:
        await entries.changes.write(changing, entity, identity, values, ChangeOrigin("crm", NOW))
        async with asyncio.timeout(5), entries.database.transaction() as connection:
            run = await entries.let_in(connection, version, "pl1", way)
    assert await entries.steps(run) == []
    await entries.starting.start(run)
    assert entries.runs.states[run].phase == Phase.STARTING
    await entries.beginning.begin(run, NOW)
    [step] = await entries.steps(run)
    assert step["timezone"] == ("Asia/Tokyo" if entity == "person" else "Europe/London")


async def test_a_closed_run_is_not_started_and_one_closed_meanwhile_is_told(
    entries: Entries, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = await entries.publish("closed", [{"id": "one", "email": "t/mail"}])
    for each in ("pl1", "pl2"):
        await entries.placement(each)
    async with entries.database.transaction() as connection:
        first, second = await entries.plan(connection, version, "pl1", "pl2")
    close = "UPDATE enrollment SET state = 'stopped', reason = 'test', ended_at = now() WHERE id = $1"
    await entries.database.pool.execute(close, first)
    await entries.starting.start(first)
    assert entries.runs.started == []
    real = entries.runs.start

    async def closes(workflow_id: str, state: RunState, plan: Due | None) -> bool:
        await entries.database.pool.execute(close, second)
        return await real(workflow_id, state, plan)

    monkeypatch.setattr(entries.runs, "start", closes)
    await entries.starting.start(second)
    [(workflow, reaction)] = entries.runs.reactions
    assert (workflow, reaction.id, reaction.holds) == ("enrollment:closed:pl2", f"closed:{second}", False)


async def test_a_run_whose_id_another_run_still_has_goes_on_waiting(entries: Entries) -> None:
    version = await entries.publish("taken", [{"id": "one", "email": "t/mail"}])
    await entries.placement("pl1")
    async with entries.database.transaction() as connection:
        [run] = await entries.plan(connection, version, "pl1")
    entries.runs.taken.add("enrollment:taken:pl1")
    await entries.starting.start(run)
    state = "SELECT state FROM enrollment WHERE id = $1"
    assert await entries.database.pool.fetchval(state, run) == "starting"
    entries.runs.taken.clear()
    await entries.starting.start(run)
    assert await entries.database.pool.fetchval(state, run) == "active"
