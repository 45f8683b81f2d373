"""The numbers of the navigation: a part that every page asks for after it has shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Response

from services.console.badges import badges
from starter.console.session import CurrentViewer

if TYPE_CHECKING:
    from starter.console.view import Views
    from starter.http.dependencies import Ways


def router(ways: Ways, views: Views) -> APIRouter:
    """``/badges``."""
    routes = APIRouter()

    @routes.get("/badges")
    async def numbers(viewer: CurrentViewer) -> Response:
        return views.page("parts/badges.html", viewer, numbers=await badges(ways.database, viewer, ways.clock()))

    return routes
