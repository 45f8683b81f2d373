"""Every activity made to fail for good: the step or the run ends with a reason, and never the workflow alone."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from temporalio import activity
from temporalio.client import ScheduleActionExecutionStartWorkflow, WorkflowExecutionStatus, WorkflowFailureError
from temporalio.exceptions import ApplicationError

from activities import failures
from adapters.clock import utc_now
from adapters.postgres import listings
from adapters.temporal.bulk_control import TemporalBulk
from adapters.temporal.schedules import MAILBOX_RETRY, NOTIFICATION_MAILS, RECONCILIATION, Passes
from sequences.errors import RefusedError
from sequences.ids import late_reaction_workflow_id, rule_watcher_workflow_id, window_workflow_id
from sequences.names import (
    BEGIN_BULK,
    BEGIN_RUN,
    BEGIN_SCAN,
    CARRY_OUT_COMMAND,
    CONTROL_PAGE,
    END_WINDOW,
    FINISH_RUN,
    HANDLE_REACTION,
    MAIL_NOTIFICATIONS,
    QUEUE,
    RECONCILE_SENDS,
    RELEASE_HOLD,
    RETRY_MAILBOXES,
    SCAN_PAGE,
    SCORE_REPLY,
    TAKE_STEP,
    WATCH_CHANGES,
)
from sequences.runs.bulk import HoldScope, Stage
from sequences.runs.state import Command
from services.auto_enroll import batches
from services.operations.bulk import BulkControl, BulkRequest

if TYPE_CHECKING:
    from services.enrolling.enroll import Accepted
    from tests.support.rigs.flow import FlowRig

WHY = "this one is broken"


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Names of activities that fail for good, or ``name:step`` for one step only."""
    names: set[str] = set()
    healthy = failures._Mapping.execute_activity

    async def execute(self: Any, given: Any) -> Any:
        info = activity.info()
        step = getattr(given.args[0], "step", "") if given.args else ""
        if {info.activity_type, f"{info.activity_type}:{step}"} & names:
            raise ApplicationError(WHY, type="NotFoundError", non_retryable=True)
        return await healthy(self, given)

    monkeypatch.setattr(failures._Mapping, "execute_activity", execute)
    return names


async def _entered(flow: FlowRig, text: str, step: str | None = "one") -> Accepted:
    await flow.publish("two-step", text)
    await flow.person()
    accepted = await flow.enroll("two-step")
    if step:
        await flow.until_step(accepted, step)
    return accepted


async def _row(flow: FlowRig, accepted: Accepted) -> dict[str, Any]:
    row = await flow.row("enrollment_row", id=accepted.enrollment)
    assert row is not None
    return row


async def _told(flow: FlowRig) -> list[str]:
    return [row["title"] for row in await flow.listed(listings.NOTIFICATIONS) if row["owner_id"] == "dana"]


async def _ended_well(flow: FlowRig, accepted: Accepted, reason: str) -> None:
    """The workflow completes, the row is closed with the reason, the owner knows, and the record may enter again."""
    assert await flow.handle(accepted).result() == reason
    row = await _row(flow, accepted)
    assert (row["state"], row["reason"]) == ("stopped", reason)
    assert "planned" not in (await flow.steps(accepted)).values()
    assert f"Two steps: the run ended, {reason}: Alex Example" in await _told(flow)
    again = await flow.enroll("two-step")
    assert again.enrollment != accepted.enrollment


