"""When each step of a draft would go to some people, without playing it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from sequences.access.act import Act
from services.console.draft_dates import draft_dates
from services.console.looking import looking
from starter.console.parts import Named
from starter.console.screens.editor import editor_of
from starter.console.session import CurrentViewer, needs

if TYPE_CHECKING:
    from starter.console.view import Views
    from starter.http.dependencies import Ways

_People = Annotated[list[str], Query(min_length=1, max_length=20)]


def router(ways: Ways, views: Views) -> APIRouter:
    """``/sequences/{name}/dates``."""
    routes = APIRouter()
    editor = editor_of(ways)

    @routes.get("/sequences/{name}/dates", dependencies=[Depends(needs(Act.WRITE_SEQUENCE))])
    async def dates(request: Request, viewer: CurrentViewer, name: Named, person: _People) -> Response:
        async with looking(ways.database) as connection:
            found = await draft_dates(connection, editor, viewer, (name, person), ways.clock())
        values: dict[str, Any] = {"found": found, "address": views.address(request)}
        return views.page("screens/draft_dates.html", viewer, 200, **values)

    return routes
