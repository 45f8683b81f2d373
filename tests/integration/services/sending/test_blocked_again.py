"""What a reaction holds is tried again soon while it is young: nobody wakes the run when it is handled elsewhere."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest_asyncio
from temporalio.testing import ActivityEnvironment

from sequences.runs.state import Due, StepCall
from tests.support.rigs.send import NOW, SendRig, send_rig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from services.runs.planning import RunContext

MINUTES = timedelta(minutes=1)


@pytest_asyncio.fixture
async def rig(database_url: str) -> AsyncIterator[SendRig]:
    async with send_rig(database_url) as rig:
        await rig.publish("hello")
        yield rig


async def _reaction(rig: SendRig, run: RunContext, kind: str, came: datetime, *, handled: bool = False) -> None:
    await rig.database.pool.execute(
        "INSERT INTO reaction (id, key, enrollment_id, person_id, kind, holds, received_at, handled_at) "
        "SELECT 'r' || md5(id || $2), id || $2, id, person_id, $2, true, $3, $4 FROM enrollment WHERE id = $1",
        run.run.id,
        kind,
        came,
        came if handled else None,
    )


async def _next_try(rig: SendRig, run: RunContext, now: datetime) -> timedelta:
    due: Due = await ActivityEnvironment().run(rig.steps().take_step, StepCall(run.run.id, "one", now))
    assert (due.step, due.why) == ("one", "held")
    assert due.at is not None
    return due.at - now


async def test_a_change_that_a_new_plan_handles_holds_the_run_for_seconds(rig: SendRig) -> None:
    run = await rig.ready("hello")
    await _reaction(rig, run, "field_changed", NOW)
    assert await _next_try(rig, run, NOW) == timedelta(seconds=2)
    assert await _next_try(rig, run, NOW + timedelta(seconds=40)) == timedelta(seconds=40)
    assert await _next_try(rig, run, NOW + 60 * MINUTES) == 5 * MINUTES
    assert rig.wire.handed == []


async def test_a_reply_to_another_run_of_the_person_holds_as_long_as_it_waits(rig: SendRig) -> None:
    run, other = await rig.ready("hello"), await rig.ready("hello")
    await _reaction(rig, other, "replied", NOW - 10 * timedelta(seconds=1))
    await rig.database.pool.execute("UPDATE reaction SET person_id = $1", run.view.person_id)
    assert await _next_try(rig, run, NOW) == timedelta(seconds=10)


async def test_the_oldest_that_is_not_handled_counts(rig: SendRig) -> None:
    run = await rig.ready("hello")
    await _reaction(rig, run, "clicked", NOW - 30 * MINUTES, handled=True)
    await _reaction(rig, run, "replied", NOW - 2 * MINUTES)
    await _reaction(rig, run, "field_changed", NOW)
    assert await _next_try(rig, run, NOW) == 2 * MINUTES


async def test_a_hold_that_people_made_is_looked_at_every_five_minutes(rig: SendRig) -> None:
    run = await rig.ready("hello")
    await rig.database.pool.execute(
        "INSERT INTO hold (id, scope, key, reason, since, rate) "
        "VALUES ('h2345678901234', 'everything', 'all', 'wrong template', $1, 1)",
        NOW,
    )
    assert await _next_try(rig, run, NOW) == 5 * MINUTES
