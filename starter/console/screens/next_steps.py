"""The steps of the next 24 hours: all that go, or all that wait."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, Field

from sequences.access.act import Act
from sequences.access.authorize import authorize
from services.console.looking import looking
from services.console.next_steps import NextStepsAsked, due_steps
from starter.console.session import CurrentViewer

if TYPE_CHECKING:
    from starter.console.view import Views
    from starter.http.dependencies import Ways


_OLDEST = 7
"""Days after which the pages of a list begin again at the present."""


class _Asked(BaseModel):
    which: str = Field(default="goes", max_length=10)
    whose: str = Field(default="mine", max_length=20)
    at: AwareDatetime | None = None
    cursor: str = Field(default="", max_length=2000)


def router(ways: Ways, views: Views) -> APIRouter:
    """``/next-steps``."""
    routes = APIRouter()

    @routes.get("/next-steps")
    async def show_next_steps(request: Request, viewer: CurrentViewer, query: Annotated[_Asked, Query()]) -> Response:
        authorize(viewer, Act.LOOK)
        now = ways.clock()
        at = query.at if query.at is not None and abs((query.at - now).days) < _OLDEST else now
        asked = NextStepsAsked(at, query.which != "waits", query.whose != "everyone", query.cursor)
        async with looking(ways.database) as connection:
            found = await due_steps(connection, viewer, asked)
        values: dict[str, Any] = {
            "asked": asked,
            "found": found,
            "counted_at": at.isoformat(),
            "address": views.address(request),
        }
        return views.page("screens/next_steps.html", viewer, 200, **values)

    return routes
