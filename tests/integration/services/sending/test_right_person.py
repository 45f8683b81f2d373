"""The claim and the step ask whose message it is, also when no reaction has told the run of anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from temporalio.testing import ActivityEnvironment

from sequences.runs.state import StepCall
from tests.support.rigs.send import NOW, SendRig, send_rig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from services.runs.planning import RunContext

GONE = {
    "another person": ("UPDATE placement SET person_id = 'other'", "the placement has another person"),
    "placement deleted": ("UPDATE placement SET deleted_at = now()", "the record was deleted"),
    "person deleted": ("UPDATE person SET deleted_at = now() WHERE id = 'p1'", "the record was deleted"),
    "person merged": ("UPDATE person SET deleted_at = now(), merged_into = 'x' WHERE id = 'p1'", "merged"),
}


@pytest_asyncio.fixture
async def rig(database_url: str) -> AsyncIterator[SendRig]:
    async with send_rig(database_url) as found:
        await found.publish("seq")
        yield found


async def about_a_placement(rig: SendRig) -> RunContext:
    context = await rig.ready("seq")
    await rig.database.pool.execute("INSERT INTO placement (id, person_id) VALUES ('pl1', 'p1')")
    await rig.database.pool.execute("UPDATE enrollment SET record_type = 'placement', record_id = 'pl1'")
    return context


async def take(rig: SendRig, context: RunContext) -> Any:
    return await ActivityEnvironment().run(rig.steps().take_step, StepCall(context.run.id, "one", NOW))


async def test_nothing_in_the_way_and_it_goes(rig: SendRig) -> None:
    context = await about_a_placement(rig)
    assert (await rig.send(context)).state == "sent"  # type: ignore[union-attr]
    assert rig.wire.handed == ["p1@client.example"]


@pytest.mark.parametrize("case", GONE)
async def test_the_claim_refuses_by_itself(rig: SendRig, case: str) -> None:
    context = await about_a_placement(rig)
    await rig.database.pool.execute(GONE[case][0])
    outcome = await rig.send(context)
    assert not hasattr(outcome, "state")
    assert rig.wire.handed == []


@pytest.mark.parametrize("case", GONE)
async def test_the_step_ends_the_run(rig: SendRig, case: str) -> None:
    statement, reason = GONE[case]
    context = await about_a_placement(rig)
    await rig.database.pool.execute(statement)
    due = await take(rig, context)
    assert (due.closed, due.reason) == (True, reason)
    assert rig.wire.handed == []
    (run,) = await rig.fetch("SELECT state, reason FROM enrollment")
    assert (run["state"], run["reason"]) == ("stopped", reason)


async def test_a_message_written_for_somebody_else_is_refused_and_told(rig: SendRig) -> None:
    context = await rig.ready("seq")
    await rig.database.pool.execute("UPDATE send SET person_id = 'other'")
    outcome = await rig.send(context)
    assert (outcome.state, outcome.tell) == ("refused", True)  # type: ignore[union-attr]
    assert rig.wire.handed == []
