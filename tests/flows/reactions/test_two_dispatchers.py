"""Two dispatchers on one outbox over a real Temporal: every reaction is signalled once, in the order of its run."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from adapters.clock import utc_now
from sequences.names import QUEUE
from services.reactions.write_reaction import NewReaction, write_reaction
from starter.server.outbox import Dispatcher

if TYPE_CHECKING:
    import pytest

    from services.enrolling.enroll import Accepted
    from tests.support.rigs.flow import FlowRig

SEQUENCE = """
sequence: quiet
name: Quiet
record: person
steps:
  - {id: one, when: 20 days after enrollment, do: [{add_to_list: seen}]}
"""
RUNS, EACH = 20, 10


async def signals(flow: FlowRig, run: Accepted) -> list[str]:
    """Ids of the reactions that its history has, in order: those of one signal are an argument and a list."""
    history = await flow.handle(run).fetch_history()
    found = []
    for event in history.events:
        if event.HasField("workflow_execution_signaled_event_attributes"):
            first, *more = event.workflow_execution_signaled_event_attributes.input.payloads
            found.append(json.loads(first.data)["id"])
            found += [each["id"] for payload in more for each in json.loads(payload.data)]
    return found


async def test_two_dispatchers_signal_two_hundred_reactions_once_each(
    flow: FlowRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("starter.server.lane._BATCH", 25)
    await flow.publish("quiet", SEQUENCE)
    runs = []
    for number in range(RUNS):
        await flow.person(f"q{number}")
        runs.append(await flow.enroll("quiet", f"q{number}"))
    for run in runs:
        await flow.until_state(run, "active")
    # Nobody takes up the signals: their histories show what came.
    await flow.stop_worker(QUEUE)
    second = Dispatcher(flow.services)
    task = asyncio.create_task(second.run())
    expected: dict[str, list[str]] = {run.enrollment: [] for run in runs}
    for number in range(EACH):
        async with flow.services.database.transaction() as connection:
            for run in runs:
                key = f"{number}:{run.enrollment}"
                new = NewReaction(key, run.enrollment, "q", "opened", utc_now(), channel="email", holds=False)
                expected[run.enrollment].append(await write_reaction(connection, new))

    async def delivered() -> bool:
        rows = await flow.services.database.pool.fetchval("SELECT count(*) FROM reaction WHERE delivered_at IS NULL")
        return int(rows) == 0

    await flow.until(delivered)
    second.stop()
    await task
    assert {run.enrollment: await signals(flow, run) for run in runs} == expected


async def test_what_came_back_at_once_is_one_signal_and_handled_in_its_order(flow: FlowRig) -> None:
    await flow.publish("quiet", SEQUENCE)
    await flow.person("q1")
    run = await flow.enroll("quiet", "q1")
    await flow.until_state(run, "active")
    async with flow.services.database.transaction() as connection:
        told = [
            await write_reaction(
                connection,
                NewReaction(f"{number}", run.enrollment, "q1", "opened", utc_now(), channel="email", holds=False),
            )
            for number in range(EACH)
        ]

    async def handled() -> bool:
        rows = await flow.services.database.pool.fetchval("SELECT count(*) FROM reaction WHERE handled_at IS NULL")
        return int(rows) == 0

    await flow.until(handled)
    history = await flow.handle(run).fetch_history()
    assert sum(event.HasField("workflow_execution_signaled_event_attributes") for event in history.events) == 1
    assert await signals(flow, run) == told
    story = [row["key"] for row in await flow.rows("run_events", enrollment_id=run.enrollment)]
    assert [key for key in story if key in told] == told
    await flow.keep_history(run.workflow_id, "enrollment-several-at-once")
