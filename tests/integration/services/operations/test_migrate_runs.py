"""A move against a real Postgres: what it writes, and that the preview said so. No Temporal but for a recorder."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from adapters.postgres.database import Database
from adapters.postgres.records import Records
from adapters.postgres.versions import Versions
from sequences import ids
from sequences.definition.model import SequenceDefinition
from sequences.errors import NotFoundError, RefusedError, UnavailableError
from sequences.runs.state import Command, CommandAnswer, Due
from sequences.runs.version_move import MOVED_PAST
from sequences.sending.send_obstacles import Settled
from services.operations.migrate_runs import Preview, move_all, preview
from services.runs.planning import Planning
from services.runs.run_row import RunRow
from services.runs.version_move import move, prepare
from tests.support import by_name as queries

THEN = datetime(2027, 4, 20, 10, tzinfo=UTC)
NOW = THEN + timedelta(days=3)
STEPS = [
    {"id": "one", "email": "bd/introduce"},
    {"id": "two", "when": "7 days after one", "email": "bd/remind"},
    {"id": "three", "when": "7 days after two", "email": "bd/thank-you"},
]


@dataclass
class MoveRig:
    database: Database
    versions: Versions
    planning: Planning

    async def publish(self, *steps: dict[str, Any], **more: Any) -> int:
        known = {"sequence": "s", "name": "S", "record": "person", "steps": list(steps)}
        definition = SequenceDefinition.model_validate(known | more)
        async with self.database.transaction() as connection:
            version, _ = await self.versions.publish(connection, definition, {}, THEN)
        return version.version

    async def run(self, record: str = "p1", version: int = 1, record_type: str = "person") -> str:
        run = ids.enrollment_id("s", record, "nonce")
        async with self.database.transaction() as connection:
            await queries.value(
                connection,
                "enter_with_plan",
                id=run,
                workflow_id=ids.enrollment_workflow_id("s", record),
                sequence="s",
                version=version,
                record_type=record_type,
                record_id=record,
                person_id="p1",
                owner_id=None,
                via="hand",
                lineage=[],
                enrolled_at=THEN,
                steps=[],
                events=[],
                settles=False,
            )
            await queries.rows(connection, "begin_enrollments", ids=[run], at=THEN)
            await self.planning.next_due(connection, await self.context(connection, run), THEN)
        return run

    async def context(self, connection: Any, run: str) -> Any:
        return await self.planning.context(connection, await RunRow.load(connection, run))

    async def decide(self, run: str, step: str, state: str = "sent", at: datetime = THEN) -> None:
        async with self.database.transaction() as connection:
            context = await self.context(connection, run)
            await self.planning.decide(connection, context, step, Settled(state), at)
            await self.planning.next_due(connection, context, at)

    async def send(self, run: str, step: str, state: str = "planned", attempts: int = 0) -> None:
        async with self.database.transaction() as connection:
            await queries.run(
                connection,
                "add_send",
                id=ids.send_id(run, step),
                enrollment_id=run,
                step=step,
                person_id="p1",
                channel="email",
                sender="a@agency.example",
                recipient="p1@client.example",
                subject="Hello",
                message_id=f"<{ids.send_id(run, step)}@agency.example>",
                content=b"words",
                text="words",
                planned_at=THEN,
                variant=None,
            )
            await queries.run(
                connection,
                "add_send_link",
                id=ids.link_id(ids.send_id(run, step), 0),
                send_id=ids.send_id(run, step),
                position=0,
                target="https://example.com",
            )
            await connection.execute(
                "UPDATE send SET state = $2, attempts = $3 WHERE id = $1", ids.send_id(run, step), state, attempts
            )

    async def move(self, run: str, version: int, now: datetime = NOW) -> Due:
        """As the command does it; the preview must have said what comes next."""
        async with self.database.transaction() as connection:
            said = await prepare(self.planning, connection, await self.context(connection, run), version, now)
            moved = await move(self.planning, connection, await self.context(connection, run), version, now)
            assert moved.run.version == moved.version.version == version
            due = await self.planning.next_due(connection, moved, now)
        assert (said.next and said.next.step) == due.step
        assert said.next is None or said.next.due_at == due.at
        return due

    async def steps(self, run: str) -> dict[str, tuple[str, str | None]]:
        return {row["step"]: (row["state"], row["reason"]) for row in await self.rows("steps_of", enrollment_id=run)}

    async def rows(self, name: str, **values: Any) -> list[queries.Row]:
        async with self.database.transaction() as connection:
            return await queries.rows(connection, name, **values)

    async def preview(self, version: int, now: datetime = NOW) -> Preview:
        return await preview(self.database, self.planning, "s", version, now)


@pytest_asyncio.fixture
async def rig(database_url: str) -> AsyncIterator[MoveRig]:
    database = await Database.connect(database_url, max_size=4)
    versions = Versions()
    async with database.transaction() as connection:
        await connection.execute(
            "INSERT INTO person (id, first_name, last_name, email, timezone) "
            "SELECT 'p' || n, 'Alex', 'Example', 'p' || n || '@client.example', 'Europe/London' "
            "FROM generate_series(0, 19) n"
        )
    yield MoveRig(database, versions, Planning(Records("UTC"), versions))
    await database.close()


async def test_steps_are_kept_renamed_added_and_cancelled_by_id(rig: MoveRig) -> None:
    await rig.publish(*STEPS)
    run = await rig.run()
    await rig.decide(run, "one")
    await rig.publish(
        {"id": "before", "email": "bd/other"},
        STEPS[0],
        {"id": "two", "when": "10 days after one", "email": "bd/remind"},
        {"id": "last", "when": "1 day after two", "email": "bd/thank-you"},
    )
    assert await rig.move(run, 2) == Due("two", THEN + timedelta(days=10), "planned", revision=0)
    assert await rig.steps(run) == {
        "before": ("skipped", MOVED_PAST),
        "one": ("sent", None),
        "two": ("planned", None),
        "last": ("planned", None),
        "three": ("cancelled", "not in version 2"),
    }
    assert [row["position"] for row in await rig.rows("steps_of", enrollment_id=run)] == [0, 1, 2, 3, 4]


async def test_a_renamed_sent_step_is_not_sent_and_what_follows_counts_from_the_send(rig: MoveRig) -> None:
    await rig.publish(*STEPS)
    run = await rig.run()
    await rig.decide(run, "one")
    await rig.publish(
        {"id": "hello", "email": "bd/introduce"}, {"id": "two", "when": "7 days after hello", "email": "bd/remind"}
    )
    assert (await rig.move(run, 2)).at == THEN + timedelta(days=7)
    assert (await rig.steps(run))["hello"] == ("skipped", "replaces one, which is already done (sent)")


async def test_to_and_fro_brings_back_what_was_cancelled_and_nothing_that_was_sent(rig: MoveRig) -> None:
    await rig.publish(*STEPS)
    run = await rig.run()
    await rig.decide(run, "one")
    await rig.publish(STEPS[0], STEPS[1])
    await rig.move(run, 2)
    assert (await rig.steps(run))["three"] == ("cancelled", "not in version 2")
    due = await rig.move(run, 1)
    assert due.step == "two"
    assert {step: state for step, (state, _) in (await rig.steps(run)).items()} == {
        "one": "sent",
        "two": "planned",
        "three": "planned",
    }


async def test_what_was_sent_two_versions_ago_does_not_come_back_under_another_name(rig: MoveRig) -> None:
    await rig.publish(*STEPS)
    run = await rig.run()
    await rig.decide(run, "one")
    only = {"id": "two", "when": "7 days after enrollment", "email": "bd/remind"}
    await rig.publish(only)
    await rig.move(run, 2)
    await rig.publish(only, {"id": "hello", "email": "bd/introduce"})
    assert (await rig.move(run, 3)).step == "two"
    assert (await rig.steps(run))["hello"][0] == "skipped"


async def test_a_new_fixed_date_that_has_passed_is_skipped_and_not_sent_late(rig: MoveRig) -> None:
    await rig.publish(*STEPS)
    run = await rig.run()
    await rig.decide(run, "one")
    late = {"id": "fair", "when": "on 2027-04-22", "email": "bd/other"}
    await rig.publish(STEPS[0], STEPS[1], late)
    assert (await rig.move(run, 2)).step == "two"
    assert (await rig.steps(run))["fair"] == ("skipped", "if_past")
    # The plan of later days does not know of the move any more: it must not bring the step back.
    await rig.decide(run, "two", at=THEN + timedelta(days=7))
    assert (await rig.steps(run))["fair"] == ("skipped", "if_past")


async def test_an_untried_message_is_written_anew_and_a_tried_one_keeps_its_bytes(rig: MoveRig) -> None:
    await rig.publish(*STEPS)
    fresh, tried = await rig.run("p1"), await rig.run("p2")
    await rig.send(fresh, "one")
    await rig.send(tried, "one", attempts=1)
    await rig.publish({**STEPS[0], "email": "bd/other"}, *STEPS[1:])
    for run in (fresh, tried):
        assert (await rig.move(run, 2)).step == "one"
    assert await rig.rows("sends_of", enrollment_id=fresh) == []
    assert [row["content"] for row in await rig.rows("sends_of", enrollment_id=tried)] == [b"words"]


@pytest.mark.parametrize(
    ("state", "step", "message"),
    [
        ("planned", "cancelled", "refused"),
        ("claimed", "unknown", "claimed"),
        ("unknown", "unknown", "unknown"),
        ("sent", "sent", "sent"),
    ],
)
async def test_a_vanished_step_that_was_tried_is_told_as_it_is_and_sent_no_more(
    rig: MoveRig, state: str, step: str, message: str
) -> None:
    await rig.publish(*STEPS)
    run = await rig.run()
    await rig.send(run, "one", state, attempts=1)
    await rig.publish({"id": "two", "email": "bd/remind"})
    await rig.move(run, 2)
    assert (await rig.steps(run))["one"] == (step, "not in version 2")
    assert [row["state"] for row in await rig.rows("sends_of", enrollment_id=run)] == [message]


async def test_refusals_change_nothing(rig: MoveRig) -> None:
    await rig.publish(*STEPS)
    run = await rig.run()
    await rig.publish(*STEPS, record="placement")
    before = await rig.steps(run)
    for version, error in ((1, RefusedError), (2, RefusedError), (3, NotFoundError)):
        with pytest.raises(error):
            await rig.move(run, version)
    async with rig.database.transaction() as connection:
        assert (await RunRow.load(connection, run)).version == 1
    assert await rig.steps(run) == before
    async with rig.database.transaction() as connection:
        await queries.value(connection, "end_run", id=run, state="stopped", reason="r", at=NOW)
    with pytest.raises(RefusedError, match="over"):
        await rig.move(run, 1)


class RecordedRuns:
    """Moves for real, as a run would; ``away`` are those for whom nobody answers."""

    def __init__(self, rig: MoveRig, away: bool = False, over: bool = False) -> None:
        self.rig, self.away, self.over = rig, away, over
        self.commands: list[Command] = []

    async def command(self, workflow_id: str, command: Command) -> CommandAnswer:
        self.commands.append(command)
        if self.away:
            raise UnavailableError("no worker answered in time")
        if self.over:
            return CommandAnswer(changed=False, phase="closed")
        await self.rig.move(command.id.split(":")[1], int(command.mode))
        return CommandAnswer(detail="moved")


async def test_preview_then_move_all_then_nothing_left(rig: MoveRig) -> None:
    await rig.publish(*STEPS)
    runs = [await rig.run("p1"), await rig.run("p2")]
    await rig.decide(runs[0], "one")
    await rig.publish(STEPS[0], STEPS[1], {"id": "last", "when": "1 day after two", "sms": "bd/text"})
    found = await rig.preview(2)
    first = next(run for run in found.runs if run.enrollment == runs[0])
    assert (first.person_name, first.origin.version, first.origin.step) == ("Alex Example", 1, "two")
    assert first.to is not None
    assert (first.to.version, first.to.step, first.to.due_at) == (2, "two", THEN + timedelta(days=7))
    assert (first.cancelled, first.not_sent, first.refused) == (("three",), {}, None)
    recorded = RecordedRuns(rig)
    outcome = await move_all(recorded, found)  # type: ignore[arg-type]
    assert sorted(outcome.moved) == sorted(runs)
    assert (outcome.refused, outcome.unanswered) == ((), ())
    assert {(command.id, command.kind, command.mode) for command in recorded.commands} == {
        (f"move:{run}:2:0", "move", "2") for run in runs
    }
    again = await rig.preview(2)
    assert (again.runs, again.already) == ((), 2)


async def test_the_preview_counts_refusals_and_writes_nothing(rig: MoveRig) -> None:
    await rig.publish(*STEPS)
    run = await rig.run()
    await rig.publish(*STEPS, record="placement")
    before = await rig.rows("steps_of", enrollment_id=run)
    found = await rig.preview(2)
    assert [each.refused for each in found.runs] == ["version 2 is about a placement, version 1 about a person"]
    assert found.movable == ()
    recorded = RecordedRuns(rig)
    outcome = await move_all(recorded, found)  # type: ignore[arg-type]
    assert [each.enrollment for each in outcome.refused] == [run]
    assert recorded.commands == []
    assert await rig.rows("steps_of", enrollment_id=run) == before
    with pytest.raises(NotFoundError):
        await rig.preview(9)


async def test_when_nobody_answers_the_rest_is_not_asked(rig: MoveRig) -> None:
    await rig.publish(*STEPS)
    for number in range(20):
        await rig.run(f"p{number}")
    await rig.publish(*STEPS[:2])
    recorded = RecordedRuns(rig, away=True)
    outcome = await move_all(recorded, await rig.preview(2))  # type: ignore[arg-type]
    assert len(outcome.unanswered) == 20
    assert len(recorded.commands) < 20


async def test_a_run_that_ended_meanwhile_is_reported(rig: MoveRig) -> None:
    await rig.publish(*STEPS)
    run = await rig.run()
    await rig.publish(*STEPS[:2])
    outcome = await move_all(RecordedRuns(rig, over=True), await rig.preview(2))  # type: ignore[arg-type]
    assert [(each.enrollment, each.reason) for each in outcome.refused] == [(run, "it did not move; it is closed")]
