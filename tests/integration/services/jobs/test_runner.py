"""Jobs on a real Postgres: each is carried out once, whatever ends in the middle."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest

from adapters.postgres.listening import JOB_LISTENER
from sequences.auto_enroll.messages import Origin, ScanState
from sequences.errors import NotFoundError, PermanentError, RefusedError, RelanceError, UnavailableError
from sequences.runs.bulk import BulkKind, BulkOrder, BulkState, HoldScope, Stage
from services.jobs.ask import ask_for_job, cancel_job
from services.jobs.follow_order import FollowOrder, following
from services.jobs.follow_scan import FollowScan, scanning
from services.jobs.job import Job, JobKind, JobOutcome, JobProgress, NewJob
from services.jobs.move_runs import MoveRuns
from services.jobs.runner import MOST_TRIES, SILENT, JobRunner
from services.runs.planning import Planning
from starter.server.jobs import carrying_out_jobs
from tests.support.rigs.api import ApiRig
from tests.support.screens.world import make_world

if TYPE_CHECKING:
    from services.operations.scan_orders import RuleOrders


@dataclass
class Scripted:
    """Work that does what a test says, and remembers what it was given."""

    do: Callable[[Job, JobProgress], Awaitable[JobOutcome]]
    given: list[Job] = field(default_factory=list)

    async def carry_out(self, job: Job, progress: JobProgress) -> JobOutcome:
        self.given.append(job)
        return await self.do(job, progress)


async def three_steps(job: Job, progress: JobProgress) -> JobOutcome:
    progress.total = 3
    for _ in range(3):
        progress.step()
    return JobOutcome("3 runs moved", ("1 run: it is over",))


async def for_ever(job: Job, progress: JobProgress) -> JobOutcome:
    progress.total = 3
    progress.step()
    await asyncio.Event().wait()
    raise AssertionError


def fails_with(error: Exception) -> Callable[[Job, JobProgress], Awaitable[JobOutcome]]:
    async def fail(job: Job, progress: JobProgress) -> JobOutcome:
        raise error

    return fail


def runner(api: ApiRig, work: Any, name: str = "one") -> JobRunner:
    return JobRunner(api.database, {JobKind.MOVE_RUNS: work}, api.clock, name, beat=0.01)


async def asked(api: ApiRig, key: str = "k1") -> str:
    async with api.database.transaction() as connection:
        job = NewJob(JobKind.MOVE_RUNS, "sequence:hello", key, {"version": 2}, "u1")
        return await ask_for_job(connection, job, api.now)


async def job(api: ApiRig, identity: str) -> Any:
    (row,) = await api.fetch("SELECT * FROM job WHERE id = $1", identity)
    return row


async def carry_out_next(using: JobRunner) -> None:
    row = await using.claim()
    assert row is not None
    await using.carry_out(row)


async def test_a_job_is_carried_out_once_and_says_what_came_of_it(api: ApiRig) -> None:
    identity = await asked(api)
    assert await asked(api) == identity
    first, second = runner(api, Scripted(three_steps)), runner(api, Scripted(three_steps), "two")
    rows = await asyncio.gather(first.claim(), second.claim())
    (claimed,) = [row for row in rows if row is not None]
    await (first if claimed.runner == "one" else second).carry_out(claimed)
    row = await job(api, identity)
    assert (row["state"], row["done"], row["total"], row["result"]) == ("done", 3, 3, "3 runs moved")
    assert (row["notes"], row["problem"], row["ended_at"]) == (["1 run: it is over"], None, api.now)
    assert await first.claim() is None


async def test_kinds_without_work_here_are_left_to_others(api: ApiRig) -> None:
    await asked(api)
    assert await JobRunner(api.database, {"tidy": Scripted(three_steps)}, api.clock, "old").claim() is None


async def test_a_server_that_stops_leaves_the_job_to_the_next_one(api: ApiRig) -> None:
    identity, work = await asked(api), Scripted(for_ever)
    async with carrying_out_jobs(runner(api, work), api.settings.database_url):
        await api.until(lambda: _is(api, identity, done=1))
    row = await job(api, identity)
    assert (row["state"], row["done"], row["tries"], row["runner"]) == ("waiting", 1, 0, None)
    after = Scripted(three_steps)
    async with carrying_out_jobs(runner(api, after, "two"), api.settings.database_url):
        await api.until(lambda: _is(api, identity, state="done"))
    # The next try knows how far the first came.
    assert [each.done for each in after.given] == [1]


async def test_a_job_rings_for_those_who_carry_jobs_out(api: ApiRig) -> None:
    async with carrying_out_jobs(runner(api, Scripted(three_steps)), api.settings.database_url, every=40_000.0):
        await api.until(lambda: _listens(api))
        identity = await asked(api)
        await api.until(lambda: _is(api, identity, state="done"))


async def test_it_is_known_when_a_job_waits_for_another_try_or_its_runner_falls_silent(api: ApiRig) -> None:
    away = runner(api, Scripted(fails_with(UnavailableError("Temporal does not answer"))))
    assert await away.next_in() is None
    await asked(api)
    assert await away.next_in() == 0.0
    await carry_out_next(away)
    assert await away.next_in() == 10.0
    api.now += timedelta(seconds=10)
    await away.claim()
    assert await away.next_in() == SILENT.total_seconds()


async def _listens(api: ApiRig) -> bool:
    listening = "application_name = $1 AND datname = current_database() AND query LIKE 'LISTEN%'"
    return bool(await api.fetch(f"SELECT 1 FROM pg_stat_activity WHERE {listening}", JOB_LISTENER))


async def _is(api: ApiRig, identity: str, **values: object) -> bool:
    row = await job(api, identity)
    return all(row[name] == value for name, value in values.items())


async def test_a_job_whose_server_died_is_taken_over_and_the_dead_one_writes_nothing_more(api: ApiRig) -> None:
    identity = await asked(api)
    dead, heir = runner(api, Scripted(three_steps)), runner(api, Scripted(three_steps), "two")
    lost = await dead.claim()
    assert lost is not None
    assert await heir.claim() is None
    api.now += SILENT + timedelta(seconds=1)
    taken = await heir.claim()
    assert taken is not None
    await dead.carry_out(lost)
    assert (await job(api, identity))["state"] == "running"
    await heir.carry_out(taken)
    assert (await job(api, identity))["state"] == "done"


async def test_work_ends_when_another_has_the_job(api: ApiRig) -> None:
    identity = await asked(api)
    dead = runner(api, Scripted(for_ever))
    lost = await dead.claim()
    assert lost is not None
    await api.execute("UPDATE job SET runner = 'two'")
    await dead.carry_out(lost)
    assert (await job(api, identity))["runner"] == "two"


async def test_what_stops_in_the_middle_again_and_again_is_given_up(api: ApiRig) -> None:
    identity, work = await asked(api), Scripted(three_steps)
    await api.execute("UPDATE job SET tries = $1", MOST_TRIES)
    await carry_out_next(runner(api, work))
    row = await job(api, identity)
    assert (row["state"], work.given) == ("failed", [])
    assert "stopped in the middle 5 times" in row["problem"]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (NotFoundError("hello was never published in version 9"), "hello was never published in version 9"),
        (ValueError("a@client.example"), "something failed on our side. What was done stays done; ask for it again"),
    ],
)
async def test_what_cannot_be_done_says_so_in_plain_words(api: ApiRig, error: RelanceError, said: str) -> None:
    identity = await asked(api)
    await carry_out_next(runner(api, Scripted(fails_with(error))))
    row = await job(api, identity)
    assert (row["state"], row["problem"]) == ("failed", said)


async def test_a_server_that_is_away_is_asked_again_and_not_for_ever(api: ApiRig) -> None:
    identity = await asked(api)
    away = runner(api, Scripted(fails_with(UnavailableError("Temporal does not answer"))))
    for _ in range(MOST_TRIES - 1):
        await carry_out_next(away)
        assert (await job(api, identity))["state"] == "waiting"
        assert await away.claim() is None
        api.now += timedelta(minutes=3)
    await carry_out_next(away)
    row = await job(api, identity)
    assert row["state"] == "failed"
    assert row["problem"] == "Temporal does not answer. What was done stays done; ask for it again"


async def test_a_job_is_cancelled_before_it_begins_and_in_the_middle(api: ApiRig) -> None:
    first, second = await asked(api), await asked(api, "k2")
    async with api.database.transaction() as connection:
        assert await cancel_job(connection, first, "u1", api.now)
        assert not await cancel_job(connection, first, "u1", api.now)
    using = runner(api, Scripted(for_ever))
    row = await using.claim()
    assert row is not None
    assert row.id == second
    async with api.database.transaction() as connection:
        assert await cancel_job(connection, second, "u1", api.now)
    await using.carry_out(row)
    assert [(await job(api, each))["state"] for each in (first, second)] == ["cancelled", "cancelled"]
    async with api.database.transaction() as connection:
        with pytest.raises(NotFoundError):
            await cancel_job(connection, "jnothing", "u1", api.now)


# --- the kinds -------------------------------------------------------------------------------------------------------


async def test_open_runs_move_to_a_version_and_a_second_try_moves_those_that_are_left(api: ApiRig) -> None:
    runs = await make_world(api)
    work = MoveRuns(api.database, Planning(api.records, api.versions), api.runs, api.clock)
    progress = JobProgress()
    came = await work.carry_out(Job("j1", "move_runs", "sequence:hello", {"version": 2}, 0), progress)
    # Cleo's run has finished, and Gus is on version 2 already.
    assert (came.result, progress.done, progress.total) == ("5 runs moved to version 2", 5, 5)
    assert {command.mode for _, command in api.runs.commands} == {"2"}
    # Of the runs that were there three are left, and one of them is over in Temporal.
    await api.execute("UPDATE enrollment SET version = 2 WHERE id = ANY($1)", [runs["p1"], runs["p2"]])
    (workflow,) = await api.fetch("SELECT workflow_id FROM enrollment WHERE id = $1", runs["p4"])
    api.runs.closed.add(workflow["workflow_id"])
    came = await work.carry_out(Job("j1", "move_runs", "sequence:hello", {"version": 2}, 2), progress)
    assert (came.result, came.notes) == ("4 runs moved to version 2, 1 not", ("1 run: the run is over",))
    api.runs.down = True
    with pytest.raises(UnavailableError):
        await work.carry_out(Job("j1", "move_runs", "sequence:hello", {"version": 2}, 4), progress)
    assert progress.done == 4
    with pytest.raises(NotFoundError):
        await work.carry_out(Job("j1", "move_runs", "sequence:hello", {"version": 9}, 0), progress)


@dataclass
class Orders:
    """What Temporal says of an order, one answer after the other."""

    says: list[BulkState]

    async def order(self, scope: HoldScope, key: str, order: BulkOrder) -> None:
        raise AssertionError

    async def progress(self, scope: HoldScope, key: str) -> BulkState:
        return self.says.pop(0)


async def test_an_order_is_followed_to_its_end() -> None:
    order = BulkOrder("bulk-control:sequence:hello:k1", BulkKind.PAUSE)
    new = following(HoldScope.SEQUENCE, "hello", order, "u1")
    assert (new.kind, new.subject) == (JobKind.PAUSE_RUNS, "sequence:hello")
    asked_for = Job("j1", new.kind, new.subject, new.request, 0)
    progress = JobProgress()
    waits = BulkState(waiting=order)
    says = [waits, BulkState(order=order, stage=Stage.PAUSING, done=4, left=6), BulkState(order=order, done=9, left=1)]
    came = await FollowOrder(Orders(says), every=0).carry_out(asked_for, progress)
    assert came == JobOutcome("9 runs paused", ("1 run did not answer; ask again",))
    assert (progress.done, progress.total) == (9, 10)
    replaced = FollowOrder(Orders([BulkState(order=BulkOrder("another"))]), every=0)
    assert (await replaced.carry_out(asked_for, progress)).result == "a newer order has replaced it"
    failed = FollowOrder(Orders([BulkState(order=order, failed="terminated")]), every=0)
    with pytest.raises(RelanceError, match="stopped early: terminated"):
        await failed.carry_out(asked_for, progress)


async def test_an_order_is_not_cancelled_but_reversed(api: ApiRig) -> None:
    async with api.database.transaction() as connection:
        new = following(HoldScope.SEQUENCE, "hello", BulkOrder("o1", BulkKind.RESUME))
        identity = await ask_for_job(connection, new, api.now)
        with pytest.raises(RefusedError, match="ask for the opposite"):
            await cancel_job(connection, identity, "u1", api.now)


@dataclass
class Scans:
    """What Temporal says of a scan, one answer after the other."""

    says: list[ScanState]

    async def scanned(self, sequence: str) -> ScanState:
        return self.says.pop(0)


async def test_a_scan_is_followed_to_its_end() -> None:
    new = scanning("hello", Origin.EXISTING, "k1", "u1")
    job_of_scan, progress = Job("j1", new.kind, new.subject, new.request, 0), JobProgress()

    async def came(*says: ScanState) -> JobOutcome:
        return await FollowScan(cast("RuleOrders", Scans(list(says))), every=0).carry_out(job_of_scan, progress)

    state = ScanState("hello", Origin.EXISTING, matched=4, enrolled=2, refused=1, held=1, done=True)
    done = await came(replace(state, matched=2, done=False), state)
    assert done == JobOutcome("2 entered, 1 refused, 4 matched", ("1 awaits approval",))
    assert (progress.done, progress.total) == (4, None)
    (note,) = (await came(replace(state, held=0, origin=Origin.SCAN))).notes
    assert note.startswith("another scan (scan) was already running")
    with pytest.raises(PermanentError, match="it stopped early: terminated"):
        await came(replace(state, failed="terminated"))
