"""The watch over rows and workflows: each way in which one of the two is lost, found by itself."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import ScheduleActionExecutionStartWorkflow, WorkflowExecutionStatus
from temporalio.service import RPCError

from adapters.clock import utc_now
from adapters.postgres import listings
from adapters.temporal.bulk_control import TemporalBulk
from adapters.temporal.executions import TemporalExecutions
from adapters.temporal.runs import TemporalRuns
from adapters.temporal.schedules import RUN_WATCH
from sequences.errors import RefusedError, UnavailableError
from sequences.ids import (
    bulk_control_workflow_id,
    late_reaction_workflow_id,
    rule_watcher_workflow_id,
    window_workflow_id,
)
from sequences.names import QUEUE
from sequences.runs.bulk import HoldScope
from sequences.runs.state import Command
from sequences.runs.whereabouts import Whereabouts
from services.auto_enroll import batches
from services.operations.bulk import BulkControl, BulkRequest
from services.runs.run_watch import RunWatch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from services.enrolling.enroll import Accepted
    from tests.support.rigs.flow import FlowRig

TERMINATED = "ended outside: terminated in Temporal"
GONE = "ended outside: Temporal does not know its workflow any more"


async def _row(flow: FlowRig, query: str) -> Any:
    return await flow.services.database.pool.fetchrow(query)


@pytest.fixture
def watch(flow: FlowRig) -> RunWatch:
    return RunWatch(flow.services.database, flow.services.runs, TemporalExecutions(flow.services.client))


async def _enrolled(flow: FlowRig, two_step: str, person: str = "p1") -> Accepted:
    await flow.publish("two-step", two_step)
    await flow.person(person)
    accepted = await flow.enroll("two-step", person)
    await flow.until_step(accepted, "one")
    return accepted


async def _reason(flow: FlowRig, accepted: Accepted) -> tuple[str, str | None]:
    row = await flow.row("enrollment_row", id=accepted.enrollment)
    assert row is not None
    return row["state"], row["reason"]


async def _delete(flow: FlowRig, workflow_id: str) -> None:
    client = flow.services.client
    await client.workflow_service.delete_workflow_execution(
        DeleteWorkflowExecutionRequest(
            namespace=client.namespace, workflow_execution=WorkflowExecution(workflow_id=workflow_id)
        )
    )

    async def unknown() -> bool:
        return await TemporalExecutions(client).whereabouts(workflow_id) is Whereabouts.GONE

    await flow.until(unknown)


async def _until_found(flow: FlowRig, watch: RunWatch, accepted: Accepted) -> None:
    """Temporal's lists lag by a moment; a pass comes twice a minute."""

    async def found() -> bool:
        await watch.pass_over(utc_now())
        return (await flow.state(accepted)) == "stopped"

    await flow.until(found)


# --- a row without its workflow ---------------------------------------------------------------------------------------


async def test_a_terminated_run_is_closed_and_its_owner_told(flow: FlowRig, watch: RunWatch, two_step: str) -> None:
    accepted, other = await _enrolled(flow, two_step), await _enrolled(flow, two_step, "p2")
    await flow.handle(accepted).terminate("an operator")
    await _until_found(flow, watch, accepted)
    assert await _reason(flow, accepted) == ("stopped", TERMINATED)
    assert await flow.steps(accepted) == {"one": "sent", "two": "cancelled"}
    told = [
        row["kind"] for row in await flow.listed(listings.NOTIFICATIONS) if row["enrollment_id"] == accepted.enrollment
    ]
    assert told == ["run_ended"]
    assert await flow.state(other) == "active"
    assert (await watch.pass_over(utc_now())).closed == 0


