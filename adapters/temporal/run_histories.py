"""What histories of runs say of a time that our rows know nothing of. Implements ``services.ports.RunHistories``."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any, TypeVar

from temporalio.api.enums.v1 import EventType
from temporalio.converter import value_to_type
from temporalio.service import RPCError, RPCStatusCode

from adapters.temporal.client_calls import in_time
from adapters.temporal.executions import described, where_is
from sequences import names
from sequences.runs.after_restore import FoundRun, RunEvidence, SeenReaction
from sequences.runs.state import Reaction, RunState, StepCall
from sequences.runs.whereabouts import Whereabouts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from datetime import datetime

    from temporalio.api.common.v1 import Payload
    from temporalio.api.history.v1 import HistoryEvent
    from temporalio.client import Client, WorkflowExecution

_FAILED = "Temporal did not read a history"
_SECONDS = 30.0
_PAGE = 1000
_Value = TypeVar("_Value")


class TemporalRunHistories:
    """The histories of one namespace. Each method raises ``UnavailableError`` when Temporal does not answer."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def found(self, workflow_id: str) -> FoundRun | None:
        """The newest execution of that id; None: Temporal knows none."""
        execution = await described(self._client, workflow_id)
        return None if execution is None else await self._found(execution)

    async def evidence(self, run: FoundRun, since: datetime, until: datetime) -> RunEvidence:
        """What a run tried and heard in that time, also before it continued as new. Instants are UTC."""
        taken: dict[str, None] = {}
        heard: dict[str, SeenReaction] = {}
        run_id = run.run_id
        while run_id:
            earlier = ""
            async for event in self._events(run.workflow_id, run_id):
                at = event.event_time.ToDatetime(UTC)
                if event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED and at >= since:
                    earlier = event.workflow_execution_started_event_attributes.continued_execution_run_id
                if not since <= at <= until:
                    continue
                for step in await self._taken(event):
                    taken[step] = None
                for reaction in await self._heard(event):
                    heard[reaction.id] = reaction
            run_id = earlier
        return RunEvidence(tuple(taken), tuple(heard.values()))

    async def begun_since(self, since: datetime) -> AsyncIterator[FoundRun]:
        """Runs that began since then, open or over, with what they were started with. The list lags by a moment."""
        query = f"WorkflowType = '{names.ENROLLMENT_WORKFLOW}' AND StartTime >= '{since.isoformat()}'"
        async for run in self._listed(query):
            yield run

    async def open_runs(self) -> AsyncIterator[FoundRun]:
        """All open runs, with what they were started with. The list lags by a moment."""
        query = f"WorkflowType = '{names.ENROLLMENT_WORKFLOW}' AND ExecutionStatus = 'Running'"
        async for run in self._listed(query):
            yield run

    async def _listed(self, query: str) -> AsyncIterator[FoundRun]:
        async with in_time("Temporal did not list runs", None):
            async for execution in self._client.list_workflows(query, page_size=_PAGE):
                yield await self._found(execution, with_state=True)

    async def _found(self, execution: WorkflowExecution, *, with_state: bool = False) -> FoundRun:
        where = where_is(execution)
        enrollment: str = await execution.memo_value(names.ENROLLMENT_MEMO, default="", type_hint=str)
        state = None
        if with_state or not enrollment:
            state = await self._state(execution)
            enrollment = enrollment or (state.enrollment if state is not None else "")
        ended_with = ""
        if where is Whereabouts.COMPLETED:
            ended_with = await self._result(execution)
        return FoundRun(execution.id, execution.run_id, where, execution.start_time, enrollment, ended_with, state)

    async def _state(self, execution: WorkflowExecution) -> RunState | None:
        async for event in self._events(execution.id, execution.run_id, page_size=1):
            return await self._first(event.workflow_execution_started_event_attributes.input.payloads, RunState)
        return None

    async def _result(self, execution: WorkflowExecution) -> str:
        last = None
        async for event in self._events(execution.id, execution.run_id):
            last = event
        if last is None or last.event_type != EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED:
            return ""
        return await self._first(last.workflow_execution_completed_event_attributes.result.payloads, str) or ""

    async def _taken(self, event: HistoryEvent) -> list[str]:
        if event.event_type != EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
            return []
        scheduled = event.activity_task_scheduled_event_attributes
        if scheduled.activity_type.name != names.TAKE_STEP:
            return []
        call = await self._first(scheduled.input.payloads, StepCall)
        return [call.step] if call is not None else []

    async def _heard(self, event: HistoryEvent) -> list[SeenReaction]:
        if event.event_type != EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
            return []
        signalled = event.workflow_execution_signaled_event_attributes
        if signalled.signal_name != names.REACT:
            return []
        given: Sequence[Any] = await self._client.data_converter.decode(signalled.input.payloads)
        several = [given[0], *(given[1] if len(given) > 1 and given[1] else [])] if given else []
        reactions = [value_to_type(Reaction, each) for each in several]
        return [SeenReaction(each.id, each.kind, each.holds) for each in reactions]

    async def _events(self, workflow_id: str, run_id: str, page_size: int = _PAGE) -> AsyncIterator[HistoryEvent]:
        handle = self._client.get_workflow_handle(workflow_id, run_id=run_id)
        async with in_time(_FAILED, _SECONDS):
            try:
                async for event in handle.fetch_history_events(page_size=page_size):
                    yield event
            except RPCError as error:
                # Deleted, or past its retention, since it was listed.
                if error.status is not RPCStatusCode.NOT_FOUND:
                    raise

    async def _first(self, payloads: Sequence[Payload], kind: type[_Value]) -> _Value | None:
        if not payloads:
            return None
        [value] = await self._client.data_converter.decode(payloads[:1], [kind])
        return value  # type: ignore[no-any-return]
