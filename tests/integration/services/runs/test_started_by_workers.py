"""Who enrolls by hand leaves the start to a worker, and starts the run itself where none does."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import asyncpg
import pytest

from adapters.postgres.database import Database
from adapters.postgres.listening import STARTER
from sequences.errors import SettingsError
from services.enrolling.enroll import EntryRequest
from services.runs.started_by_workers import StartedByWorkers
from starter.server.outbox import Dispatcher, Duty
from tests.support.rigs.api import ApiRig, ScriptedRuns

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sequences.runs.state import Due, RunState
    from services.enrolling.enroll import Accepted, Enrolling

_PATIENCE = 30.0
"""Seconds that no test should need."""


class NobodyHereRuns(ScriptedRuns):
    """Of a process that should start nothing."""

    async def start(self, workflow_id: str, state: RunState, first: Due | None) -> bool:
        raise AssertionError("a worker has it")


class Ticking:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def enrolling_of(api: ApiRig, runs: ScriptedRuns, workers: StartedByWorkers) -> Enrolling:
    starting = api.enrolling.starting
    mine = type(starting)(api.database, api.versions, runs, api.clock)
    return replace(api.enrolling, runs=runs, starting=mine, workers=workers)


async def enroll(enrolling: Enrolling, person: str = "p1") -> Accepted:
    return await enrolling.enroll(EntryRequest("hello", f"n-{person}", person))


@asynccontextmanager
async def working(api: ApiRig) -> AsyncIterator[None]:
    """A worker's part of the outbox, once it is heard."""
    dispatcher = Dispatcher(api, api.clock, Duty.STARTS)
    task = asyncio.create_task(dispatcher.run())

    async def hears() -> bool:
        return dispatcher._listening.hears

    await api.until(hears)
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@asynccontextmanager
async def listening(url: str) -> AsyncIterator[None]:
    """What listens like a worker and starts nothing, as one of an older release."""
    connection = await asyncpg.connect(url, server_settings={"application_name": STARTER})
    yield
    await connection.close()


async def state_of(api: ApiRig, enrollment: str) -> str:
    [row] = await api.fetch("SELECT state FROM enrollment WHERE id = $1", enrollment)
    return str(row.state)


async def test_a_worker_starts_what_is_enrolled_by_hand(api: ApiRig) -> None:
    await api.publish()
    enrolling = enrolling_of(api, NobodyHereRuns(), StartedByWorkers(api.database, patience=_PATIENCE))
    people = [f"p{number}" for number in range(8)]
    for person in people:
        await api.person(person)
    async with working(api):
        found = await asyncio.gather(*(enroll(enrolling, person) for person in people))
    assert all(each.started for each in found)
    assert sorted(api.runs.started) == sorted(each.enrollment for each in found)
    assert {await state_of(api, each.enrollment) for each in found} == {"active"}


