"""Days on which nothing goes: which there are, and closing and opening them."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from adapters.postgres import queries
from sequences.access.act import Act
from sequences.access.authorize import authorize, may
from sequences.errors import DefinitionError, NotFoundError
from sequences.planning.closed_days import parse_days
from services.console.looking import looking
from services.jobs.ask import ask_for_job
from services.jobs.plan_again import planning_again
from services.operations.closed_days import DaysChange, change_closed_days, closed_list
from starter.console.posted import posted
from starter.console.session import CurrentViewer
from starter.console.times import day_in_words, zone_of

if TYPE_CHECKING:
    from sequences.access.viewer import Viewer
    from starter.console.view import Views
    from starter.http.dependencies import Ways

_MOST_OWNERS = 500


def router(ways: Ways, views: Views) -> APIRouter:
    """``/calendar/closed``."""
    routes = APIRouter()

    async def show(request: Request, viewer: Viewer, problem: str = "", **typed: str) -> Response:
        today = ways.clock().astimezone(zone_of(viewer.timezone)).date()
        async with looking(ways.database) as connection:
            found = await closed_list(connection, None, today)
            owners = await queries.console_owners(connection, limit=_MOST_OWNERS)
        names = {row.id: row.name for row in owners}
        return views.page(
            "screens/closed_days.html",
            viewer,
            422 if problem else 200,
            found=found,
            spans=[
                (span, day_in_words(span.first), day_in_words(span.last), names.get(span.owner or "", span.owner))
                for span in found.closed
            ],
            owners=[("", views.t("closed.everybody")), *names.items()],
            today=today,
            typed={"first": "", "last": "", "owner": "", **typed},
            problem=problem,
            may_close=may(viewer, Act.HOLD),
            address=views.address(request),
        )

    @routes.get("/calendar/closed")
    async def show_closed_days(request: Request, viewer: CurrentViewer) -> Response:
        authorize(viewer, Act.LOOK)
        return await show(request, viewer)

    async def change(request: Request, viewer: Viewer, *, remove: bool) -> Response:
        authorize(viewer, Act.HOLD)
        form = await posted(request)
        typed = {name: form.get(name, "")[:64] for name in ("first", "last", "owner")}
        now = ways.clock()
        try:
            days = parse_days(f"{typed['first']}..{typed['last'] or typed['first']}")
            wanted = DaysChange(days, typed["owner"] or None, remove)
            changed = await change_closed_days(ways.database, wanted, now)
        except (DefinitionError, NotFoundError) as error:
            return await show(request, viewer, str(error), **typed)
        if not changed:
            return views.done("/calendar/closed", "same")
        async with ways.database.transaction() as connection:
            job = planning_again(wanted, form.get("key", "")[:100] or secrets.token_hex(16), viewer.user_id, now)
            await ask_for_job(connection, job, now)
        return views.done("/calendar/closed", "days_opened" if remove else "days_closed")

    @routes.post("/calendar/closed/close")
    async def close_days(request: Request, viewer: CurrentViewer) -> Response:
        return await change(request, viewer, remove=False)

    @routes.post("/calendar/closed/open")
    async def open_days(request: Request, viewer: CurrentViewer) -> Response:
        return await change(request, viewer, remove=True)

    return routes
