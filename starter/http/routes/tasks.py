"""The tasks that sequences make for owners. Behind the bearer token."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, HTTPException, Query
from pydantic import BaseModel, ConfigDict, Field

from adapters.postgres import listings
from sequences.definition.until_text import read_until
from sequences.errors import DefinitionError
from services.operations.tasks import TaskChanged, assign, snooze, task_done
from services.reading.listed import TaskLine, line_of
from starter.http.callers import CurrentCaller
from starter.http.errors import answers
from starter.http.list_answers import Page, listed, the_one
from starter.http.list_parameters import (
    ID,
    STORABLE,
    AskedBetween,
    OfEnrollment,
    OfOwner,
    OfPerson,
    OfSequence,
    OwnId,
    TaskState,
)

if TYPE_CHECKING:
    from starter.http.dependencies import Ways


class TasksPage(Page[TaskLine]):
    """A page of tasks."""


class TasksAsked(AskedBetween):
    """Which tasks."""

    person: OfPerson = None
    owner: OfOwner = None
    sequence: OfSequence = None
    enrollment: OfEnrollment = None
    state: TaskState | None = None


class DoneRequest(BaseModel):
    """Somebody did it."""

    model_config = ConfigDict(extra="forbid")

    by: str = Field(default="", max_length=100, pattern=STORABLE, description="Who did it, for people.")


class SnoozeRequest(BaseModel):
    """When it is due instead. A run that waits for it still goes on at its own time."""

    model_config = ConfigDict(extra="forbid")

    until: str = Field(
        max_length=40,
        pattern=STORABLE,
        description="A length of time from now, an instant (ISO 8601 with offset), or a date (midnight UTC).",
        examples=["2 days", "2027-05-04T09:00:00Z"],
    )


class AssignRequest(BaseModel):
    """Who does it."""

    model_config = ConfigDict(extra="forbid")

    owner: str = Field(pattern=ID, description="The CRM's id of the user.")


class TaskAnswer(BaseModel):
    """The task as it is now.

    Attributes:
        changed: false: it was so already.
        told: its run waits for it, and goes on within a second.
    """

    id: str
    state: TaskState
    owner_id: str | None
    due_at: datetime | None
    changed: bool
    told: bool


def _answer(changed: TaskChanged) -> TaskAnswer:
    return TaskAnswer.model_validate(changed, from_attributes=True)


def router(ways: Ways) -> APIRouter:
    """``/tasks``, ``/tasks/{id}``, and what is done with one."""
    routes = APIRouter(prefix="/tasks", tags=["reading"])

    @routes.get("", summary="Tasks, newest first")
    async def list_tasks(asked: Annotated[TasksAsked, Query()]) -> TasksPage:
        return await listed(ways, listings.TASKS, TasksPage, TaskLine, asked)

    @routes.get("/{task}", summary="A task", responses=answers(404))
    async def get_task(task: OwnId) -> TaskLine:
        return line_of(TaskLine, await the_one(ways, listings.TASKS, "task", task))

    @routes.post(
        "/{task}/done",
        summary="Say that a task is done; a run that waits for it goes on",
        responses=answers(400, 404, 409),
    )
    async def done(task: OwnId, asked: DoneRequest, caller: CurrentCaller) -> TaskAnswer:
        async with ways.database.transaction() as connection:
            return _answer(await task_done(connection, task, caller.speaking_for(asked.by), ways.clock()))

    @routes.post("/{task}/snooze", summary="Make a task due later", responses=answers(400, 404, 409))
    async def snooze_task(task: OwnId, asked: SnoozeRequest) -> TaskAnswer:
        try:
            until = read_until(asked.until, ways.clock(), "when a task is due")
        except DefinitionError as error:
            raise HTTPException(422, str(error)) from None
        async with ways.database.transaction() as connection:
            return _answer(await snooze(connection, task, until))

    @routes.post("/{task}/assign", summary="Give a task to somebody else", responses=answers(400, 404, 409))
    async def assign_task(task: OwnId, asked: AssignRequest) -> TaskAnswer:
        async with ways.database.transaction() as connection:
            return _answer(await assign(connection, task, asked.owner))

    return routes
