"""What every call to Temporal shares: patience with an end, errors in our words, search attributes, schedules."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from temporalio.client import ScheduleAlreadyRunningError, ScheduleUpdate
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes
from temporalio.service import RPCError, RPCStatusCode

from sequences.errors import NotFoundError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import timedelta

    from temporalio.client import Client, Schedule, ScheduleUpdateInput, WorkflowHandle
    from temporalio.exceptions import ApplicationError

_Result = TypeVar("_Result")


@asynccontextmanager
async def in_time(failed: str, seconds: float | None) -> AsyncIterator[None]:
    """Gives up before the ten seconds that the client tries by itself: what matters is in Postgres already.

    Args:
        failed: what an error of Temporal means, such as ``Temporal did not start the run``.
        seconds: None leaves it to the client.

    Raises:
        UnavailableError: Temporal does not answer, or answers with an error.
    """
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise UnavailableError("Temporal did not answer in time") from error
    except RPCError as error:
        raise UnavailableError(f"{failed} ({error.status.name})") from error


@dataclass(frozen=True)
class QueryErrors:
    """The words when a query has no answer.

    Attributes:
        unknown: there is no such workflow.
        silent: nobody answers; ``{}`` stands for Temporal's status.
    """

    unknown: str
    silent: str


async def queried(
    handle: WorkflowHandle[Any, Any], query: str, kind: type[_Result], *, within: timedelta, errors: QueryErrors
) -> _Result:
    """The answer of a worker to a query. It is asked once more when the connection ended meanwhile.

    Temporal's frontend closes each connection after five minutes (``frontend.keepAliveMaxConnectionAge``). The client
    repeats what such an end refuses, but not what it cuts off: that ends as CANCELLED. A query changes nothing.

    Args:
        handle: of the workflow.
        query: its name.
        kind: type of the answer.
        within: how long a worker may take.
        errors: the words when there is none.

    Raises:
        NotFoundError: there is no such workflow.
        UnavailableError: Temporal, or every worker, does not answer.
    """

    async def ask() -> _Result:
        answer: _Result = await handle.query(query, result_type=kind, rpc_timeout=within)
        return answer

    try:
        try:
            return await ask()
        except RPCError as error:
            if error.status is not RPCStatusCode.CANCELLED:
                raise
            return await ask()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            raise NotFoundError(errors.unknown) from error
        raise UnavailableError(errors.silent.format(error.status.name)) from error


def refusal_in(error: ApplicationError, otherwise: str) -> tuple[str, str]:
    """Reason and detail of a ``RefusedError`` that came through Temporal; ``otherwise``: the reason when none came."""
    match error.details:
        case (str(reason), str(detail)):
            return reason, detail
    return otherwise, error.message


def keywords(**values: str) -> TypedSearchAttributes:
    """Search attributes of the type Keyword; empty ones are left out."""
    return TypedSearchAttributes(
        [SearchAttributePair(SearchAttributeKey.for_keyword(name), value) for name, value in values.items() if value]
    )


async def put_schedule(client: Client, identity: str, wanted: Schedule, failed: str, seconds: float | None) -> None:
    """Makes a schedule, or brings the one that exists to this form. The same again changes nothing.

    Who paused a schedule, or wrote a note on it, did so on purpose: that stays.

    Args:
        client: of the namespace.
        identity: the schedule's id.
        wanted: its form.
        failed: as of ``in_time``.
        seconds: for each call, as of ``in_time``.

    Raises:
        UnavailableError: Temporal does not answer.
    """

    def brought_up(found: ScheduleUpdateInput) -> ScheduleUpdate:
        wanted.state = found.description.schedule.state
        return ScheduleUpdate(wanted)

    try:
        async with in_time(failed, seconds):
            await client.create_schedule(identity, wanted)
    except ScheduleAlreadyRunningError:
        async with in_time(failed, seconds):
            await client.get_schedule_handle(identity).update(brought_up)
