"""Tasks: due, overdue, all; done, put off, given to somebody else."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from sequences.access.act import Act
from sequences.access.authorize import PersonOf, authorize, may
from services.console.looking import looking
from services.console.tasks import SHOWS, TasksView, assignees, snoozes, task_to_do, tasks_to_do
from services.operations.tasks import assign, snooze, task_done
from starter.console.posted import posted
from starter.console.session import CurrentViewer
from starter.console.view import is_fragment
from starter.http.list_parameters import WORD

if TYPE_CHECKING:
    from collections.abc import Callable

    from sequences.access.viewer import Viewer
    from services.console.tasks import TaskToDo
    from starter.console.view import Views
    from starter.http.dependencies import Ways

_TEMPLATE = "screens/tasks.html"
_Task = Annotated[str, Path(pattern=WORD)]


class _Asked(BaseModel):
    """Which tasks: a word that there is not counts as left out."""

    show: str = ""
    whose: str = ""
    cursor: str = Field(default="", max_length=2000)
    at: str = ""


def router(ways: Ways, views: Views) -> APIRouter:
    """``/tasks`` and ``/tasks/{id}/...``."""
    routes = APIRouter()

    @routes.get("/tasks")
    async def tasks(request: Request, viewer: CurrentViewer, query: Annotated[_Asked, Query()]) -> Response:
        authorize(viewer, Act.LOOK)
        asked = TasksView(
            _instant(query.at) or ways.clock(),
            query.show if query.show in SHOWS else "due",
            mine=query.whose != "everyone",
            cursor=query.cursor,
        )
        async with looking(ways.database) as connection:
            found = await tasks_to_do(connection, viewer, asked)
        address = views.address(request)
        return views.page(
            _TEMPLATE, viewer, found=found, address=address, **_shown(viewer, asked, address.to()[len(views.base) :])
        )

    @routes.post("/tasks/{task}/done")
    async def finish_task(request: Request, viewer: CurrentViewer, task: _Task) -> Response:
        form = await posted(request)
        await _mine(viewer, task)
        async with ways.database.transaction() as connection:
            changed = await task_done(connection, task, viewer.name or viewer.email, ways.clock())
        back = form.get("back", "")
        if is_fragment(request):
            async with looking(ways.database) as connection:
                row = await task_to_do(connection, task)
            return views.fragment(_TEMPLATE, "row", viewer, task=row, **_shown(viewer, TasksView(ways.clock()), back))
        return views.done(back if back.startswith("/tasks") else "/tasks", "task_done" if changed.changed else "same")

    @routes.get("/tasks/{task}/snooze")
    async def ask_until(request: Request, viewer: CurrentViewer, task: _Task) -> Response:
        found = await _mine(viewer, task)
        return _question(request, viewer, "screens/task_snooze.html", task=found, **_choices(viewer))

    @routes.post("/tasks/{task}/snooze")
    async def snooze_task(request: Request, viewer: CurrentViewer, task: _Task) -> Response:
        form = await posted(request)
        found = await _mine(viewer, task)
        until = snoozes(ways.clock(), viewer.timezone).get(form.get("until", ""))
        if until is None:
            values = {"task": found, **_choices(viewer), "problem": views.t("snooze.unknown")}
            return views.page("screens/task_snooze.html", viewer, 422, **values)
        async with ways.database.transaction() as connection:
            await snooze(connection, task, until)
        return views.done("/tasks", "task_snoozed")

    @routes.get("/tasks/{task}/assign")
    async def ask_whom(request: Request, viewer: CurrentViewer, task: _Task) -> Response:
        found = await _mine(viewer, task)
        async with looking(ways.database) as connection:
            owners = await assignees(connection)
        return _question(request, viewer, "screens/task_assign.html", task=found, owners=owners, problem="")

    @routes.post("/tasks/{task}/assign")
    async def assign_task(request: Request, viewer: CurrentViewer, task: _Task) -> Response:
        form = await posted(request)
        found = await _mine(viewer, task)
        async with looking(ways.database) as connection:
            owners = await assignees(connection)
        if form.get("owner", "") not in dict(owners):
            problem = views.t("assign.unknown")
            return views.page("screens/task_assign.html", viewer, 422, task=found, owners=owners, problem=problem)
        async with ways.database.transaction() as connection:
            await assign(connection, task, form["owner"])
        return views.done("/tasks", "task_assigned")

    async def _mine(viewer: Viewer, task: str) -> TaskToDo:
        """The task, if the viewer may do it."""
        authorize(viewer, Act.DO_TASK)
        async with looking(ways.database) as connection:
            found = await task_to_do(connection, task)
        authorize(viewer, Act.DO_TASK, PersonOf(found.owner_id))
        return found

    def _question(request: Request, viewer: Viewer, template: str, **values: Any) -> Response:
        return views.answer(request, template, "dialog", viewer, **values)

    def _choices(viewer: Viewer) -> dict[str, Any]:
        names = snoozes(ways.clock(), viewer.timezone)
        return {"choices": [(name, views.t(f"snooze.{name}")) for name in names], "problem": ""}

    return routes


def _shown(viewer: Viewer, asked: TasksView, back: str) -> dict[str, Any]:
    """What a page of tasks and one row of it need alike."""
    may_do: Callable[[TaskToDo], bool] = lambda task: may(viewer, Act.DO_TASK, PersonOf(task.owner_id))  # noqa: E731
    return {"asked": asked, "back": back, "may_do": may_do}


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None
