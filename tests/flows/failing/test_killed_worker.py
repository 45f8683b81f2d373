"""A worker that dies while it carries out what a person asked: the next one does it, once, and the caller hears it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from temporalio import activity

import worker
from adapters.postgres.database import Database
from sequences.names import CARRY_OUT_COMMAND, QUEUE
from sequences.runs.state import Command
from services.operations.command_run import steer
from starter.local.mail_capture import list_mail
from tests.support.waiting import PATIENCE

if TYPE_CHECKING:
    from tests.support.rigs.flow import FlowRig

TWO = (
    "sequence: two\nname: Two\nrecord: person\nfrequency_cap: exempt\nsteps:\n"
    "  - {id: one, email: bd/introduce}\n  - {id: two, when: 2 days after one, email: bd/remind}\n"
)
OUTCOMES = {
    "pause": ("paused", "planned"),
    "resume": ("active", "planned"),
    "stop": ("stopped", "cancelled"),
    "skip": ("active", "skipped"),
    "send-now": ("active", "sent"),
}


class Trap:
    """Holds the first command that is carried out at the end of its transaction: just before its commit or after."""

    def __init__(self, moment: str) -> None:
        self.moment = moment
        self.sprung = asyncio.Event()
        self.armed = False

    @asynccontextmanager
    async def transaction(self, database: Database, original: Any) -> AsyncIterator[Any]:
        caught = self.armed and activity.in_activity() and activity.info().activity_type == CARRY_OUT_COMMAND
        self.armed = self.armed and not caught
        async with original(database) as connection:
            yield connection
            if caught and self.moment == "before the commit":
                await self._hold()
        if caught and self.moment == "after the commit":
            await self._hold()

    async def _hold(self) -> None:
        self.sprung.set()
        # Until the worker is gone, and this with it.
        await asyncio.Event().wait()


@pytest.fixture
def trap(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Trap:
    trap = Trap(request.param)
    original = Database.transaction
    monkeypatch.setattr(worker, "_GRACE", timedelta(0))
    monkeypatch.setattr(Database, "transaction", lambda database: trap.transaction(database, original))
    return trap


@pytest.mark.parametrize("trap", ["before the commit", "after the commit"], indirect=True)
@pytest.mark.parametrize("kind", list(OUTCOMES))
async def test_a_worker_killed_during_a_command_leaves_the_run_right(trap: Trap, flow: FlowRig, kind: str) -> None:
    await flow.publish("two", TWO)
    await flow.person()
    accepted = await flow.enroll("two")
    await flow.until_step(accepted, "one")

    async def moved_on() -> bool:
        # Postgres knows that the first step is sent a moment before the run does.
        due = (await flow.services.runs.status(accepted.workflow_id)).due
        return due is not None and due.step == "two"

    await flow.until(moved_on)

    async def ask(what: str, key: str) -> Any:
        return await steer(flow.services.database, flow.services.runs, accepted.enrollment, Command(key, what))

    if kind == "resume":
        await ask("pause", "before")
    trap.armed = True
    asked = asyncio.create_task(ask(kind, "k"))
    async with asyncio.timeout(PATIENCE):
        await trap.sprung.wait()
        await flow.stop_worker(QUEUE)
        assert not asked.done()
        await flow.start_worker(QUEUE)
        answer = await asked
    state, step = OUTCOMES[kind]
    if kind == "stop":
        # Stopped by the dead worker or by the next one: over either way.
        assert answer.phase == "closed"
    else:
        assert answer.changed
    await flow.until_step(accepted, "two", step)
    await flow.until_state(accepted, state)
    events = [row["kind"] for row in await flow.rows("run_events", enrollment_id=accepted.enrollment)]
    assert events.count(kind) == 1
    assert len(list_mail(flow.mail.folder)) == (2 if kind == "send-now" else 1)
    if state == "active":
        await flow.skip(accepted, days=3)
        await flow.until_step(accepted, "two", "sent" if step == "planned" else step)
        assert len(list_mail(flow.mail.folder)) == (1 if kind == "skip" else 2)
