"""The first page: today."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request, Response

from services.console.looking import looking
from services.console.today import today
from starter.console.session import CurrentViewer

if TYPE_CHECKING:
    from starter.console.view import Views
    from starter.http.dependencies import Ways


def router(ways: Ways, views: Views) -> APIRouter:
    """``/``."""
    routes = APIRouter()

    @routes.get("/")
    async def home(
        request: Request, viewer: CurrentViewer, whose: Annotated[str, Query(max_length=20)] = "mine"
    ) -> Response:
        async with looking(ways.database) as connection:
            found = await today(connection, viewer, ways.clock(), mine=whose != "everyone")
        return views.page("screens/home.html", viewer, found=found, address=views.address(request))

    return routes
