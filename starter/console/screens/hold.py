"""A hold, and the runs that it paused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from sequences.access.act import Act
from sequences.access.authorize import authorize
from services.console.hold import hold_page
from services.console.looking import looking
from starter.console.session import CurrentViewer
from starter.http.list_parameters import WORD

if TYPE_CHECKING:
    from starter.console.view import Views
    from starter.http.dependencies import Ways


def router(ways: Ways, views: Views) -> APIRouter:
    """``/holds/{hold_id}``."""
    routes = APIRouter()

    @routes.get("/holds/{hold_id}")
    async def show_hold(
        request: Request,
        viewer: CurrentViewer,
        hold_id: Annotated[str, Path(pattern=WORD)],
        cursor: Annotated[str, Query(max_length=2000)] = "",
    ) -> Response:
        authorize(viewer, Act.LOOK)
        async with looking(ways.database) as connection:
            found = await hold_page(connection, viewer, hold_id, cursor)
        values: dict[str, Any] = {"found": found, "address": views.address(request)}
        return views.page("screens/hold.html", viewer, 200, **values)

    return routes