async def test_when_nobody_waits_any_more_postgres_is_not_asked_again(
    api: ApiRig, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A command ends then, and its connections with it."""
    await api.publish()
    await api.person()
    workers = StartedByWorkers(api.database, patience=_PATIENCE)
    async with working(api):
        assert (await enroll(enrolling_of(api, NobodyHereRuns(), workers))).started
    assert workers._looking is not None
    workers._database = await Database.connect(database_url, max_size=1)
    await workers._database.close()
    await workers._looking
    assert caplog.messages == []


async def test_without_a_worker_nobody_waits(api: ApiRig) -> None:
    await api.publish()
    await api.person()
    enrolling = enrolling_of(api, api.runs, StartedByWorkers(api.database, patience=10 * _PATIENCE))
    async with asyncio.timeout(_PATIENCE):
        accepted = await enroll(enrolling)
    assert accepted.started
    assert api.runs.started == [accepted.enrollment]


async def test_a_worker_that_starts_nothing_is_waited_for_once(api: ApiRig, database_url: str) -> None:
    clock = Ticking()
    workers = StartedByWorkers(api.database, patience=0.1, clock=clock)
    enrolling = enrolling_of(api, api.runs, workers)
    await api.publish()
    for person in ("p1", "p2", "p3"):
        await api.person(person)
    async with listening(database_url):
        assert (await enroll(enrolling, "p1")).started
        clock.now = 9.0
        workers._patience = 10 * _PATIENCE
        async with asyncio.timeout(_PATIENCE):
            assert (await enroll(enrolling, "p2")).started
    assert len(api.runs.started) == 2
    clock.now = 20.0
    async with working(api):
        enrolling = replace(enrolling, starting=enrolling_of(api, NobodyHereRuns(), workers).starting)
        assert (await enroll(enrolling, "p3")).started


async def test_what_others_enroll_is_left_to_them(api: ApiRig) -> None:
    """A follow-up enrolls in a worker, which starts the run with its own client."""
    await api.publish()
    await api.person()
    workers = StartedByWorkers(api.database, patience=10 * _PATIENCE)
    other = ScriptedRuns()
    async with working(replace(api, enrolling=enrolling_of(api, NobodyHereRuns(), workers))):
        async with asyncio.timeout(_PATIENCE):
            enrolling = enrolling_of(api, other, workers)
            accepted = await enrolling.enroll(EntryRequest("hello", "n", "p1", via="sequence"))
    assert accepted.started
    assert other.started == [accepted.enrollment]


async def test_with_temporal_away_it_is_accepted_and_not_started(api: ApiRig) -> None:
    await api.publish()
    await api.person()
    api.runs.down = True
    enrolling = enrolling_of(api, api.runs, StartedByWorkers(api.database, patience=0.2))
    async with working(api):
        accepted = await enroll(enrolling)
    assert not accepted.started
    assert await state_of(api, accepted.enrollment) == "starting"


async def test_what_temporal_lacks_is_still_said(api: ApiRig, monkeypatch: pytest.MonkeyPatch) -> None:
    async def lacking(workflow_id: str, state: RunState, first: Due | None) -> bool:
        raise SettingsError("Temporal lacks RelanceOwner")

    monkeypatch.setattr(api.runs, "start", lacking)
    await api.publish()
    await api.person()
    enrolling = enrolling_of(api, api.runs, StartedByWorkers(api.database, patience=0.2))
    async with working(api):
        accepted = await enroll(enrolling)
    assert (accepted.started, accepted.problem) == (False, "Temporal lacks RelanceOwner")


async def test_a_request_that_is_given_up_leaves_the_others_waiting(api: ApiRig, database_url: str) -> None:
    workers = StartedByWorkers(api.database, patience=_PATIENCE)
    async with listening(database_url):
        first, second = (asyncio.create_task(workers.started(each)) for each in ("enone", "entwo"))

        async def both() -> bool:
            return set(workers._waiting) == {"enone", "entwo"}

        await api.until(both)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        assert set(workers._waiting) == {"entwo"}
        await api.publish()
        await api.person()
        run = await api.enrolled("p2")
        third = asyncio.create_task(workers.started(run))
        assert await third
        assert not second.done()
        second.cancel()
        with suppress(asyncio.CancelledError):
            await second


async def test_postgres_that_cannot_be_asked_is_no_answer(
    api: ApiRig, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(connection: object, *, ids: list[str]) -> list[str]:
        raise OSError("away")

    workers = StartedByWorkers(api.database, patience=10 * _PATIENCE)
    async with listening(database_url), asyncio.timeout(_PATIENCE):
        monkeypatch.setattr("services.runs.started_by_workers.queries.begun_among", broken)
        assert not await workers.started("enone")


async def test_a_worker_that_has_it_is_waited_for_longer(api: ApiRig, database_url: str) -> None:
    """It has claimed the run, and Temporal is slow: a second start would cost Temporal more of what it lacks."""
    await api.publish()
    await api.person()
    slow, go_on = asyncio.Event(), asyncio.Event()
    start = api.runs.start

    async def slowly(workflow_id: str, state: RunState, first: Due | None) -> bool:
        slow.set()
        await go_on.wait()
        return await start(workflow_id, state, first)

    api.runs.start = slowly  # type: ignore[method-assign]
    workers = StartedByWorkers(api.database, patience=0.2)
    enrolling = enrolling_of(api, NobodyHereRuns(), workers)
    async with working(api):
        request = asyncio.create_task(enroll(enrolling))
        await slow.wait()
        workers._patience = _PATIENCE
        await asyncio.sleep(0.4)
        assert not request.done()
        go_on.set()
        accepted = await request
    assert accepted.started
    assert api.runs.started == [accepted.enrollment]


async def test_what_is_started_here_is_left_alone_by_workers_that_come_late(api: ApiRig, database_url: str) -> None:
    await api.publish()
    await api.person()
    workers = StartedByWorkers(api.database, patience=0.05, wall=api.clock)
    api.runs.down = True
    async with listening(database_url):
        accepted = await enroll(enrolling_of(api, api.runs, workers))
    assert not accepted.started
    api.runs.down = False
    late = Dispatcher(api, api.clock, Duty.STARTS)
    await late.deliver()
    assert api.runs.started == []
    api.now += timedelta(seconds=6)
    await late.deliver()
    assert api.runs.started == [accepted.enrollment]
