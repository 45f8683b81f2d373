"""Steps that people do, over the real activities and a real Postgres, with the example of docs/task-steps.md."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from temporalio.testing import ActivityEnvironment

from sequences import ids
from sequences.checking import load_file
from sequences.errors import NotFoundError, RefusedError
from sequences.runs.state import StepCall
from services.operations.tasks import assign, snooze, task_done
from tests.support.mortal import KilledError, MortalDatabase, Reaper
from tests.support.rigs.life import LifeRig
from tests.support.rigs.send import send_rig

DOCS = Path(__file__).parents[4] / "docs" / "task-steps.md"
START = datetime(2027, 6, 1, 9, tzinfo=UTC)
CALL = {"title": "Call {{ person.first_name }}", "kind": "call", "wait": "done", "within": "3 days"}


def _steps(task: Any = None) -> list[dict[str, Any]]:
    return [
        {"id": "one", "email": "t/mail"},
        {"id": "call", "when": "1 day after one", "task": CALL if task is None else task},
        {"id": "two", "when": "1 day after call", "email": "t/mail"},
    ]


@pytest_asyncio.fixture
async def life(database_url: str) -> AsyncIterator[LifeRig]:
    async with send_rig(database_url) as rig:
        yield LifeRig(rig, START)


async def _task(life: LifeRig) -> Any:
    (row,) = await life.rig.fetch("SELECT * FROM task WHERE enrollment_id = $1", life.run)
    return row


async def _do(life: LifeRig) -> Any:
    async with life.rig.database.transaction() as connection:
        return await task_done(connection, ids.task_id(life.run, "call"), "Dana", life.now)


async def test_the_run_goes_on_at_it_is_done(life: LifeRig) -> None:
    await life.enter(_steps(), None)
    await life.pass_by(days=2)
    task = await _task(life)
    assert (task["title"], task["kind"], task["state"], task["step"]) == ("Call Eva", "call", "open", "call")
    assert task["due_at"] == START + timedelta(days=1)
    assert (life.due.step, life.due.at, life.due.why) == ("call", START + timedelta(days=4), "task")
    # What comes after it is shown as if it took all of its time.
    assert await life.states() == {"one": "sent", "call": "06-05 09:00", "two": "06-06 09:00"}
    done = await _do(life)
    assert (done.changed, done.told, done.state) == (True, True, "done")
    await life.hear()
    assert await life.states() == {"one": "sent", "call": "done", "two": "06-04 09:00"}
    again = await _do(life)
    assert (again.changed, again.told) == (False, False)
    await life.pass_by(days=5)
    assert life.sent == [("one", START), ("two", START + timedelta(days=3))]
    assert len(await life.rig.fetch("SELECT 1 FROM reaction WHERE enrollment_id = $1", life.run)) == 1


async def test_it_goes_on_when_the_time_is_over_and_the_task_stays(life: LifeRig) -> None:
    await life.enter(_steps(), None)
    await life.pass_by(days=10)
    assert life.sent == [("one", START), ("two", START + timedelta(days=5))]
    shown = (await life.shown())["call"]
    assert (shown.state, shown.reason) == ("skipped", "the task was not done within 3 days")
    assert (await _task(life))["state"] == "open"
    # Done late, it is done; the run has gone on.
    assert (await _do(life)).changed
    await life.hear()
    assert (await life.shown())["call"].state == "skipped"


async def test_a_run_that_does_not_wait_goes_on_at_once(life: LifeRig) -> None:
    await life.enter(_steps("Write to {{ person.first_name }}"), None)
    await life.pass_by(days=3)
    assert life.sent == [("one", START), ("two", START + timedelta(days=2))]
    task = await _task(life)
    assert (task["title"], task["kind"], task["state"]) == ("Write to Eva", "other", "open")
    assert not (await _do(life)).told
    assert await life.rig.fetch("SELECT 1 FROM reaction WHERE enrollment_id = $1", life.run) == []


@pytest.mark.parametrize("done", [True, False])
async def test_a_condition_asks_whether_it_is_done(life: LifeRig, done: bool) -> None:
    steps = [
        *_steps()[:2],
        {"id": "thank-you", "when": "1 day after call", "if": "done call", "email": "t/mail"},
        {"id": "remind", "when": "1 day after call", "if": "not done call", "email": "t/mail"},
    ]
    await life.enter(steps, None)
    await life.pass_by(days=2)
    if done:
        await _do(life)
        await life.hear()
    await life.pass_by(days=8)
    assert [step for step, _ in life.sent] == ["one", "thank-you" if done else "remind"]


async def test_the_tasks_of_a_run_that_stopped_are_closed_with_the_reason(life: LifeRig) -> None:
    await life.enter(_steps(), None, stop_when={"placement.status": ["Cancelled"]})
    await life.rig.database.pool.execute(
        "INSERT INTO task (id, title, person_id, enrollment_id, created_at) VALUES ('f1', 'Read it', 'p', $1, $2)",
        life.run,
        life.now,
    )
    await life.pass_by(days=2)
    await life.tell(status="Cancelled")
    rows = await life.rig.fetch("SELECT id, state, reason FROM task ORDER BY id")
    assert [(row["state"], row["reason"]) for row in rows] == [
        ("open", None),
        ("closed", "stop_when: placement.status"),
    ]
    with pytest.raises(RefusedError, match=r"stop_when: placement\.status"):
        await _do(life)


async def test_a_skip_closes_the_task_and_send_now_leaves_it(life: LifeRig) -> None:
    await life.enter(_steps(), None)
    await life.pass_by(days=2)
    await life.command("skip", step="call")
    assert ((await _task(life))["state"], (await _task(life))["reason"]) == ("closed", "by hand")
    assert (await life.states())["two"] == "06-04 09:00"
    await life.enter(_steps(), None)
    await life.pass_by(days=2)
    await life.command("send-now", step="call")
    await life.pass_by(minutes=1)
    assert ((await life.shown())["call"].reason, (await _task(life))["state"]) == ("not waited for any longer", "open")


async def test_a_pause_does_not_move_the_end_of_the_wait(life: LifeRig) -> None:
    await life.enter(_steps(), None)
    await life.pass_by(days=2)
    await life.command("pause")
    done_in_a_pause = await _do(life)
    assert done_in_a_pause.told
    await life.hear()
    assert (await life.shown())["call"].state == "done"
    await life.pass_by(days=5)
    await life.command("resume")
    await life.pass_by(days=9)
    # It was done in the pause; what counts from it moves by what was left of the pause.
    assert [step for step, _ in life.sent] == ["one", "two"]


@pytest.mark.parametrize(
    ("written", "owner"),
    [("owner", "dana"), ("lee", "lee"), ("person.city", "kim"), ("person.country", "dana"), ("assigned_by", "boss")],
)
async def test_who_gets_it_is_told(life: LifeRig, written: str, owner: str) -> None:
    for each in ("dana", "lee", "kim", "boss"):
        await life.rig.database.pool.execute("INSERT INTO owner (id) VALUES ($1)", each)
    rules = {"real": {"placement.status": ["x"]}, "assigned_by": "boss"}
    await life.enter(_steps(CALL | {"assign": written}), None, auto_enroll=rules)
    await life.rig.database.pool.execute(
        "UPDATE person SET owner_id = 'dana', city = 'kim' WHERE id = (SELECT person_id FROM enrollment WHERE id = $1)",
        life.run,
    )
    await life.rig.database.pool.execute("UPDATE placement SET owner_id = 'dana'")
    await life.pass_by(days=2)
    assert (await _task(life))["owner_id"] == owner
    rows = await life.rig.fetch("SELECT owner_id, kind, title FROM notification WHERE enrollment_id = $1", life.run)
    assert [(row["owner_id"], row["kind"], row["title"]) for row in rows] == [(owner, "task", "Call Eva")]


async def test_a_worker_that_dies_at_any_line_hands_it_out_once(life: LifeRig) -> None:
    """Also when somebody wants the step now: the try after the kill must not take it for the end of the wait."""
    for by_hand in (False, True):
        place = 0
        while True:
            place += 1
            await life.enter(_steps(), None)
            await life.pass_by(hours=1)
            at = life.now if by_hand else START + timedelta(days=1)
            call = StepCall(life.run, "call", at, 0, by_hand)
            reaper = Reaper(place)
            steps = life.rig.steps(life.rig.wire, MortalDatabase(life.rig.database, reaper))
            try:
                await ActivityEnvironment().run(steps.take_step, call)
                killed = False
            except KilledError:
                killed = True
            due = await ActivityEnvironment().run(life.steps.take_step, call)
            assert (due.step, due.at) == ("call", at + timedelta(days=3)), place
            assert (await _task(life))["state"] == "open"
            life.now = START
            if not killed:
                break
        assert place > 5


async def test_done_is_told_once_wherever_its_process_dies(life: LifeRig) -> None:
    place = 0
    while True:
        place += 1
        await life.enter(_steps(), None)
        await life.pass_by(days=2)
        reaper = Reaper(place)
        database = MortalDatabase(life.rig.database, reaper)
        try:
            async with database.transaction() as connection:
                await task_done(connection, ids.task_id(life.run, "call"), "", life.now)
            killed = False
        except KilledError:
            killed = True
        await _do(life)
        rows = await life.rig.fetch("SELECT kind FROM reaction WHERE enrollment_id = $1", life.run)
        assert [row["kind"] for row in rows] == ["task_done"], place
        assert (await _task(life))["state"] == "done"
        life.now = START
        if not killed:
            break
    assert place > 5


async def test_a_task_is_snoozed_and_given_to_somebody_else(life: LifeRig) -> None:
    await life.rig.database.pool.execute("INSERT INTO owner (id) VALUES ('lee')")
    await life.enter(_steps(), None)
    await life.pass_by(days=2)
    task, later = ids.task_id(life.run, "call"), life.now + timedelta(days=2)
    async with life.rig.database.transaction() as connection:
        assert (await snooze(connection, task, later)).changed
        assert not (await snooze(connection, task, later)).changed
        given = await assign(connection, task, "lee")
        assert (given.owner_id, given.due_at, given.changed) == ("lee", START + timedelta(days=4), True)
        with pytest.raises(NotFoundError, match="nobody"):
            await assign(connection, task, "nobody")
        with pytest.raises(NotFoundError, match="unknown task none"):
            await task_done(connection, "none", "", life.now)
    assert life.due.at == START + timedelta(days=4)
    await _do(life)
    async with life.rig.database.transaction() as connection:
        with pytest.raises(RefusedError, match="already done"):
            await snooze(connection, task, later)


def test_every_example_of_the_page_is_right() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    assert blocks
    for block in blocks:
        assert load_file(block, "docs/task-steps.md").warnings == ()
