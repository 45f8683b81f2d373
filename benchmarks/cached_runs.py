"""What a run costs in a worker's cache, and to bring one back into it: ``python -m benchmarks.cached_runs``.

No server: the worker's side of one sleeping run alone, outside the sandbox as in production, and in it as in tests.
A run that is not in the cache is built again at every wake-up. It uses parts of the SDK that are not public.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import time
import tracemalloc
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

from temporalio import workflow
from temporalio.api.common.v1 import Payloads
from temporalio.bridge.proto.workflow_activation import (
    InitializeWorkflow,
    RemoveFromCache,
    WorkflowActivation,
    WorkflowActivationJob,
)
from temporalio.common import Priority, TypedSearchAttributes
from temporalio.worker import (
    UnsandboxedWorkflowRunner,
    WorkflowInstance,
    WorkflowInstanceDetails,
    WorkflowRunner,
)
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner
from temporalio.workflow import Info, _Definition

from adapters.temporal.checked_runner import CheckedRunner
from adapters.temporal.client import converter
from benchmarks.report import Report, at_least_one, median, options, ratio
from sequences.names import QUEUE
from sequences.runs.state import Due, RunState
from workflows.enrollment import EnrollmentWorkflow

_START = datetime(2027, 5, 4, 9, tzinfo=UTC)
_STATE = RunState(
    enrollment="bench-sequence:bench-p1:0123456789abcdef",
    sequence="bench-sequence",
    version=1,
    record="bench-p1",
    person="bench-p1",
    owner="bench-owner",
)
# As a run begins that was planned when it was accepted.
_ARGUMENTS = (_STATE, Due("introduce", _START + timedelta(days=3)))


@workflow.defn
class BareSleeper:
    """The least that a run can hold: a timer."""

    @workflow.run
    async def run(self, days: int) -> None:
        """Sleeps."""
        await workflow.sleep(timedelta(days=days))


async def asleep(
    runner: WorkflowRunner, kind: type = EnrollmentWorkflow, arguments: Sequence[object] = _ARGUMENTS
) -> WorkflowInstance:
    """A run as it lies in the cache: made, activated once, waiting for its timer.

    Raises:
        RuntimeError: the workflow task failed, with its words.
    """
    instance = runner.create_instance(_details(kind))
    start = InitializeWorkflow(
        workflow_type=kind.__name__,
        workflow_id="bench",
        arguments=converter().payload_converter.to_payloads(arguments),
    )
    activation = WorkflowActivation(run_id="bench", jobs=[WorkflowActivationJob(initialize_workflow=start)])
    activation.timestamp.FromDatetime(_START)
    # On a thread of its own, as in a worker: it sets the thread's event loop.
    done = await asyncio.to_thread(instance.activate, activation)
    if done.HasField("failed"):
        await evict(instance)
        failure = done.failed.failure
        raise RuntimeError(str(converter().failure_converter.from_failure(failure, converter().payload_converter)))
    if not any(command.HasField("start_timer") for command in done.successful.commands):
        raise RuntimeError("the run does not wait for its step")
    return instance


async def evict(instance: WorkflowInstance) -> None:
    """Takes a run out of the cache, as a worker does."""
    job = WorkflowActivationJob(remove_from_cache=RemoveFromCache(message="enough"))
    await asyncio.to_thread(instance.activate, WorkflowActivation(run_id="bench", jobs=[job]))


def _details(kind: type) -> WorkflowInstanceDetails:
    data_converter = converter()
    return WorkflowInstanceDetails(
        payload_converter_factory=data_converter._new_payload_converter,
        failure_converter_class=data_converter.failure_converter_class,
        interceptor_classes=[],
        defn=_Definition.must_from_class(kind),
        info=_info(kind),
        randomness_seed=1,
        extern_functions={},
        disable_eager_activity_execution=False,
        worker_level_failure_exception_types=[],
        patch_activation_callback=None,
        last_completion_result=Payloads(),
        last_failure=None,
    )


def _info(kind: type) -> Info:
    return Info(
        attempt=1,
        continued_run_id=None,
        cron_schedule=None,
        execution_timeout=None,
        first_execution_run_id="bench",
        headers={},
        namespace="default",
        original_execution_run_id="bench",
        parent=None,
        root=None,
        raw_memo={},
        retry_policy=None,
        run_id="bench",
        run_timeout=None,
        search_attributes={},
        start_time=_START,
        workflow_start_time=_START,
        task_queue=QUEUE,
        task_timeout=timedelta(seconds=10),
        typed_search_attributes=TypedSearchAttributes.empty,
        workflow_id="bench",
        workflow_type=kind.__name__,
        priority=Priority.default,
    )


async def _kilobytes(make: Callable[[], Awaitable[WorkflowInstance]], runs: int) -> float:
    kept = [await make()]
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    kept += [await make() for _ in range(runs)]
    gc.collect()
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return (after - before) / runs / 1024


async def _milliseconds(runner: WorkflowRunner) -> float:
    began = time.process_time()
    await asleep(runner)
    return (time.process_time() - began) * 1_000


async def measure(runs: int) -> Report:
    """Weighs and times both runners, turn by turn."""
    report = Report(f"{runs} runs in the cache of a worker")
    ours, sandbox, bare = CheckedRunner(), SandboxedWorkflowRunner(), UnsandboxedWorkflowRunner()
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(runs + 1):
        for runner, taken in zip((ours, sandbox), times, strict=True):
            taken.append(await _milliseconds(runner))
    report.add("a cached run", await _kilobytes(partial(asleep, ours), runs), "KB")
    report.add("the same in the sandbox", await _kilobytes(partial(asleep, sandbox), runs), "KB")
    report.add("a bare workflow that sleeps", await _kilobytes(partial(asleep, bare, BareSleeper, [3]), runs), "KB")
    report.add("processor time to make a run and activate it once", median(times[0]), "ms")
    report.add("the same in the sandbox", median(times[1]), "ms")
    report.add("ours / sandbox", ratio(median(times[0]), median(times[1])), "ratio")
    return report


def main() -> int:
    """Prints the figures."""
    parser = options(__doc__)
    parser.add_argument("--runs", type=at_least_one, default=200)
    chosen = parser.parse_args()
    asyncio.run(measure(chosen.runs)).show(as_json=chosen.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
