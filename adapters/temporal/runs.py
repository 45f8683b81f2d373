"""Reaches runs in Temporal by id: start, signal, command. Implements ``activities.ports.Runs``."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from temporalio.client import WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.common import (
    SearchAttributeKey,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from sequences import ids, names
from sequences.errors import NotFoundError, RefusedError, UnavailableError
from sequences.run import CommandAnswer, ReactionCall, RunState

if TYPE_CHECKING:
    from temporalio.client import Client

    from sequences.run import Command, Reaction

_ANSWER_WITHIN = timedelta(seconds=30)
_GIVE_UP_AFTER = 3.0
"""Seconds. The client tries for ten by itself; the caller has its row in Postgres and need not wait for that."""

_Result = TypeVar("_Result")


async def _in_time(work: Awaitable[_Result]) -> _Result:
    try:
        async with asyncio.timeout(_GIVE_UP_AFTER):
            return await work
    except TimeoutError as error:
        raise UnavailableError("Temporal did not answer in time") from error


class TemporalRuns:
    """Runs of one namespace."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def start(self, workflow_id: str, state: RunState) -> None:
        """Starts the run; one of that id that is open already is left alone.

        Raises:
            UnavailableError: Temporal does not answer.
        """
        pairs = {"RelanceSequence": state.sequence, "RelanceRecord": state.record, "RelanceOwner": state.owner}
        try:
            await _in_time(
                self._client.start_workflow(
                    names.ENROLLMENT_WORKFLOW,
                    state,
                    id=workflow_id,
                    task_queue=names.QUEUE,
                    # The newest run of a record may have closed long ago; an open one is never doubled.
                    id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                    id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
                    search_attributes=TypedSearchAttributes(
                        [
                            SearchAttributePair(SearchAttributeKey.for_keyword(name), value)
                            for name, value in pairs.items()
                            if value
                        ]
                    ),
                    static_summary=f"{state.sequence} v{state.version}: {state.record}",
                    static_details=f"Enrollment `{state.enrollment}`. Its story: `relance show {state.enrollment}`.",
                )
            )
        except WorkflowAlreadyStartedError:
            return
        except RPCError as error:
            raise UnavailableError(f"Temporal did not start the run ({error.status.name})") from error

    async def react(self, workflow_id: str, reaction: Reaction) -> bool:
        """Signals an open run; False when it is closed.

        Raises:
            UnavailableError: Temporal does not answer.
        """
        try:
            await _in_time(self._client.get_workflow_handle(workflow_id).signal(names.REACT, reaction))
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return False
            raise UnavailableError(f"Temporal did not take the signal ({error.status.name})") from error
        return True

    async def follow_up_late(self, enrollment: str, reaction: Reaction) -> None:
        """Starts the small workflow for a reaction whose run has closed; starting it again changes nothing.

        Raises:
            UnavailableError: Temporal does not answer.
        """
        try:
            await _in_time(
                self._client.start_workflow(
                    names.LATE_REACTION_WORKFLOW,
                    args=[ReactionCall(enrollment, reaction.id), reaction.scored],
                    id=ids.late_reaction_workflow_id(reaction.id),
                    task_queue=names.QUEUE,
                    id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
                    static_summary=f"late {reaction.kind}",
                )
            )
        except WorkflowAlreadyStartedError:
            return
        except RPCError as error:
            raise UnavailableError(f"Temporal did not start the follow-up ({error.status.name})") from error

    async def status(self, workflow_id: str) -> RunState:
        """The state of the newest run of that id, answered by a worker.

        Raises:
            NotFoundError: there is no such run.
            UnavailableError: Temporal, or every worker, does not answer.
        """
        try:
            handle = self._client.get_workflow_handle(workflow_id)
            state: RunState = await handle.query(names.STATUS, result_type=RunState, rpc_timeout=_ANSWER_WITHIN)
            return state
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                raise NotFoundError("Temporal knows no such run") from error
            raise UnavailableError(f"the run did not answer ({error.status.name})") from error

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
                raise RefusedError(error.cause.message) from error
            raise
        except WorkflowUpdateRPCTimeoutOrCancelledError as error:
            raise UnavailableError(
                "no worker answered in time; the command is not lost and may still be done"
            ) from error
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                raise NotFoundError("the run is over") from error
            raise UnavailableError(f"Temporal did not take the command ({error.status.name})") from error
