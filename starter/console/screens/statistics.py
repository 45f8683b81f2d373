"""Statistics: all sequences beside each other, or each owner in each of them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Final

from fastapi import APIRouter, Query, Request, Response

from sequences.access.act import Act
from sequences.access.authorize import authorize
from sequences.statistics.outcomes import By
from services.console.numbers import all_numbers
from starter.console.number_address import NumberAddress
from starter.console.session import CurrentViewer
from starter.console.times import midnight, zone_of

if TYPE_CHECKING:
    from datetime import datetime

    from starter.console.view import Views
    from starter.http.dependencies import Ways

SPANS: Final = ("week", "month", "all")
_After = Annotated[str, Query(max_length=200)]
_Word = Annotated[str, Query(max_length=20)]


def router(ways: Ways, views: Views) -> APIRouter:
    """``/statistics``."""
    routes = APIRouter()

    @routes.get("/statistics")
    async def show_statistics(
        request: Request, viewer: CurrentViewer, by: _Word = "", span: _Word = "", cursor: _After = ""
    ) -> Response:
        authorize(viewer, Act.LOOK)
        rows = By.OWNER if by == "owner" else By.SEQUENCE
        shown = span if span in SPANS else "month"
        since = _since(shown, ways.clock(), viewer.timezone)
        found = await all_numbers(ways.database, rows, midnight(since, viewer.timezone), cursor)
        return views.page(
            "screens/statistics.html",
            viewer,
            found=found,
            span=shown,
            people_of=NumberAddress(views.base, since, by_owner=rows is By.OWNER),
            address=views.address(request),
        )

    return routes


def _since(span: str, now: datetime, zone: str) -> str:
    """The first day of a span on the viewer's clock; empty: all time."""
    today = now.astimezone(zone_of(zone)).date()
    if span == "week":
        return (today - timedelta(days=today.weekday())).isoformat()
    return (today - timedelta(days=30)).isoformat() if span == "month" else ""
