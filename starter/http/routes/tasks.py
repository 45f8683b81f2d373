"""The tasks that sequences make for owners. Behind the bearer token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query

from adapters.postgres import listings
from services.reading.listed import TaskLine, line_of
from starter.http.errors import answers
from starter.http.list_answers import Page, listed, the_one
from starter.http.list_parameters import AskedBetween, OfEnrollment, OfOwner, OfPerson, OfSequence, OwnId, TaskState

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


def router(ways: Ways) -> APIRouter:
    """``/tasks`` and ``/tasks/{id}``."""
    routes = APIRouter(prefix="/tasks", tags=["reading"])

    @routes.get("", summary="Tasks, newest first")
    async def list_tasks(asked: Annotated[TasksAsked, Query()]) -> TasksPage:
        return await listed(ways, listings.TASKS, TasksPage, TaskLine, asked)

    @routes.get("/{task}", summary="A task", responses=answers(404))
    async def get_task(task: OwnId) -> TaskLine:
        return line_of(TaskLine, await the_one(ways, listings.TASKS, "task", task))

    return routes