async def test_a_run_that_timed_out_is_closed(flow: FlowRig, watch: RunWatch, two_step: str) -> None:
    """No run of ours has a time-out; somebody may have started one again by hand."""
    accepted = await _enrolled(flow, two_step)
    state = await flow.services.runs.status(accepted.workflow_id)
    await flow.handle(accepted).terminate("to be started by hand")
    handle = await flow.services.client.start_workflow(
        "EnrollmentWorkflow", state, id=accepted.workflow_id, task_queue=QUEUE, execution_timeout=timedelta(seconds=1)
    )

    async def over() -> bool:
        return (await handle.describe()).status is WorkflowExecutionStatus.TIMED_OUT

    await flow.until(over)
    await _until_found(flow, watch, accepted)
    assert await _reason(flow, accepted) == ("stopped", "ended outside: timed out in Temporal")


async def test_a_deleted_run_is_found_by_the_slow_round(flow: FlowRig, watch: RunWatch, two_step: str) -> None:
    accepted = await _enrolled(flow, two_step)
    await flow.handle(accepted).terminate("an operator")
    await _delete(flow, accepted.workflow_id)
    await _until_found(flow, watch, accepted)
    assert await _reason(flow, accepted) == ("stopped", GONE)


async def test_what_ended_while_nobody_looked_is_found_too(flow: FlowRig, watch: RunWatch, two_step: str) -> None:
    """The watch remembers up to when it has looked: a worker may be down for a night."""
    accepted = await _enrolled(flow, two_step)
    await flow.services.database.pool.execute("UPDATE run_watch SET looked_at = now() - interval '10 hours'")
    await flow.handle(accepted).terminate("an operator")
    await _until_found(flow, watch, accepted)
    assert await _reason(flow, accepted) == ("stopped", TERMINATED)


