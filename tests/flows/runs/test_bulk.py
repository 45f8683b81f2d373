"""Everything of one sequence or one owner is paused and resumed: at once, without a flood, nobody forgotten."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest
from temporalio.worker import UnsandboxedWorkflowRunner

from adapters.clock import utc_now
from adapters.temporal.bulk_control import TemporalBulk
from adapters.temporal.runs import TemporalRuns
from sequences.errors import NotFoundError, RefusedError
from sequences.ids import bulk_control_workflow_id
from sequences.names import QUEUE
from sequences.runs import bulk
from sequences.runs.bulk import BulkOrder, BulkState, HoldScope, Stage
from sequences.runs.state import Command, CommandAnswer
from services.operations.bulk import BulkControl, BulkRequest
from starter.local.mail_capture import list_mail
from tests.support.waiting import PATIENCE
from workflows import bulk_control

if TYPE_CHECKING:
    from services.enrolling.enroll import Accepted
    from tests.support.rigs.flow import FlowRig

RATE = 5
LATER = (
    "sequence: {name}\nname: Later\nrecord: person\nfrequency_cap: exempt\nsteps:\n"
    "  - {{id: one, when: 2 days after enrollment, email: bd/introduce}}\n"
    "  - {{id: two, when: 2 days after one, email: bd/remind}}\n"
)


def _control(flow: FlowRig) -> BulkControl:
    return BulkControl(flow.services.database, TemporalBulk(flow.services.client), utc_now)


async def _pause(flow: FlowRig, scope: HoldScope, key: str, rate: int = 100) -> BulkOrder:
    return await _control(flow).pause(scope, key, BulkRequest(nonce=secrets.token_hex(4), reason="holiday", rate=rate))


async def _resume(flow: FlowRig, scope: HoldScope, key: str, rate: int = 100, mode: str = "") -> BulkOrder:
    return await _control(flow).resume(
        scope, key, BulkRequest(nonce=secrets.token_hex(4), reason="", mode=mode, rate=rate)
    )


async def _over(flow: FlowRig, scope: HoldScope, key: str) -> BulkState:
    handle = flow.services.client.get_workflow_handle(bulk_control_workflow_id(scope, key), result_type=BulkState)
    state: BulkState = await asyncio.wait_for(handle.result(), PATIENCE)
    return state


async def _sql(flow: FlowRig, statement: str, *values: object) -> list[Any]:
    connection = await asyncpg.connect(flow.services.settings.database_url)
    try:
        return list(await connection.fetch(statement, *values))
    finally:
        await connection.close()


async def _enroll(flow: FlowRig, name: str, numbers: range, **more: object) -> list[Accepted]:
    runs = []
    for number in numbers:
        await flow.person(f"p{number}", **more)
        runs.append(await flow.enroll(name, f"p{number}"))
    for each in runs:
        await flow.until_step(each, "one", "planned")
    return runs


async def _sent(flow: FlowRig) -> int:
    return len(list_mail(flow.mail.folder))


def _beginnings_of_commands(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Notes when each command leaves for the server, in seconds. The server's own times hold its delay, too."""
    begun: list[float] = []
    command = TemporalRuns.command

    async def noted(self: TemporalRuns, workflow_id: str, order: Command) -> CommandAnswer:
        begun.append(asyncio.get_running_loop().time())
        return await command(self, workflow_id, order)

    monkeypatch.setattr(TemporalRuns, "command", noted)
    return begun


