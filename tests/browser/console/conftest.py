"""One world for all screens of a file: they are looked at, and nothing is changed that another would miss."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from services.jobs.ask import ask_for_job
from services.jobs.job import JobKind, NewJob
from tests.support.screens.rig import ConsoleRig, open_console_rig
from tests.support.screens.world import RecordedOrders, make_world, plan, task, unknown_send, unmatched_mail


@pytest_asyncio.fixture
async def world(database_url: str) -> AsyncIterator[ConsoleRig]:
    async with open_console_rig(database_url, bulk=RecordedOrders()) as console:
        runs = await make_world(console.api)
        for number, (person, run) in enumerate(runs.items()):
            await plan(console.api, run, number if number < 3 else 40 + number, "America/New_York")
            await task(console.api, number, run, person, 12 * number - 20)
        await console.api.sent(runs["p1"])
        await unmatched_mail(console.api)
        await unknown_send(console.api, runs["p2"])
        async with console.api.database.transaction() as connection:
            job = NewJob(JobKind.MOVE_RUNS, "sequence:hello", "k1", {"version": 2})
            await ask_for_job(connection, job, console.api.now)
        await console.api.execute(
            "UPDATE job SET state = 'running', total = 40, done = 12, beat_at = $1", console.api.now
        )
        for identity, reason in (("p3", "opt_out"), ("p4", "by_hand")):
            await console.api.execute(
                "INSERT INTO suppression (person_id, channel, reason, source, since) VALUES ($1, 'all', $2, 'r1', $3)",
                identity,
                reason,
                console.api.now,
            )
        await console.api.execute(
            "INSERT INTO lead (id, person_id, source, owner_id, enrollment_id, created_at) "
            "VALUES ('l1', 'p1', 'warm', 'o1', $1, $2)",
            runs["p1"],
            console.api.now,
        )
        await console.api.execute("INSERT INTO list_member VALUES ('warm', 'p1', $1, NULL)", console.api.now)
        yield console