async def test_a_row_that_is_still_starting_is_left_to_the_dispatcher(
    flow: FlowRig, watch: RunWatch, two_step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def is_away(*_: object) -> bool:
        raise UnavailableError("Temporal is away in this test")

    await flow.stop_worker(QUEUE)
    await flow.publish("two-step", two_step)
    await flow.person()
    with monkeypatch.context() as patched:
        patched.setattr(TemporalRuns, "start", is_away)
        accepted = await flow.enroll("two-step")
        found = await watch.pass_over(utc_now())
    assert found.closed == 0
    await flow.start_worker(QUEUE)
    await flow.until_step(accepted, "one")


async def test_a_run_that_continues_as_new_all_the_time_is_never_taken_for_gone(
    flow: FlowRig, watch: RunWatch, two_step: str
) -> None:
    """Between a run and its successor there is no gap to fall into: the id always has an open one."""
    accepted = await _enrolled(flow, two_step)
    where = [await flow.services.runs.whereabouts(accepted.workflow_id, accepted.enrollment) for _ in range(20)]
    assert set(where) == {Whereabouts.OPEN}
    assert (await watch.look_at_all(utc_now())).closed == 0
    assert await flow.state(accepted) == "active"


async def _lose_all(flow: FlowRig, two_step: str, number: int) -> list[str]:
    """Rows whose workflows Temporal never knew: as if the worker asked in another namespace."""
    await flow.publish("two-step", two_step)
    await flow.services.database.pool.execute(
        "INSERT INTO enrollment (id, workflow_id, sequence, version, record_type, record_id, person_id, via, state,"
        " enrolled_at, started_at) SELECT 'elost' || to_char(n, 'FM000000'), 'enrollment:two-step:lost' || n,"
        " 'two-step', 1, 'person', 'lost' || n, 'lost' || n, 'hand', 'active', now(), now()"
        " FROM generate_series(1, $1) AS n",
        number,
    )
    rows = await flow.services.database.pool.fetch("SELECT id FROM enrollment ORDER BY id")
    return [row["id"] for row in rows]


async def test_many_unknown_runs_are_not_closed_before_a_person_says_so(
    flow: FlowRig, watch: RunWatch, two_step: str
) -> None:
    """A wrong namespace can be corrected; three hundred thousand closed runs cannot."""
    lost = await _lose_all(flow, two_step, 25)
    found = await watch.pass_over(utc_now())
    assert found.closed == 0
    assert "does not know 25 of 25 open runs" in found.trouble
    assert "relance reconcile --gone" in found.trouble
    row = await _row(flow, "SELECT trouble FROM run_watch")
    assert row["trouble"] == found.trouble
    certain = await watch.look_at_all(utc_now(), certain=True)
    assert (certain.closed, certain.trouble) == (25, "")
    reasons = {row["reason"] for each in lost if (row := await flow.row("enrollment_row", id=each))}
    assert reasons == {GONE}
    await watch.pass_over(utc_now())
    row = await _row(flow, "SELECT trouble FROM run_watch")
    assert row["trouble"] is None


async def test_a_few_unknown_runs_are_closed(flow: FlowRig, watch: RunWatch, two_step: str) -> None:
    await _lose_all(flow, two_step, 5)
    assert (await watch.pass_over(utc_now())).closed == 5


# --- a workflow without its row ---------------------------------------------------------------------------------------


async def test_a_workflow_that_did_not_hear_of_the_end_hears_of_it(
    flow: FlowRig, watch: RunWatch, two_step: str
) -> None:
    accepted = await _enrolled(flow, two_step)
    await flow.services.database.pool.execute(
        "UPDATE enrollment SET state = 'stopped', reason = 'by SQL', ended_at = now() - interval '5 minutes'"
    )
    later = utc_now() + timedelta(minutes=2)

    async def found() -> bool:
        return (await watch.pass_over(later)).ended == 1

    await flow.until(found)
    assert await flow.handle(accepted).result() == "by SQL"
    assert (await flow.handle(accepted).describe()).status is WorkflowExecutionStatus.COMPLETED


async def test_a_workflow_whose_row_is_gone_is_ended_with_the_reason(
    flow: FlowRig, watch: RunWatch, two_step: str
) -> None:
    accepted = await _enrolled(flow, two_step)
    for statement in ("send_link", "send", "enrollment_event", "enrollment_step", "enrollment"):
        await flow.services.database.pool.execute(f"TRUNCATE {statement} CASCADE")
    later = utc_now() + timedelta(minutes=2)

    async def over() -> bool:
        await watch.pass_over(later)
        return (await flow.handle(accepted).describe()).status is WorkflowExecutionStatus.TERMINATED

    await flow.until(over)
    history = await flow.handle(accepted).fetch_history()
    assert history.events[-1].workflow_execution_terminated_event_attributes.reason == "its row is gone from Postgres"


async def test_the_workflow_of_the_run_before_makes_room_for_the_next_one(
    flow: FlowRig, watch: RunWatch, two_step: str
) -> None:
    """It does not know that its row is closed, and holds the id that the next run of the record needs."""
    before = await _enrolled(flow, two_step)
    await flow.services.database.pool.execute(
        "UPDATE enrollment SET state = 'stopped', reason = 'by SQL', ended_at = now() - interval '5 minutes'"
    )
    after = await flow.enroll("two-step")
    later = utc_now() + timedelta(minutes=2)

    async def entered() -> bool:
        await watch.pass_over(later)
        return (await flow.steps(after)).get("one") == "sent"

    await flow.until(entered)
    assert await _reason(flow, before) == ("stopped", "by SQL")
    assert await flow.state(after) == "active"


# --- windows ----------------------------------------------------------------------------------------------------------

RULED = """
sequence: {name}
name: Ruled
record: person
frequency_cap: exempt
steps:
  - {{id: one, email: bd/introduce}}
auto_enroll:
  real: {{person.status: [Hot]}}
  prevent_reenrollment_within: 3 days
"""


@pytest_asyncio.fixture
async def window(flow: FlowRig) -> AsyncIterator[dict[str, Any]]:
    name = f"watched-window-{secrets.token_hex(4)}"
    await flow.publish(name, RULED.format(name=name))
    async with flow.services.database.transaction() as connection:
        await batches.switch_on(connection, await flow.services.versions.get(connection, name), utc_now())
    await flow.person(status="Hot")

    async def opened() -> bool:
        rows = await flow.services.database.pool.fetch("SELECT 1 FROM reenrollment_window WHERE state = 'open'")
        return len(rows) == 1

    await flow.until(opened)
    yield dict(await _row(flow, "SELECT * FROM reenrollment_window"))


@pytest.mark.parametrize("ending", ["terminated", "deleted"])
async def test_a_window_whose_workflow_was_ended_stands_behind_a_new_one(
    flow: FlowRig, watch: RunWatch, window: dict[str, Any], ending: str
) -> None:
    """The ledger has the last word: nobody slips in, and nobody is kept out for longer than it says."""
    gate = flow.services.client.get_workflow_handle(window_workflow_id(window["sequence"], "p1"))
    await gate.terminate("an operator")
    if ending == "deleted":
        await _delete(flow, window_workflow_id(window["sequence"], "p1"))

    async def stands_again() -> bool:
        await watch.pass_over(utc_now())
        flow.dispatcher.wake()
        try:
            return (await gate.describe()).status is WorkflowExecutionStatus.RUNNING
        except RPCError:
            return False

    await flow.until(stands_again)
    row = await _row(flow, "SELECT * FROM reenrollment_window")
    assert (row["state"], row["until"]) == ("open", window["until"])
    assert row["reason"] == f"{TERMINATED if ending == 'terminated' else GONE}; started again"
    await flow.skipper.fast_forward(gate, timedelta(days=3, hours=1))
    await gate.result()
    row = await _row(flow, "SELECT * FROM reenrollment_window")
    assert (row["state"], row["reason"]) == ("ended", "over")


async def test_a_window_that_nobody_ended_is_over_when_its_time_is(
    flow: FlowRig, watch: RunWatch, window: dict[str, Any]
) -> None:
    gate = flow.services.client.get_workflow_handle(window_workflow_id(window["sequence"], "p1"))
    await gate.terminate("an operator")
    found = await watch.pass_over(window["until"] + timedelta(hours=1))
    assert (found.lapsed, found.gates) == (1, 0)
    row = await _row(flow, "SELECT * FROM reenrollment_window")
    assert (row["state"], row["reason"], row["ended_at"]) == ("ended", "over", window["until"])


# --- what else may be lost --------------------------------------------------------------------------------------------


async def test_a_late_reply_whose_workflow_was_terminated_is_taken_up_again(
    flow: FlowRig, watch: RunWatch, two_step: str
) -> None:
    accepted = await _enrolled(flow, two_step)
    await flow.services.runs.command(accepted.workflow_id, Command("s", "stop", "enough"))
    await flow.stop_worker(QUEUE)
    await flow.reply(accepted, "Tell me more")

    async def handed_over() -> bool:
        rows = await flow.rows("reactions_of", enrollment_id=accepted.enrollment)
        return bool(rows) and rows[0]["late"]

    await flow.until(handed_over)
    [reaction] = await flow.rows("reactions_of", enrollment_id=accepted.enrollment)
    await flow.services.client.get_workflow_handle(late_reaction_workflow_id(reaction["id"])).terminate("an operator")
    await flow.start_worker(QUEUE)
    assert (await watch.pass_over(utc_now())).late == 0
    assert (await watch.pass_over(utc_now() + timedelta(minutes=10))).late == 1

    async def handled() -> bool:
        rows = await flow.rows("reactions_of", enrollment_id=accepted.enrollment)
        return rows[0]["handled_at"] is not None

    await flow.until(handled)


async def test_the_schedule_runs_the_watch(flow: FlowRig, two_step: str) -> None:
    accepted = await _enrolled(flow, two_step)
    await RUN_WATCH.ensure(flow.services.client)
    schedule = flow.services.client.get_schedule_handle(RUN_WATCH.schedule)
    try:
        found = (await schedule.describe()).schedule
        assert found.spec.intervals[0].every == timedelta(seconds=30)
        await flow.handle(accepted).terminate("an operator")

        async def closed() -> bool:
            await schedule.trigger()
            return await flow.state(accepted) == "stopped"

        await flow.until(closed)
        action = (await schedule.describe()).info.recent_actions[-1].action
        assert isinstance(action, ScheduleActionExecutionStartWorkflow)
        await flow.services.client.get_workflow_handle(action.workflow_id).result()
        await flow.keep_history(action.workflow_id, "run-watch")
    finally:
        await schedule.delete()


async def test_a_run_that_0_1_began_goes_on_and_is_known_by_its_history(
    flow: FlowRig, watch: RunWatch, two_step: str
) -> None:
    """It has no memo and no RelancePerson, and its payload no person."""
    await flow.stop_worker(QUEUE)
    await flow.publish("two-step", two_step)
    await flow.person()
    accepted = await flow.enroll("two-step")
    await flow.handle(accepted).terminate("to be begun as 0.1 did")
    old = {"enrollment": accepted.enrollment, "sequence": "two-step", "version": 1, "record": "p1", "owner": "dana"}
    await flow.services.client.start_workflow("EnrollmentWorkflow", old, id=accepted.workflow_id, task_queue=QUEUE)
    await flow.start_worker(QUEUE)
    await flow.until_step(accepted, "one")
    runs = flow.services.runs
    assert await runs.whereabouts(accepted.workflow_id, accepted.enrollment) is Whereabouts.OPEN
    assert await runs.whereabouts(accepted.workflow_id, "eanother00000") is Whereabouts.REPLACED
    found = await watch.look_at_all(utc_now() + timedelta(minutes=2))
    assert (found.closed, found.ended) == (0, 0)
    await flow.skip(accepted, days=2, hours=2)
    await flow.until_step(accepted, "two")


async def test_a_watcher_that_was_terminated_is_started_by_the_next_change(
    flow: FlowRig, window: dict[str, Any]
) -> None:
    watcher = flow.services.client.get_workflow_handle(rule_watcher_workflow_id())
    await watcher.terminate("an operator")
    await flow.person("p2", status="Hot")

    async def entered() -> bool:
        rows = await flow.listed(listings.ENROLLMENTS, sequence=window["sequence"], state=["active"])
        return "p2" in {row["record_id"] for row in rows}

    await flow.until(entered)
    await flow.services.client.get_workflow_handle(window_workflow_id(window["sequence"], "p2")).terminate(
        "end of test"
    )


async def test_an_order_that_was_terminated_says_so_and_the_next_one_does_it_all(flow: FlowRig, two_step: str) -> None:
    accepted = await _enrolled(flow, two_step)
    control = BulkControl(flow.services.database, TemporalBulk(flow.services.client), utc_now)
    await flow.stop_worker(QUEUE)
    await control.pause(HoldScope.SEQUENCE, "two-step", BulkRequest(nonce=secrets.token_hex(4), reason="", rate=100))
    workflow_id = bulk_control_workflow_id(HoldScope.SEQUENCE, "two-step")
    await flow.services.client.get_workflow_handle(workflow_id).terminate("an operator")
    await flow.start_worker(QUEUE)
    with pytest.raises(RefusedError, match="ended outside: terminated in Temporal; give it again"):
        await control.orders.progress(HoldScope.SEQUENCE, "two-step")
    # The hold stands all the same, and an order about it finds it.
    assert await flow.row("standing_hold", scope="sequence", key="two-step") is not None
    await control.resume(
        HoldScope.SEQUENCE, "two-step", BulkRequest(nonce=secrets.token_hex(4), reason="", mode="", rate=100)
    )

    async def ended() -> bool:
        return await flow.row("standing_hold", scope="sequence", key="two-step") is None

    await flow.until(ended)
    await flow.until_state(accepted, "active")
