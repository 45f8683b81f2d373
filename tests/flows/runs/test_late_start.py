"""Runs that Temporal hears of late: what they were planned for has come, or their records have changed meanwhile."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowExecutionStatus

from adapters.clock import utc_now
from adapters.temporal.runs import TemporalRuns
from sequences.errors import UnavailableError
from sequences.names import QUEUE
from starter.local.mail_capture import list_mail

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.rigs.flow import FlowRig

STOPS = "stop_when: {person.status: [Not interested]}\n"
TWO = (
    "sequence: late\nname: Late\nrecord: person\nfrequency_cap: exempt\nschedule: {window: any}\n"
    "steps:\n  - {id: one, email: bd/introduce}\n  - {id: two, when: 2 days after one, email: bd/remind}\n"
)
ZERO = (
    "sequence: dated\nname: Dated\nrecord: person\nfrequency_cap: exempt\nday_zero: person.available_from\n"
    "schedule: {window: any}\nsteps:\n  - {id: one, when: 2 days before day zero, email: bd/introduce}\n"
)


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Temporal starts nothing until this is called."""
    real, is_away = TemporalRuns.start, [True]

    async def start(self: TemporalRuns, *values: Any) -> bool:
        if is_away:
            raise UnavailableError("Temporal is away in this test")
        return await real(self, *values)

    monkeypatch.setattr(TemporalRuns, "start", start)
    return is_away.clear


async def test_a_run_begins_with_its_timer_and_nothing_else(flow: FlowRig) -> None:
    await flow.publish("late", TWO.replace("{id: one,", "{id: one, when: 3 days after enrollment,"))
    await flow.person()
    accepted = await flow.enroll("late")
    assert (accepted.started, await flow.state(accepted)) == (True, "active")

    async def asleep() -> bool:
        return len([each async for each in flow.handle(accepted).fetch_history_events()]) == 5

    await flow.until(asleep)
    history = await flow.handle(accepted).fetch_history()
    assert [event.event_type for event in history.events] == [
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED,
        EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED,
        EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED,
        EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED,
        EventType.EVENT_TYPE_TIMER_STARTED,
    ]
    found = await flow.handle(accepted).describe()
    assert found.raw_description.workflow_execution_info.state_transition_count <= 3
    assert await flow.steps(accepted) == {"one": "planned", "two": "planned"}


async def test_started_late_it_does_at_once_what_was_due(flow: FlowRig, away: Callable[[], None]) -> None:
    await flow.publish("late", TWO)
    await flow.person()
    accepted = await flow.enroll("late")
    assert (accepted.started, await flow.state(accepted)) == (False, "starting")
    assert await flow.steps(accepted) == {"one": "planned", "two": "planned"}
    away()
    await flow.until_step(accepted, "one")
    assert await flow.state(accepted) == "active"
    await flow.keep_history(accepted.workflow_id, "planned-at-enrollment")


async def test_a_stop_rule_that_is_met_meanwhile_stops_it_before_anything_is_sent(
    flow: FlowRig, away: Callable[[], None]
) -> None:
    await flow.publish("late", TWO + STOPS)
    await flow.person()
    accepted = await flow.enroll("late")
    await flow.write("person", "p1", status="Not interested")
    away()
    await flow.until_state(accepted, "stopped")
    assert await flow.steps(accepted) == {"one": "cancelled", "two": "cancelled"}
    await flow.handle(accepted).result()
    assert list_mail(flow.mail.folder) == []


async def test_a_person_who_is_deleted_meanwhile_hears_nothing(flow: FlowRig, away: Callable[[], None]) -> None:
    await flow.publish("late", TWO)
    await flow.person()
    accepted = await flow.enroll("late")
    await flow.services.database.pool.execute("UPDATE person SET deleted_at = now() WHERE id = 'p1'")
    away()
    await flow.until_state(accepted, "stopped")
    assert list_mail(flow.mail.folder) == []


async def test_a_date_that_moves_meanwhile_moves_the_plan(flow: FlowRig, away: Callable[[], None]) -> None:
    await flow.publish("dated", ZERO)
    await flow.person(available_from=(utc_now() + timedelta(days=40)).date().isoformat())
    accepted = await flow.enroll("dated")
    # Earlier: the run would sleep over it, unless somebody told it.
    await flow.write("person", "p1", available_from=(utc_now() + timedelta(days=10)).date().isoformat())
    away()

    async def moved() -> bool:
        due = (await flow.handle(accepted).query("status"))["due"]["at"]
        return due is not None and due < (utc_now() + timedelta(days=11)).isoformat()

    await flow.until_state(accepted, "active")
    await flow.until(moved)


async def test_a_run_that_was_closed_while_it_was_being_started_ends(
    flow: FlowRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    await flow.publish("late", TWO.replace("{id: one,", "{id: one, when: 3 days after enrollment,"))
    await flow.person()
    real = TemporalRuns.start

    async def closes(self: TemporalRuns, *values: Any) -> bool:
        started = await real(self, *values)
        await flow.services.database.pool.execute(
            "UPDATE enrollment SET state = 'stopped', reason = 'test', ended_at = now()"
        )
        return started

    monkeypatch.setattr(TemporalRuns, "start", closes)
    accepted = await flow.enroll("late")
    # Closed after the start: before, the id may still be that of a run of an earlier test.
    await flow.until_state(accepted, "stopped")
    assert await flow.handle(accepted).result() == "test"
    assert (await flow.handle(accepted).describe()).status is WorkflowExecutionStatus.COMPLETED


_OLD_WORKER = """
import asyncio, sys
from temporalio import workflow
from temporalio.client import Client
from temporalio.common import SearchAttributeKey
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

@workflow.defn(name="EnrollmentWorkflow")
class Enrollment:
    @workflow.init
    def __init__(self, state: dict) -> None:
        self.state = state

    @workflow.run
    async def run(self, state: dict) -> str:
        workflow.upsert_search_attributes([SearchAttributeKey.for_keyword("RelancePhase").value_set("waiting")])
        await workflow.wait_condition(lambda: False)

async def main(address: str, namespace: str, queue: str) -> None:
    client = await Client.connect(address, namespace=namespace)
    await Worker(client, task_queue=queue, workflows=[Enrollment], workflow_runner=UnsandboxedWorkflowRunner()).run()

asyncio.run(main(*sys.argv[1:]))
"""


async def test_a_worker_of_0_1_leaves_a_planned_run_to_a_newer_one(flow: FlowRig) -> None:
    """It would set the phase's search attribute, which newer code could not replay."""
    await flow.publish("late", TWO)
    await flow.person()
    await flow.stop_worker(QUEUE)
    accepted = await flow.enroll("late")

    async def failed() -> bool:
        history = await flow.handle(accepted).fetch_history()
        return any(each.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED for each in history.events)

    client = flow.services.client
    where = (client.service_client.config.target_host, client.namespace, QUEUE)
    old = await asyncio.create_subprocess_exec(sys.executable, "-c", _OLD_WORKER, *where, stderr=subprocess.DEVNULL)
    try:
        await flow.until(failed)
    finally:
        old.kill()
        await old.wait()
    await flow.start_worker(QUEUE)
    await flow.until_step(accepted, "one")
    history = await flow.handle(accepted).fetch_history()
    upserted = EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES
    assert not any(each.event_type == upserted for each in history.events)
