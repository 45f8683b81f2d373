"""The calendar of a day, a week or a month."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request, Response

from sequences.access.act import Act
from sequences.access.authorize import authorize
from services.console.calendar import VIEWS, CalendarView, planned_days, with_later
from services.console.looking import looking
from services.console.sequences import sequence_names
from services.reading.going_later import LaterAsked
from starter.console.later import Later
from starter.console.session import CurrentViewer
from starter.console.times import day_in_words, zone_of

if TYPE_CHECKING:
    from starter.console.view import Views
    from starter.http.dependencies import Ways

_Text = Annotated[str, Query(max_length=100)]


def router(ways: Ways, views: Views) -> APIRouter:
    """``/calendar``."""
    routes = APIRouter()
    limits = Later.of(ways)

    @routes.get("/calendar")
    async def calendar(
        request: Request,
        viewer: CurrentViewer,
        view: _Text = "week",
        day: _Text = "",
        sequence: _Text = "",
        later: _Text = "",
    ) -> Response:
        authorize(viewer, Act.LOOK)
        now = ways.clock()
        today = now.astimezone(zone_of(viewer.timezone)).date()
        asked = CalendarView(
            view if view in VIEWS else "week", _day(day) or today, viewer.sees, viewer.timezone, sequence
        )
        async with looking(ways.database) as connection:
            days = await planned_days(connection, asked)
            span = LaterAsked(*asked.span, viewer.sees)
            known = await sequence_names(connection)
        put_off = await limits.look(span, now, wanted=bool(later))
        days = with_later(days, put_off.messages, asked)
        first, last = day_in_words(days[0].day), day_in_words(days[-1].day)
        title = first if asked.length == 1 else views.t("calendar.span", first=first, last=last)
        return views.answer(
            request,
            "screens/calendar.html",
            "list",
            viewer,
            asked=asked,
            days=days,
            put_off=put_off,
            at=now,
            today=today,
            names=[day_in_words(each.day, year=False) for each in days],
            title=f"{asked.day:%B %Y}" if asked.view == "month" else title,
            before=asked.before,
            after=asked.after,
            sequences=[("", views.t("calendar.any")), *known],
            address=views.address(request),
        )

    return routes


def _day(text: str) -> date | None:
    """A day that can be counted from in both directions, or None."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 1970 <= found.year <= 2200 else None
