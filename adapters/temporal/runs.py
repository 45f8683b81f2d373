"""Reaches runs in Temporal by id: start, signal, command. Implements ``services.ports.Runs``."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from temporalio.client import WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from adapters.temporal import executions
from adapters.temporal.client import without_attributes
from adapters.temporal.client_calls import QueryErrors, in_time, keywords, queried, refusal_in
from sequences import ids, names
from sequences.errors import NotFoundError, RefusedError, RequestRefused, UnavailableError
from sequences.runs.state import CommandAnswer, ReactionCall, RunState
from sequences.runs.whereabouts import Whereabouts

if TYPE_CHECKING:
    from temporalio.client import Client

    from sequences.runs.state import Command, Due, Reaction
    from sequences.runs.whereabouts import Whereabouts

_ANSWER_WITHIN = timedelta(seconds=30)
_GIVE_UP_AFTER = 3.0
"""Seconds. The caller has its row in Postgres and need not wait longer."""

_ENDED_UNDER_IT = "AcceptedUpdateCompletedWorkflow"
"""What the server calls a workflow that closed while it was carrying out an update."""


class TemporalRuns:
    """Runs of one namespace."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def start(self, workflow_id: str, state: RunState, first: Due | None) -> bool:
        """Starts the run; one of that id that is open already is left alone.

        Args:
            workflow_id: of the record.
            state: whose run it is.
            first: what comes first by its stored plan; None: the run plans itself.

        Returns:
            Whether the run is open now, by this call or by one before; False while the id is that of another run.

        Raises:
            SettingsError: the namespace lacks our search attributes; the message names them, and the command to run.
            UnavailableError: Temporal does not answer.
        """
        try:
            async with in_time("Temporal did not start the run", _GIVE_UP_AFTER):
                await self._client.start_workflow(
                    names.ENROLLMENT_WORKFLOW,
                    args=[state, first] if first is not None else [state],
                    id=workflow_id,
                    task_queue=names.QUEUE,
                    # The newest run of a record may have closed long ago; an open one is never doubled.
                    id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                    id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
                    # Where a worker shares this client, it gets the first task with the answer.
                    request_eager_start=True,
                    search_attributes=keywords(
                        RelanceSequence=state.sequence,
                        RelanceRecord=state.record,
                        RelancePerson=state.person,
                        RelanceOwner=state.owner,
                    ),
                    # All runs of a record share one id: this says whose run it is, and lasts through continue-as-new.
                    memo={names.ENROLLMENT_MEMO: state.enrollment},
                    static_summary=f"{state.sequence} v{state.version}: {state.record}",
                    static_details=f"Enrollment `{state.enrollment}`. Its story: `relance show {state.enrollment}`.",
                )
        except WorkflowAlreadyStartedError:
            return await self.whereabouts(workflow_id, state.enrollment) is Whereabouts.OPEN
        except UnavailableError as error:
            if isinstance(error.__cause__, RPCError):
                wanting = await without_attributes(self._client, error.__cause__)
                if wanting is not None:
                    raise wanting from error
            raise
        return True

    async def react(self, workflow_id: str, reaction: Reaction, *more: Reaction) -> bool:
        """Signals an open run, in one signal what came back since the last; False when it is closed.

        Raises:
            UnavailableError: Temporal does not answer.
        """
        return await self._signal(workflow_id, names.REACT, reaction, *([list(more)] if more else ()))

    async def plan(self, workflow_id: str, due: Due) -> bool:
        """Signals an open run that it was planned again; False when it is closed.

        Raises:
            UnavailableError: Temporal does not answer.
        """
        return await self._signal(workflow_id, names.PLAN, due)

    async def _signal(self, workflow_id: str, signal: str, *arguments: Reaction | list[Reaction] | Due) -> bool:
        async with in_time("Temporal did not accept the signal", _GIVE_UP_AFTER):
            try:
                await self._client.get_workflow_handle(workflow_id).signal(signal, args=arguments)
            except RPCError as error:
                if error.status is not RPCStatusCode.NOT_FOUND:
                    raise
                return False
        return True

    async def follow_up_late(self, enrollment: str, reaction: Reaction) -> None:
        """Starts the small workflow for a reaction whose run has closed; starting it again changes nothing.

        Raises:
            UnavailableError: Temporal does not answer.
        """
        try:
            async with in_time("Temporal did not start the follow-up", _GIVE_UP_AFTER):
                await self._client.start_workflow(
                    names.LATE_REACTION_WORKFLOW,
                    args=[ReactionCall(enrollment, reaction.id), reaction.scored],
                    id=ids.late_reaction_workflow_id(reaction.id),
                    task_queue=names.QUEUE,
                    id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
                    static_summary=f"late {reaction.kind}",
                )
        except WorkflowAlreadyStartedError:
            return

    async def status(self, workflow_id: str) -> RunState:
        """The state of the newest run of that id, answered by a worker.

        Raises:
            NotFoundError: there is no such run.
            UnavailableError: Temporal, or every worker, does not answer.
        """
        return await queried(
            self._client.get_workflow_handle(workflow_id),
            names.STATUS,
            RunState,
            within=_ANSWER_WITHIN,
            errors=QueryErrors("Temporal does not know the run", "the run did not answer ({})"),
        )

    async def whereabouts(self, workflow_id: str, enrollment: str) -> Whereabouts:
        """Whether the run's workflow is open, and if not, what became of it; asked by id, and so never out of date.

        Raises:
            UnavailableError: Temporal does not answer.
        """
        return await executions.whereabouts(self._client, workflow_id, enrollment)

    async def command(self, workflow_id: str, command: Command) -> CommandAnswer:
        """Pauses, resumes or stops an open run.

        Raises:
            RefusedError: it makes no sense now; the message says why.
            NotFoundError: the run is closed.
            UnavailableError: Temporal, or every worker, does not answer.
        """
        handle = self._client.get_workflow_handle(workflow_id)
        try:
            answer: CommandAnswer = await handle.execute_update(
                command.kind, command, id=command.id, result_type=CommandAnswer, rpc_timeout=_ANSWER_WITHIN
            )
            return answer
        except WorkflowUpdateFailedError as error:
            if isinstance(error.cause, ApplicationError) and error.cause.type == "RefusedError":
                raise RefusedError(*refusal_in(error.cause, RequestRefused.RUN)) from error
            if isinstance(error.cause, ApplicationError) and error.cause.type == _ENDED_UNDER_IT:
                raise NotFoundError("the run ended before it answered") from error
            raise
        except WorkflowUpdateRPCTimeoutOrCancelledError as error:
            raise UnavailableError(
                "no worker answered in time; the command is not lost and may still be carried out"
            ) from error
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                raise NotFoundError("the run is over") from error
            raise UnavailableError(f"Temporal did not accept the command ({error.status.name})") from error
