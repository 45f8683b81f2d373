"""The emergency brake: nothing is sent to anybody, nothing is lost, and nothing goes twice when it is released."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest_asyncio
from temporalio.service import RPCError

from adapters.clock import utc_now
from adapters.temporal.bulk_control import TemporalBulk
from sequences.ids import bulk_control_workflow_id
from sequences.names import QUEUE, SEND_QUEUE
from sequences.runs.bulk import BulkState, HoldScope, Stage
from sequences.runs.hold import EVERYTHING_KEY
from services.operations.bulk import BulkControl, BulkRequest
from services.reading.run_story import timeline
from starter.local.mail_capture import list_mail
from tests.support.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from services.enrolling.enroll import Accepted
    from tests.support.rigs.flow import FlowRig

WORKFLOW = bulk_control_workflow_id(HoldScope.EVERYTHING, EVERYTHING_KEY)
STEPS = (
    "sequence: {name}\nname: Three\nrecord: person\nfrequency_cap: exempt\nsteps:\n"
    "  - {{id: one, email: bd/introduce}}\n"
    "  - {{id: two, when: 2 days after one, email: bd/remind}}\n"
    "  - {{id: three, when: 2 days after two, email: bd/remind}}\n"
)


@pytest_asyncio.fixture
async def braked(flow: FlowRig) -> AsyncIterator[FlowRig]:
    """One server serves all tests, and there is one hold on everything: none of its work outlives a test."""
    yield flow
    try:
        await flow.services.client.get_workflow_handle(WORKFLOW).terminate("end of test")
    except RPCError:
        return


def _control(flow: FlowRig) -> BulkControl:
    return BulkControl(flow.services.database, TemporalBulk(flow.services.client), utc_now)


async def _pause(flow: FlowRig, until: datetime | None = None) -> None:
    asked = BulkRequest(secrets.token_hex(4), 100, "wrong template", by="Dana", until=until)
    await _control(flow).pause(HoldScope.EVERYTHING, EVERYTHING_KEY, asked)


async def _done(flow: FlowRig) -> BulkState:
    orders = TemporalBulk(flow.services.client)
    found: list[BulkState] = []

    async def done() -> bool:
        state = await orders.progress(HoldScope.EVERYTHING, EVERYTHING_KEY)
        found[:] = [state]
        return state.stage == Stage.DONE and state.waiting is None

    await flow.until(done)
    return found[0]


async def _resume(flow: FlowRig, mode: str = "") -> BulkState:
    await _control(flow).resume(
        HoldScope.EVERYTHING, EVERYTHING_KEY, BulkRequest(secrets.token_hex(4), 100, mode=mode, by="Kim")
    )
    state: BulkState = await asyncio.wait_for(
        flow.services.client.get_workflow_handle(WORKFLOW, result_type=BulkState).result(), 60
    )
    return state


async def _mails(flow: FlowRig) -> Counter[str]:
    return Counter(mail.recipient for mail in list_mail(flow.mail.folder))


async def _attempted(flow: FlowRig, run: Accepted) -> bool:
    status = await flow.services.runs.status(run.workflow_id)
    return status.due is not None and status.due.why == "held"


async def test_nothing_is_sent_over_several_due_steps_nothing_is_lost_and_nothing_goes_twice(braked: FlowRig) -> None:
    flow = braked
    for name in ("brake-one", "brake-two"):
        await flow.publish(name, STEPS.format(name=name))
    await flow.write("owner", "kim", first_name="Kim", last_name="Owner", email="kim@agency.example")
    runs = []
    for number, name in enumerate(["brake-one", "brake-one", "brake-two"]):
        await flow.person(f"b{number}", owner_id="dana" if number else "kim")
        runs.append(await flow.enroll(name, f"b{number}"))
        await flow.until_step(runs[-1], "one")
    assert sum((await _mails(flow)).values()) == 3

    await _pause(flow)
    await _pause(flow)
    assert (await _done(flow)).left == 0
    assert [await flow.state(each) for each in runs] == ["paused"] * 3
    # Who enrolls meanwhile is accepted, and waits.
    await flow.person("b3")
    late = await flow.enroll("brake-two", "b3")
    await flow.until(lambda: _attempted(flow, late))
    # Both workers go and come back while the time of two steps passes.
    await flow.stop_worker(QUEUE)
    await flow.stop_worker(SEND_QUEUE)
    await flow.start_worker(SEND_QUEUE)
    await flow.start_worker(QUEUE)
    for each in runs:
        await flow.skip(each, days=5)
    # It is not paused yet: it asks again every five minutes.
    await flow.skip(late, minutes=6)
    # Replies are handled as ever: this one ends its run.
    await flow.reply(runs[0], "Please stop e-mailing me.")
    await flow.until_state(runs[0], "stopped")
    assert sum((await _mails(flow)).values()) == 3
    async with flow.services.database.transaction() as connection:
        (told,) = (await timeline(connection, runs[1].enrollment)).holds
        assert (told.scope, told.reason, told.asked_by) == ("everything", "wrong template", "Dana")
        assert (await timeline(connection, runs[0].enrollment)).holds == ()

    state = await _resume(flow)
    assert (state.failed, state.left) == ("", 0)
    await flow.until_step(late, "one")
    for each in runs[1:]:
        await flow.until_state(each, "active")
    # No flood: what was due in between was shifted by the hold, and is not sent at once.
    assert sum((await _mails(flow)).values()) == 4
    for step in ("two", "three"):
        for each in [*runs[1:], late]:
            await flow.skip(each, days=2, minutes=6)
            await flow.until_step(each, step)
    assert await _mails(flow) == {
        "b0@client.example": 1,
        "b1@client.example": 3,
        "b2@client.example": 3,
        "b3@client.example": 3,
    }
    rows = await flow.services.database.pool.fetch("SELECT asked_by, ended_by, reason FROM hold")
    assert [tuple(row) for row in rows] == [("Dana", "Kim", "wrong template")]


async def test_it_ends_by_itself_and_a_later_end_counts(braked: FlowRig) -> None:
    flow = braked
    await flow.publish("brake-until", STEPS.format(name="brake-until"))
    await flow.person()
    run = await flow.enroll("brake-until")
    await flow.until_step(run, "one")
    end = utc_now() + timedelta(days=1)
    await _pause(flow, end)
    assert (await _done(flow)).until == end
    await flow.until_state(run, "paused")
    await _pause(flow, end + timedelta(days=1))

    async def moved() -> bool:
        return (await _done(flow)).until == end + timedelta(days=1)

    await flow.until(moved)
    # The worker that waited for it is another one by then.
    await flow.stop_worker(QUEUE)
    await flow.start_worker(QUEUE)
    handle = flow.services.client.get_workflow_handle(WORKFLOW, result_type=BulkState)
    await flow.skipper.fast_forward(handle, timedelta(days=1, hours=1))
    assert await flow.state(run) == "paused"
    await flow.skipper.fast_forward(handle, timedelta(days=1))
    state = await asyncio.wait_for(handle.result(), PATIENCE)
    assert (state.order.kind, state.done, state.until) == ("resume", 1, None)
    await flow.until_state(run, "active")
    row = (await flow.services.database.pool.fetch("SELECT until, ended_at, ended_by FROM hold"))[0]
    assert (row["until"], row["ended_by"]) == (end + timedelta(days=1), "its end")
    assert row["ended_at"] >= row["until"]
    await flow.keep_history(WORKFLOW, "bulk-pause-until")
