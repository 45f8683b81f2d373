"""Pages of a bulk order against a real Postgres: runs that do not answer, workers that die, and the rate."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, cast

import asyncpg
import pytest
from temporalio.testing import ActivityEnvironment

from activities.bulk import BulkActivities
from adapters.postgres import queries
from adapters.postgres.database import Database
from sequences.errors import NotFoundError, RefusedError, UnavailableError
from sequences.runs.bulk import BulkCall, BulkOrder, Stage
from services.operations.bulk_pages import BulkPages
from tests.support.rigs.bulk import NOW, PausingRuns, put_runs

ORDER_ID = "bulk-control:sequence:hello:k"


@pytest.fixture
async def rig(database_url: str) -> AsyncIterator[tuple[BulkActivities, Any]]:
    database = await Database.connect(database_url, max_size=5)
    connection = await asyncpg.connect(database_url)
    yield BulkActivities(BulkPages(database, cast("Any", PausingRuns(database)))), connection
    await connection.close()
    await database.close()


def _call(
    stage: Stage,
    kind: str = "pause",
    after: str = "",
    *,
    rate: int = 1000,
    ident: str = ORDER_ID,
    key: str = "hello",
    left: int | None = None,
) -> BulkCall:
    return BulkCall("sequence", key, BulkOrder(f"{ident}-{kind}", kind, rate=rate), stage, after, NOW, left)


async def _do(activity: Any, call: BulkCall) -> Any:
    return await ActivityEnvironment().run(activity, call)


def _asked(activities: BulkActivities) -> PausingRuns:
    return cast("PausingRuns", activities._pages._runs)


async def _ids(connection: Any, query: str) -> list[Any]:
    return [row[0] for row in await connection.fetch(query)]


async def test_pages_go_by_id_and_each_run_is_commanded_once(rig: tuple[BulkActivities, Any]) -> None:
    activities, connection = rig
    await put_runs(connection, 250)
    assert (await _do(activities.begin_bulk, _call(Stage.BEGINNING))).left == 250
    after, lefts = "", []
    while after is not None:
        page = await _do(activities.control_page, _call(Stage.PAUSING, after=after))
        lefts.append((page.done, page.left))
        after = page.after
    assert lefts == [(100, 150), (100, 50), (50, 0)]
    commanded = [workflow for _, workflow, _ in _asked(activities).commands]
    assert len(set(commanded)) == len(commanded) == 250
    assert len(await _ids(connection, "SELECT enrollment_id FROM hold_run")) == 250


async def test_runs_are_counted_once_and_not_on_every_page(
    rig: tuple[BulkActivities, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    activities, connection = rig
    await put_runs(connection, 250)
    left = (await _do(activities.begin_bulk, _call(Stage.BEGINNING))).left
    for count in ("count_runs_to_pause", "count_runs_to_resume"):
        monkeypatch.setattr(queries, count, None)
    after, lefts = "", []
    while after is not None:
        page = await _do(activities.control_page, _call(Stage.PAUSING, after=after, left=left))
        after, left = page.after, page.left
        lefts.append(left)
    assert lefts == [150, 50, 0]


async def test_commands_are_spread_evenly_and_never_faster_than_the_rate(rig: tuple[BulkActivities, Any]) -> None:
    activities, connection = rig
    await put_runs(connection, 15)
    await _do(activities.begin_bulk, _call(Stage.BEGINNING))
    began = asyncio.get_running_loop().time()
    await _do(activities.control_page, _call(Stage.PAUSING, rate=20))
    instants = [at for at, _, _ in _asked(activities).commands]
    # Over five commands, so that a task that begins late on a busy machine is no fault of the rate.
    spans = [later - earlier for earlier, later in zip(instants, instants[5:], strict=False)]
    assert min(spans) > 0.9 * 5 / 20
    # A page takes its whole time, so that the next one does not begin too soon.
    assert asyncio.get_running_loop().time() - began >= 15 / 20


async def test_runs_that_do_not_answer_are_asked_again_and_those_that_are_over_are_not(
    rig: tuple[BulkActivities, Any],
) -> None:
    activities, connection = rig
    await put_runs(connection, 3)
    ids = await _ids(connection, "SELECT id FROM enrollment ORDER BY id")
    _asked(activities).errors = {
        ids[0]: UnavailableError("x"),
        ids[1]: RefusedError("run", "every step is behind it"),
        ids[2]: NotFoundError("over"),
    }
    await _do(activities.begin_bulk, _call(Stage.BEGINNING))
    page = await _do(activities.control_page, _call(Stage.PAUSING))
    assert (page.done, page.unanswered, page.after) == (2, 1, None)
    _asked(activities).errors = {}
    await _do(activities.control_page, _call(Stage.PAUSING))
    assert ids[0] in await _ids(connection, "SELECT enrollment_id FROM hold_run")


async def test_a_worker_that_dies_in_the_middle_of_a_page_forgets_nobody(rig: tuple[BulkActivities, Any]) -> None:
    activities, connection = rig
    await put_runs(connection, 6)
    await _do(activities.begin_bulk, _call(Stage.BEGINNING))
    _asked(activities).dies_after = 3
    with pytest.raises(asyncio.CancelledError):
        await _do(activities.control_page, _call(Stage.PAUSING))
    assert await _ids(connection, "SELECT enrollment_id FROM hold_run") == []
    _asked(activities).dies_after = None
    assert (await _do(activities.control_page, _call(Stage.PAUSING))).done >= 1
    assert len(await _ids(connection, "SELECT enrollment_id FROM hold_run")) == 6


async def test_only_pauses_that_the_hold_made_are_resumed(rig: tuple[BulkActivities, Any]) -> None:
    activities, connection = rig
    await put_runs(connection, 4)
    ids = await _ids(connection, "SELECT id FROM enrollment ORDER BY id")
    await connection.execute("INSERT INTO enrollment_pause VALUES ($1, $2, NULL, 'by hand')", ids[0], NOW)
    await _do(activities.begin_bulk, _call(Stage.BEGINNING))
    await _do(activities.control_page, _call(Stage.PAUSING))
    # One is resumed by hand and paused by hand again: that pause is no longer ours.
    again = NOW + timedelta(days=1)
    await connection.execute("UPDATE enrollment_pause SET ended_at = $2 WHERE enrollment_id = $1", ids[1], again)
    await connection.execute("INSERT INTO enrollment_pause VALUES ($1, $2, NULL, 'by hand')", ids[1], again)
    # One is over.
    await connection.execute("UPDATE enrollment SET state = 'stopped' WHERE id = $1", ids[2])
    begun = await _do(activities.begin_bulk, _call(Stage.BEGINNING, "resume"))
    assert (begun.standing, begun.left) == (True, 0)
    assert await _do(activities.release_hold, _call(Stage.RELEASING, "resume")) == 1
    _asked(activities).commands.clear()
    await _do(activities.control_page, _call(Stage.RESUMING, "resume"))
    assert [workflow for _, workflow, _ in _asked(activities).commands] == [ids[3]]
    assert await _ids(connection, "SELECT enrollment_id FROM hold_run") == []


async def test_nobody_is_resumed_while_a_hold_stands_nor_paused_without_one(rig: tuple[BulkActivities, Any]) -> None:
    activities, connection = rig
    await put_runs(connection, 2)
    assert (await _do(activities.control_page, _call(Stage.PAUSING))).done == 0
    await _do(activities.begin_bulk, _call(Stage.BEGINNING))
    await _do(activities.control_page, _call(Stage.PAUSING))
    _asked(activities).commands.clear()
    assert (await _do(activities.control_page, _call(Stage.RESUMING, "resume"))).done == 0
    assert _asked(activities).commands == []


async def test_a_key_that_begins_like_another_takes_none_of_its_runs(rig: tuple[BulkActivities, Any]) -> None:
    activities, connection = rig
    await put_runs(connection, 2, "hello")
    await put_runs(connection, 2, "hello2")
    for key in ("hello", "hello2"):
        ident = f"bulk-control:sequence:{key}:k"
        await _do(activities.begin_bulk, _call(Stage.BEGINNING, key=key, ident=ident))
        await _do(activities.control_page, _call(Stage.PAUSING, key=key, ident=ident))
    assert await _do(activities.release_hold, _call(Stage.RELEASING, "resume")) == 2
