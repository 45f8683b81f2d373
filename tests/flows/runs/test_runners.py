"""Tests run workflows in the sandbox, production outside it: the same run has the same history in both."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from temporalio import workflow
from temporalio.api.enums.v1 import EventType
from temporalio.worker import UnsandboxedWorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

import worker
from adapters.temporal.checked_runner import CheckedRunner
from sequences.errors import WorkflowCodeError
from sequences.names import QUEUE
from sequences.runs.state import RunState
from services.enrolling.enroll import Accepted
from services.follow_ups.carry_out import FollowUps
from services.sending.compose_email import Composer
from starter.composition import webhooks_of
from workflows.enrollment import EnrollmentWorkflow

if TYPE_CHECKING:
    from temporalio.worker import Worker, WorkflowInstance, WorkflowInstanceDetails

    from tests.support.rigs.flow import FlowRig


@workflow.defn
class Misused:
    """Of no file that the sandbox could load."""

    @workflow.run
    async def run(self) -> None:
        """Does nothing."""


# How many workflow tasks a run took, and when the test moved its time, is a matter of chance.
_BY_CHANCE = ("WORKFLOW_TASK", "WORKFLOW_EXECUTION_OPTIONS_UPDATED")


async def _whole_run(flow: FlowRig, person: str) -> list[tuple[str, str]]:
    """What a run did, in order."""
    await flow.person(person)
    accepted = await flow.enroll("two-step", person)
    await _until_it_waits_for(flow, accepted, "two")
    await flow.skip(accepted, days=2, hours=2)
    await _until_it_waits_for(flow, accepted, None)
    await flow.reply(accepted, "Please remove me from your list")
    await flow.handle(accepted).result()
    history = await flow.handle(accepted).fetch_history()
    return [
        (EventType.Name(event.event_type), event.activity_task_scheduled_event_attributes.activity_type.name)
        for event in history.events
        if not any(word in EventType.Name(event.event_type) for word in _BY_CHANCE)
    ]


async def _until_it_waits_for(flow: FlowRig, accepted: Accepted, step: str | None) -> None:
    async def met() -> bool:
        state: RunState = await flow.handle(accepted).query(EnrollmentWorkflow.status)
        return state.due is not None and state.due.step == step

    await flow.until(met)


async def test_a_run_of_production_has_the_history_that_it_has_in_the_tests(
    flow: FlowRig, two_step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandboxed: list[str] = []
    create = SandboxedWorkflowRunner.create_instance

    def counted(self: SandboxedWorkflowRunner, det: WorkflowInstanceDetails) -> WorkflowInstance:
        sandboxed.append(det.info.workflow_type)
        return create(self, det)

    monkeypatch.setattr(SandboxedWorkflowRunner, "create_instance", counted)
    await flow.publish("two-step", two_step)
    in_sandbox = await _whole_run(flow, "p1")
    assert "EnrollmentWorkflow" in sandboxed

    await flow.stop_worker(QUEUE)
    flow.runner = CheckedRunner()
    await flow.start_worker(QUEUE)
    sandboxed.clear()
    as_in_production = await _whole_run(flow, "p2")
    assert sandboxed == []
    assert as_in_production == in_sandbox


def _workers(flow: FlowRig, **settings: object) -> tuple[Worker, Worker]:
    """That of the runs and that of deliveries, as production makes them."""
    services = replace(flow.services, settings=flow.services.settings.model_copy(update=settings))
    follow_ups = FollowUps(services.renderer, Composer(services.renderer, services.organisation), services.changes)
    deliveries = worker.deliveries_of(services, webhooks_of(services.settings, services.database))
    return worker.main_worker(services, follow_ups, deliveries), worker.delivery_worker(services, deliveries)


async def test_a_worker_checks_its_workflows_and_then_runs_them_outside(
    flow: FlowRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    await flow.stop_worker(QUEUE)
    main, deliveries = (each.config() for each in _workers(flow, cached_runs=7))
    assert isinstance(main["workflow_runner"], UnsandboxedWorkflowRunner)
    assert main["max_cached_workflows"] == 7
    assert (main["disable_eager_activity_execution"], deliveries["disable_eager_activity_execution"]) == (False, True)
    monkeypatch.setattr(worker, "WORKFLOWS", [*worker.WORKFLOWS, Misused])
    with pytest.raises(WorkflowCodeError, match="the worker does not start, since the code of Misused breaks a rule"):
        _workers(flow)
