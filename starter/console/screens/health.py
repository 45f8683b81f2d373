"""Health: only what is wrong, each with the command that helps."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from fastapi import APIRouter, Response

from sequences.access.act import Act
from sequences.access.authorize import authorize
from services.console.findings import findings
from services.reading.health import health
from starter.console.session import CurrentViewer

if TYPE_CHECKING:
    from starter.console.view import Views
    from starter.http.dependencies import Ways


def router(ways: Ways, views: Views) -> APIRouter:
    """``/health``."""
    routes = APIRouter()

    @routes.get("/health")
    async def shown(viewer: CurrentViewer) -> Response:
        authorize(viewer, Act.LOOK)
        now = ways.clock()
        found = await health(ways.settings, now)
        waited = found.oldest_due_seconds
        return views.page(
            "screens/health.html",
            viewer,
            found=findings(found),
            temporal_ui=ways.settings.temporal_ui_url.rstrip("/"),
            names=[check.name for check in found.checks],
            oldest=None if waited is None else now - timedelta(seconds=waited),
        )

    return routes