async def test_a_sequence_is_paused_and_resumed_at_a_rate_and_a_hand_paused_run_stays_paused(
    flow: FlowRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "later-rate"
    await flow.publish(name, LATER.format(name=name))
    runs = await _enroll(flow, name, range(12))
    by_hand, others = runs[0], runs[1:]
    await flow.services.runs.command(by_hand.workflow_id, Command("hand", "pause", "their wish"))
    await _pause(flow, HoldScope.SEQUENCE, name)
    state = await _over(flow, HoldScope.SEQUENCE, name)
    assert (state.stage, state.done, state.left) == (Stage.DONE, 11, 0)
    assert [await flow.state(each) for each in runs] == ["paused"] * 12
    held = await _sql(flow, "SELECT enrollment_id FROM hold_run")
    assert {row["enrollment_id"] for row in held} == {each.enrollment for each in others}
    for each in runs:
        await flow.skip(each, days=3)
    assert await _sent(flow) == 0

    begun = _beginnings_of_commands(monkeypatch)
    await _resume(flow, HoldScope.SEQUENCE, name, RATE)
    state = await _over(flow, HoldScope.SEQUENCE, name)
    assert (state.stage, state.done, state.left) == (Stage.DONE, 11, 0)
    assert await flow.state(by_hand) == "paused"
    assert [await flow.state(each) for each in others] == ["active"] * 11
    assert await _sql(flow, "SELECT 1 FROM hold_run") == []
    # The default is to shift: three days of pause later nothing is due at once.
    assert await _sent(flow) == 0
    spread = [later - earlier for earlier, later in zip(begun, begun[RATE:], strict=False)]
    # Six commands in a row take a second at least; a quarter of it is left for a busy loop. Twice the rate shows.
    assert len(begun) == 11
    assert min(spread) > 0.75, spread

    for each in others:
        await flow.skip(each, days=2, minutes=5)
        await flow.until_step(each, "one")
    await flow.skip(by_hand, days=9)
    assert await _sent(flow) == 11
    recipients = await _sql(flow, "SELECT enrollment_id, count(*) AS n FROM send WHERE state = 'sent' GROUP BY 1")
    assert {row["enrollment_id"]: row["n"] for row in recipients} == {each.enrollment: 1 for each in others}


async def test_who_enrolls_under_a_hold_sends_nothing_and_is_paused_before_the_hold_ends(flow: FlowRig) -> None:
    name = "at-once"
    text = LATER.format(name=name).replace("when: 2 days after enrollment, ", "")
    await flow.publish(name, text)
    await _pause(flow, HoldScope.SEQUENCE, name)
    await _over(flow, HoldScope.SEQUENCE, name)
    runs = await _enroll(flow, name, range(6))

    async def tried() -> bool:
        return all([await _attempted(flow, each) for each in runs])

    await flow.until(tried)
    assert await _sent(flow) == 0
    assert [await flow.state(each) for each in runs] == ["active"] * 6
    rows = await flow.rows("calendar_steps_of_sequence", start=None, stop=None, sequence=name, owner=None, limit=99)
    assert {(row["state"], row["held"]) for row in rows} == {("active", True)}
    # The run asks again every five minutes, and is refused again.
    await flow.skip(runs[0], minutes=6)
    assert await _sent(flow) == 0

    await _resume(flow, HoldScope.SEQUENCE, name)
    await _over(flow, HoldScope.SEQUENCE, name)
    for each in runs:
        await flow.until_step(each, "one")
        kinds = [row["kind"] for row in await flow.rows("run_events", enrollment_id=each.enrollment)]
        assert kinds[:2] == ["pause", "resume"]
    assert await _sent(flow) == 6


async def _attempted(flow: FlowRig, run: Accepted) -> bool:
    status = await flow.services.runs.status(run.workflow_id)
    return status.due is not None and status.due.why == "held"


async def test_of_two_holds_the_second_keeps_what_the_first_paused(flow: FlowRig) -> None:
    first, second = "later-first", "later-second"
    for name in (first, second):
        await flow.publish(name, LATER.format(name=name))
    both = (await _enroll(flow, first, range(1)))[0]
    other = (await _enroll(flow, second, range(1, 2)))[0]
    await _pause(flow, HoldScope.SEQUENCE, first)
    await _over(flow, HoldScope.SEQUENCE, first)
    await _pause(flow, HoldScope.OWNER, "dana")
    await _over(flow, HoldScope.OWNER, "dana")
    assert [await flow.state(each) for each in (both, other)] == ["paused", "paused"]
    await _resume(flow, HoldScope.SEQUENCE, first)
    state = await _over(flow, HoldScope.SEQUENCE, first)
    assert (state.done, await flow.state(both)) == (0, "paused")
    await _resume(flow, HoldScope.OWNER, "dana", mode="skip")
    state = await _over(flow, HoldScope.OWNER, "dana")
    assert state.done == 2
    assert [await flow.state(each) for each in (both, other)] == ["active", "active"]


async def test_a_pause_takes_over_from_a_resume_under_way_and_forgets_nobody(flow: FlowRig) -> None:
    name = "later-over"
    await flow.publish(name, LATER.format(name=name))
    runs = await _enroll(flow, name, range(8))
    await _pause(flow, HoldScope.SEQUENCE, name)
    await _over(flow, HoldScope.SEQUENCE, name)
    # One a second, pages of five: the newer order is heard after the first page.
    await _resume(flow, HoldScope.SEQUENCE, name, 1)

    async def some_resumed() -> bool:
        return "active" in [await flow.state(each) for each in runs]

    await flow.until(some_resumed)
    await _pause(flow, HoldScope.SEQUENCE, name)
    await _over(flow, HoldScope.SEQUENCE, name)
    assert [await flow.state(each) for each in runs] == ["paused"] * 8
    await _resume(flow, HoldScope.SEQUENCE, name)
    assert (await _over(flow, HoldScope.SEQUENCE, name)).done == 8
    assert [await flow.state(each) for each in runs] == ["active"] * 8


async def test_what_makes_no_sense_is_refused_and_the_same_order_again_changes_nothing(flow: FlowRig) -> None:
    name = "later-sense"
    await flow.publish(name, LATER.format(name=name))
    run = (await _enroll(flow, name, range(1)))[0]
    with pytest.raises(NotFoundError):
        await _pause(flow, HoldScope.SEQUENCE, "no-such")
    with pytest.raises(NotFoundError):
        await _pause(flow, HoldScope.OWNER, "nobody")
    with pytest.raises(RefusedError):
        await _resume(flow, HoldScope.SEQUENCE, name)
    for _ in range(2):
        await _control(flow).pause(HoldScope.SEQUENCE, name, BulkRequest(nonce="same", reason="", rate=100))
        await _over(flow, HoldScope.SEQUENCE, name)
    assert len(await _sql(flow, "SELECT 1 FROM hold")) == 1
    assert len(await flow.rows("pauses_of", enrollment_id=run.enrollment)) == 1
    # A person resumes one run under the hold: it may run, and still sends nothing.
    await flow.services.runs.command(run.workflow_id, Command("hand", "resume"))
    await flow.skip(run, days=2, minutes=1)

    async def tried() -> bool:
        return await _attempted(flow, run)

    await flow.until(tried)
    assert await _sent(flow) == 0
    await _resume(flow, HoldScope.SEQUENCE, name)
    assert (await _over(flow, HoldScope.SEQUENCE, name)).done == 1
    await flow.until_step(run, "one")
    with pytest.raises(RefusedError):
        await _resume(flow, HoldScope.SEQUENCE, name)


async def test_an_order_that_continues_as_new_after_every_page_forgets_nobody(
    flow: FlowRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The sandbox would import the workflow afresh and not see that a page is one run and a run one page.
    flow.runner = UnsandboxedWorkflowRunner()
    monkeypatch.setattr(bulk_control, "_PAGES_A_RUN", 1)
    monkeypatch.setattr(bulk, "_LARGEST_PAGE", 1)
    await flow.stop_worker(QUEUE)
    await flow.start_worker(QUEUE)
    await flow.publish("later", LATER.format(name="later"))
    runs = await _enroll(flow, "later", range(5))
    await _pause(flow, HoldScope.SEQUENCE, "later")
    paused = await _over(flow, HoldScope.SEQUENCE, "later")
    assert (paused.done, paused.continued) == (5, 5)
    for each in runs:
        await flow.until_state(each, "paused")
    await _resume(flow, HoldScope.SEQUENCE, "later")
    resumed = await _over(flow, HoldScope.SEQUENCE, "later")
    assert resumed.stage == Stage.DONE
    assert resumed.continued >= 5
    for each in runs:
        await flow.until_state(each, "active")
