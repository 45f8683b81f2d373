"""Health: only what is wrong, each with the command that helps."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from fastapi import APIRouter, Response

from sequences.access.act import Act
from sequences.access.authorize import authorize
from services.doctor.findings import findings
from services.reading.health import health
from starter.console.session import CurrentViewer
from starter.doctor import examined

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sequences.access.viewer import Viewer
    from services.doctor.findings import HealthFinding
    from starter.console.view import Views
    from starter.http.dependencies import Ways


def router(ways: Ways, views: Views) -> APIRouter:
    """``/health``."""
    routes = APIRouter()

    @routes.get("/health")
    async def shown(viewer: CurrentViewer, *, whole: bool = False) -> Response:
        authorize(viewer, Act.READ_SETTINGS if whole else Act.LOOK)
        now = ways.clock()
        if whole:
            # It logs in to the mail servers and asks DNS: only for who asks for it.
            everything = await examined(ways.settings, ways.clock)
            return _page(views, viewer, ways, everything, whole=True)
        found = await health(ways.settings, now)
        waited = found.oldest_due_seconds
        oldest = None if waited is None else now - timedelta(seconds=waited)
        return _page(views, viewer, ways, findings(found), [check.name for check in found.checks], oldest)

    return routes


def _page(
    views: Views,
    viewer: Viewer,
    ways: Ways,
    found: Sequence[HealthFinding],
    names: Sequence[str] = (),
    oldest: datetime | None = None,
    *,
    whole: bool = False,
) -> Response:
    """``whole``: everything was looked at, as by ``relance doctor``."""
    temporal_ui = ways.settings.temporal_ui_url.rstrip("/")
    return views.page(
        "screens/health.html", viewer, found=found, temporal_ui=temporal_ui, names=names, oldest=oldest, whole=whole
    )
