"""A row never outlives its workflow: terminated, failed, timed out, deleted; found by whoever looks next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError

from adapters.clock import utc_now
from adapters.postgres import listings
from sequences.errors import RefusedError
from sequences.runs.state import Command
from sequences.runs.whereabouts import Whereabouts
from services.operations.command_run import steer
from services.runs.end_run import Outside
from services.runs.run_row import RunRow

if TYPE_CHECKING:
    from services.enrolling.enroll import Accepted
    from tests.support.rigs.flow import FlowRig


async def _waiting(flow: FlowRig, two_step: str) -> Accepted:
    await flow.publish("two-step", two_step)
    await flow.person()
    accepted = await flow.enroll("two-step")
    await flow.until_step(accepted, "one")
    return accepted


async def _steer(flow: FlowRig, accepted: Accepted, kind: str, key: str = "k") -> Any:
    return await steer(flow.services.database, flow.services.runs, accepted.enrollment, Command(key, kind))


async def _terminated(flow: FlowRig, accepted: Accepted) -> None:
    await flow.handle(accepted).terminate("an operator")


async def _deleted(flow: FlowRig, accepted: Accepted) -> None:
    await flow.handle(accepted).terminate("an operator")
    client = flow.services.client
    await client.workflow_service.delete_workflow_execution(
        DeleteWorkflowExecutionRequest(
            namespace=client.namespace, workflow_execution=WorkflowExecution(workflow_id=accepted.workflow_id)
        )
    )

    async def unknown() -> bool:
        try:
            await flow.handle(accepted).describe()
        except RPCError:
            return True
        return False

    await flow.until(unknown)


ENDINGS = {"terminated": _terminated, "deleted": _deleted}
REASONS = {
    "terminated": "ended outside: terminated in Temporal",
    "deleted": "ended outside: Temporal does not know its workflow any more",
}


@pytest.mark.parametrize("ending", ENDINGS)
async def test_stop_closes_the_row_and_the_record_enters_again(flow: FlowRig, two_step: str, ending: str) -> None:
    accepted = await _waiting(flow, two_step)
    await ENDINGS[ending](flow, accepted)
    answer = await _steer(flow, accepted, "stop")
    assert (answer.changed, answer.phase, answer.detail) == (True, "closed", REASONS[ending])
    row: Any = await flow.row("enrollment_row", id=accepted.enrollment)
    assert (row["state"], row["reason"]) == ("stopped", REASONS[ending])
    assert await flow.steps(accepted) == {"one": "sent", "two": "cancelled"}
    told = [n for n in await flow.listed(listings.NOTIFICATIONS) if n["enrollment_id"] == accepted.enrollment]
    assert [(n["owner_id"], n["kind"], n["title"]) for n in told] == [
        ("dana", "run_ended", f"Two steps: the run ended, {REASONS[ending]}: Alex Example")
    ]
    # Whoever comes second, or a reconciler that was quicker: the wish is met.
    again = await _steer(flow, accepted, "stop", "k2")
    assert (again.changed, again.detail) == (False, REASONS[ending])
    later = await flow.enroll("two-step")
    await flow.until_step(later, "one")


@pytest.mark.parametrize("ending", ENDINGS)
async def test_the_next_enrollment_closes_the_row_and_enters(flow: FlowRig, two_step: str, ending: str) -> None:
    accepted = await _waiting(flow, two_step)
    await ENDINGS[ending](flow, accepted)
    later = await flow.enroll("two-step")
    assert later.enrollment != accepted.enrollment
    assert await flow.state(accepted) == "stopped"
    await flow.until_step(later, "one")
    with pytest.raises(RefusedError, match="already has an open run"):
        await flow.enroll("two-step")


@pytest.mark.parametrize("kind", ["pause", "resume", "skip", "send-now"])
async def test_every_other_command_says_that_the_run_is_over(flow: FlowRig, two_step: str, kind: str) -> None:
    accepted = await _waiting(flow, two_step)
    await _terminated(flow, accepted)
    with pytest.raises(RefusedError, match=r"the run is over: stopped \(ended outside: terminated in Temporal\)"):
        await _steer(flow, accepted, kind)
    assert await flow.state(accepted) == "stopped"


async def test_an_open_run_is_left_alone_also_after_it_continued_as_new(flow: FlowRig, two_step: str) -> None:
    accepted = await _waiting(flow, two_step)
    found = await flow.handle(accepted).describe()
    assert found.status is WorkflowExecutionStatus.RUNNING
    row: Any = await flow.row("enrollment_row", id=accepted.enrollment)
    outside = Outside(flow.services.database, flow.services.runs)
    assert await outside.close_if_gone(RunRow.of(row), utc_now()) is None
    assert await flow.state(accepted) == "active"


async def test_a_workflow_of_another_run_under_the_same_id_is_not_mistaken_for_ours(
    flow: FlowRig, two_step: str
) -> None:
    accepted = await _waiting(flow, two_step)
    runs = flow.services.runs
    assert await runs.whereabouts(accepted.workflow_id, accepted.enrollment) is Whereabouts.OPEN
    assert await runs.whereabouts(accepted.workflow_id, "eanother00000") is Whereabouts.REPLACED


async def test_a_run_that_closed_by_itself_keeps_its_reason(flow: FlowRig, two_step: str) -> None:
    """The look and the end of the workflow at the same moment: what was read before is old."""
    accepted = await _waiting(flow, two_step)
    row: Any = await flow.row("enrollment_row", id=accepted.enrollment)
    await _steer(flow, accepted, "stop")
    outside = Outside(flow.services.database, flow.services.runs)
    assert await outside.close(RunRow.of(row), Whereabouts.COMPLETED, utc_now()) == "stopped by hand"
    assert [n["kind"] for n in await flow.listed(listings.NOTIFICATIONS)] == []