async def test_a_run_that_cannot_begin(
    flow: FlowRig, two_step: str, broken: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def plans_nothing(*_: object) -> tuple[list[object], list[object]]:
        """As if its record were being changed at this moment: the run has to plan itself."""
        return [], []

    monkeypatch.setattr("services.enrolling.enroll.planned_rows", plans_nothing)
    broken.add(BEGIN_RUN)
    accepted = await _entered(flow, two_step, step=None)
    await _ended_well(flow, accepted, f"it could not start: {WHY}")


async def test_a_step_that_cannot_be_taken_fails_and_the_next_one_goes(
    flow: FlowRig, two_step: str, broken: set[str]
) -> None:
    broken.add(f"{TAKE_STEP}:one")
    # By itself a reminder of a mail that never went does not go either.
    accepted = await _entered(flow, f"{two_step}if_undelivered: continue\n", step=None)
    await flow.until_step(accepted, "one", "failed")
    assert await flow.steps(accepted) == {"one": "failed", "two": "planned"}
    assert f"Two steps: one: failed ({WHY}): Alex Example" in await _told(flow)
    await flow.skip(accepted, days=2, hours=2)
    await flow.until_step(accepted, "two")
    assert await flow.state(accepted) == "active"
    await flow.keep_history(accepted.workflow_id, "enrollment-step-fails")


async def test_every_step_fails_and_the_run_still_finishes(flow: FlowRig, two_step: str, broken: set[str]) -> None:
    broken.add(TAKE_STEP)
    accepted = await _entered(flow, two_step, step=None)
    await flow.until_step(accepted, "one", "failed")
    await flow.skip(accepted, days=2, hours=2)
    await flow.until_step(accepted, "two", "failed")
    await flow.skip(accepted, days=31)
    assert await flow.handle(accepted).result() == "finished without sending anything"


async def test_a_run_that_cannot_finish(flow: FlowRig, two_step: str, broken: set[str]) -> None:
    broken.add(FINISH_RUN)
    accepted = await _entered(flow, two_step)
    await flow.skip(accepted, days=2, hours=2)
    await flow.until_step(accepted, "two")
    await flow.skip(accepted, days=31)
    await _ended_well(flow, accepted, f"it could not finish: {WHY}")


async def _command(flow: FlowRig, accepted: Accepted, kind: str, **more: str) -> Any:
    return await flow.services.runs.command(accepted.workflow_id, Command(f"c-{kind}", kind, **more))


@pytest.mark.parametrize("kind", ["pause", "skip", "send-now", "move"])
async def test_a_command_that_cannot_be_carried_out_is_answered(
    flow: FlowRig, two_step: str, broken: set[str], kind: str
) -> None:
    accepted = await _entered(flow, two_step)
    broken.add(CARRY_OUT_COMMAND)
    with pytest.raises(RefusedError, match=f"it could not be done: {WHY}"):
        await _command(flow, accepted, kind, mode="2" if kind == "move" else "")
    broken.clear()
    await flow.skip(accepted, days=2, hours=2)
    await flow.until_step(accepted, "two")


async def test_a_resume_that_cannot_be_carried_out_leaves_the_run_paused(
    flow: FlowRig, two_step: str, broken: set[str]
) -> None:
    accepted = await _entered(flow, two_step)
    await _command(flow, accepted, "pause")
    broken.add(CARRY_OUT_COMMAND)
    with pytest.raises(RefusedError, match=WHY):
        await _command(flow, accepted, "resume")
    assert (await flow.services.runs.status(accepted.workflow_id)).phase == "paused"
    broken.clear()
    again = await flow.services.runs.command(accepted.workflow_id, Command("c-again", "resume"))
    assert (again.changed, again.phase) == (True, "waiting")


async def test_a_stop_stops_also_when_it_cannot_be_carried_out(flow: FlowRig, two_step: str, broken: set[str]) -> None:
    accepted = await _entered(flow, two_step)
    broken.add(CARRY_OUT_COMMAND)
    answer = await _command(flow, accepted, "stop", reason="enough")
    assert (answer.changed, answer.phase) == (True, "closed")
    row = await _row(flow, accepted)
    assert (row["state"], row["reason"]) == ("stopped", "enough")


async def test_a_pause_that_cannot_end_by_itself_waits_for_a_person(
    flow: FlowRig, two_step: str, broken: set[str]
) -> None:
    pausing = two_step + "reactions:\n  - {on: replied.positive, then: pause 3 days}\n"
    accepted = await _entered(flow, pausing)
    await flow.reply(accepted, "Tell me more")
    await flow.until_state(accepted, "paused")
    broken.add(CARRY_OUT_COMMAND)
    await flow.skip(accepted, days=3, hours=1)

    async def told() -> bool:
        return any("still paused, because it could not resume" in title for title in await _told(flow))

    await flow.until(told)
    state = await flow.services.runs.status(accepted.workflow_id)
    assert (state.phase, state.paused_until) == ("paused", None)
    broken.clear()
    await _command(flow, accepted, "resume")
    await flow.until_state(accepted, "active")


async def test_a_reply_that_cannot_be_handled_waits_for_a_person(
    flow: FlowRig, two_step: str, broken: set[str]
) -> None:
    broken.add(HANDLE_REACTION)
    accepted = await _entered(flow, two_step)
    await flow.reply(accepted, "Tell me more")
    await flow.until_state(accepted, "paused")
    [reaction] = await flow.rows("reactions_of", enrollment_id=accepted.enrollment)
    assert (reaction["decision"], reaction["decision_reason"]) == (
        "pause",
        f"replied, needs a person: {WHY}",
    )
    [task] = await flow.listed(listings.TASKS)
    assert (task["owner_id"], task["reaction_id"]) == ("dana", reaction["id"])
    assert any("needs a person" in title for title in await _told(flow))
    # Held, not lost, and not tried again and again; a person says how it goes on.
    await flow.skip(accepted, days=5)
    assert (await flow.steps(accepted))["two"] == "planned"
    broken.clear()
    await _command(flow, accepted, "resume")
    await flow.skip(accepted, days=6)
    await flow.until_step(accepted, "two")
    await flow.keep_history(accepted.workflow_id, "enrollment-reaction-fails")


async def test_what_the_law_wants_is_done_also_when_the_handling_fails(
    flow: FlowRig, two_step: str, broken: set[str]
) -> None:
    broken.add(HANDLE_REACTION)
    accepted = await _entered(flow, two_step)
    await flow.reply(accepted, "Please remove me from your list")
    await flow.until_state(accepted, "stopped")
    assert await flow.handle(accepted).result()
    with pytest.raises(RefusedError, match="must not be contacted"):
        await flow.enroll("two-step")


async def test_a_late_reply_that_cannot_be_handled_waits_for_a_person(
    flow: FlowRig, two_step: str, broken: set[str]
) -> None:
    accepted = await _entered(flow, two_step)
    await _command(flow, accepted, "stop", reason="enough")
    broken.add(HANDLE_REACTION)
    await flow.reply(accepted, "Tell me more")

    async def handled() -> bool:
        rows = await flow.rows("reactions_of", enrollment_id=accepted.enrollment)
        return bool(rows) and rows[0]["handled_at"] is not None

    await flow.until(handled)
    [reaction] = await flow.rows("reactions_of", enrollment_id=accepted.enrollment)
    workflow_id = late_reaction_workflow_id(reaction["id"])
    handle = flow.services.client.get_workflow_handle(workflow_id)
    await handle.result()
    assert (await handle.describe()).status is WorkflowExecutionStatus.COMPLETED
    assert len(await flow.listed(listings.TASKS)) == 1
    assert (await _row(flow, accepted))["reason"] == "enough"
    await flow.keep_history(workflow_id, "late-reaction-fails")


async def test_a_reply_that_cannot_be_scored_is_handled_without_a_score(
    flow: FlowRig, two_step: str, broken: set[str]
) -> None:
    broken.add(SCORE_REPLY)
    accepted = await _entered(flow, two_step)
    await flow.reply(accepted, "Tell me more")
    await flow.until_state(accepted, "stopped")
    assert await flow.handle(accepted).result() == "replied, needs review"


async def test_a_run_whose_row_is_gone_ends_with_a_reason(flow: FlowRig, two_step: str) -> None:
    """Postgres was restored to a moment before the run: its activities find nothing any more."""
    accepted = await _entered(flow, two_step)
    async with flow.services.database.transaction() as connection:
        for table in ("send_link", "send", "enrollment_event", "enrollment_step", "enrollment"):
            column = {"send_link": "send_id", "enrollment": "id"}.get(table, "enrollment_id")
            key = "(SELECT id FROM send WHERE enrollment_id = $1)" if table == "send_link" else "($1)"
            await connection.execute(f"DELETE FROM {table} WHERE {column} IN {key}", accepted.enrollment)
    await flow.skip(accepted, days=2, hours=2)
    assert await flow.handle(accepted).result() == "its row is gone"


async def test_a_run_whose_record_is_gone_ends_with_a_reason(flow: FlowRig, two_step: str) -> None:
    accepted = await _entered(flow, two_step)
    async with flow.services.database.transaction() as connection:
        await connection.execute("DELETE FROM person WHERE id = 'p1'")
    await flow.skip(accepted, days=2, hours=2)
    reason = await flow.handle(accepted).result()
    assert reason.startswith("two failed, and no other step is possible: ")
    assert (await _row(flow, accepted))["reason"] == reason
    assert (await flow.steps(accepted))["two"] == "failed"


@pytest.mark.parametrize("when", ["waiting", "in an activity"])
async def test_a_cancelled_run_closes_its_row(
    flow: FlowRig, two_step: str, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """Cancelled in the middle of an activity, the workflow hears of it by that activity's error."""
    step = "one" if when == "waiting" else None
    if step is None:
        await flow.stop_worker("relance-send")
    accepted = await _entered(flow, two_step, step)
    if step is None:

        async def sending() -> bool:
            return bool((await flow.handle(accepted).describe()).raw_description.pending_activities)

        await flow.until(sending)
    await flow.handle(accepted).cancel()
    await flow.until_state(accepted, "stopped")
    assert (await _row(flow, accepted))["reason"] == "cancelled in Temporal"
    if step is None:
        await flow.start_worker("relance-send")


# --- what is not a run ------------------------------------------------------------------------------------------------

RULED = """
sequence: {name}
name: Ruled
record: person
steps:
  - {{id: one, when: 2 days after enrollment, do: [{{add_to_list: seen}}]}}
auto_enroll:
  real: {{person.status: [Hot]}}
  prevent_reenrollment_within: 1 day
"""


async def _ruled(flow: FlowRig, name: str) -> None:
    await flow.publish(name, RULED.format(name=name))
    async with flow.services.database.transaction() as connection:
        await batches.switch_on(connection, await flow.services.versions.get(connection, name), utc_now())


@pytest.mark.parametrize("name", [BEGIN_SCAN, SCAN_PAGE])
async def test_a_scan_that_cannot_go_on_is_over_with_a_reason(flow: FlowRig, broken: set[str], name: str) -> None:
    sequence = f"scan-{secrets.token_hex(4)}"
    await _ruled(flow, sequence)
    broken.add(name)
    rules = flow.services.rules
    workflow_id = await rules.start_scan(sequence)
    await flow.services.client.get_workflow_handle(workflow_id).result()
    state = await rules.scanned(sequence)
    assert (state.done, state.failed) == (True, WHY)
    broken.clear()
    await rules.start_scan(sequence)
    await flow.services.client.get_workflow_handle(workflow_id).result()
    assert (await rules.scanned(sequence)).failed == ""


async def test_a_scan_that_was_terminated_is_over(flow: FlowRig) -> None:
    """Whoever follows it must not wait for ever."""
    sequence = f"scan-{secrets.token_hex(4)}"
    await _ruled(flow, sequence)
    await flow.stop_worker(QUEUE)
    workflow_id = await flow.services.rules.start_scan(sequence)
    await flow.services.client.get_workflow_handle(workflow_id).terminate("an operator")
    await flow.start_worker(QUEUE)
    state = await flow.services.rules.scanned(sequence)
    assert (state.done, state.failed) == (True, "ended outside: terminated in Temporal")


async def test_a_watcher_that_cannot_look_looks_again(flow: FlowRig, broken: set[str]) -> None:
    handle = flow.services.client.get_workflow_handle(rule_watcher_workflow_id())
    broken.add(WATCH_CHANGES)
    await flow.services.rules.wake()

    async def rests() -> bool:
        history = await handle.fetch_history()
        return any(event.HasField("timer_started_event_attributes") for event in history.events)

    await flow.until(rests)
    sequence = f"watched-{secrets.token_hex(4)}"
    await _ruled(flow, sequence)
    await flow.person(status="Hot")
    broken.clear()
    await flow.skipper.fast_forward(handle, timedelta(seconds=31))

    async def entered() -> bool:
        return bool(await flow.listed(listings.ENROLLMENTS, sequence=sequence, state=["active"]))

    await flow.until(entered)
    assert (await handle.describe()).status is WorkflowExecutionStatus.RUNNING
    await flow.keep_history(rule_watcher_workflow_id(), "rule-watcher-look-fails")


async def test_a_window_that_cannot_end_blocks_nobody(flow: FlowRig, broken: set[str]) -> None:
    sequence = f"window-{secrets.token_hex(4)}"
    await _ruled(flow, sequence)
    await flow.person(status="Hot")

    async def entered() -> bool:
        return bool(await flow.listed(listings.ENROLLMENTS, sequence=sequence, state=["active"]))

    await flow.until(entered)
    # A window whose run is open skips no time.
    await flow.services.runs.command(f"enrollment:{sequence}:p1", Command("s", "stop", "enough"))
    broken.add(END_WINDOW)
    gate = flow.services.client.get_workflow_handle(window_workflow_id(sequence, "p1"))
    await flow.skipper.fast_forward(gate, timedelta(days=1, hours=1))
    await gate.result()
    assert (await gate.describe()).status is WorkflowExecutionStatus.COMPLETED
    await flow.keep_history(window_workflow_id(sequence, "p1"), "window-end-fails")


@pytest.mark.parametrize("name", [BEGIN_BULK, CONTROL_PAGE, RELEASE_HOLD])
async def test_an_order_that_cannot_be_carried_out_is_over_with_a_reason(
    flow: FlowRig, two_step: str, broken: set[str], name: str
) -> None:
    sequence = f"bulk-{secrets.token_hex(4)}"
    await flow.publish(sequence, two_step.replace("two-step", sequence))
    await flow.person()
    accepted = await flow.enroll(sequence)
    await flow.until_step(accepted, "one")
    control = BulkControl(flow.services.database, TemporalBulk(flow.services.client), utc_now)
    order: dict[str, Any] = {"reason": "", "rate": 100}
    if name == RELEASE_HOLD:
        await control.pause(HoldScope.SEQUENCE, sequence, BulkRequest(nonce="a", **order))
        await flow.until_state(accepted, "paused")
    broken.add(name)
    if name == RELEASE_HOLD:
        await control.resume(HoldScope.SEQUENCE, sequence, BulkRequest(nonce="b", mode="", **order))
    else:
        await control.pause(HoldScope.SEQUENCE, sequence, BulkRequest(nonce="b", **order))

    async def over() -> bool:
        state = await control.orders.progress(HoldScope.SEQUENCE, sequence)
        return (state.stage, state.failed) == (Stage.DONE, WHY)

    await flow.until(over)
    # The hold stands: nothing is sent, and the next order does it all.
    assert await flow.row("standing_hold", scope="sequence", key=sequence) is not None
    broken.clear()
    await control.resume(HoldScope.SEQUENCE, sequence, BulkRequest(nonce="c", mode="", **order))
    await flow.until_state(accepted, "active")

    async def done() -> bool:
        return (await control.orders.progress(HoldScope.SEQUENCE, sequence)).stage == Stage.DONE

    await flow.until(done)
    assert (await control.orders.progress(HoldScope.SEQUENCE, sequence)).failed == ""
    assert await flow.row("standing_hold", scope="sequence", key=sequence) is None


@pytest.mark.parametrize("passes", [NOTIFICATION_MAILS, RECONCILIATION, MAILBOX_RETRY], ids=lambda each: each.schedule)
async def test_a_pass_that_failed_is_followed_by_the_next_one(flow: FlowRig, broken: set[str], passes: Passes) -> None:
    """Passes keep nothing open: Temporal shows the one that failed with its reason, and the next one begins."""
    client = flow.services.client
    names = {NOTIFICATION_MAILS.schedule: MAIL_NOTIFICATIONS, RECONCILIATION.schedule: RECONCILE_SENDS}
    names[MAILBOX_RETRY.schedule] = RETRY_MAILBOXES
    broken.add(names[passes.schedule])
    await passes.ensure(client)
    schedule = client.get_schedule_handle(passes.schedule)
    try:
        await schedule.trigger()

        async def ran(number: int) -> bool:
            return (await schedule.describe()).info.num_actions >= number

        await flow.until(lambda: ran(1))
        first = (await schedule.describe()).info.recent_actions[-1].action
        assert isinstance(first, ScheduleActionExecutionStartWorkflow)
        with pytest.raises(WorkflowFailureError) as failure:
            await client.get_workflow_handle(first.workflow_id).result()
        assert WHY in str(failure.value.cause.__cause__)
        broken.clear()
        await schedule.trigger()
        await flow.until(lambda: ran(2))
        second = (await schedule.describe()).info.recent_actions[-1].action
        assert isinstance(second, ScheduleActionExecutionStartWorkflow)
        await client.get_workflow_handle(second.workflow_id).result()
    finally:
        await schedule.delete()
