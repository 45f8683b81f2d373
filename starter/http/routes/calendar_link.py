"""Links to an owner's calendar, for calendar programs. Behind the bearer token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from pydantic import BaseModel

from services.reading.calendar_feed import calendar_link, revoke_calendar_link
from starter.http.errors import answers
from starter.http.list_parameters import OwnerId

if TYPE_CHECKING:
    from starter.http.dependencies import Ways


class CalendarLink(BaseModel):
    """The address of an owner's calendar; null once it is revoked."""

    owner: str
    link: str | None


def router(ways: Ways) -> APIRouter:
    """``/owners/{id}/calendar-link``."""
    routes = APIRouter(prefix="/owners/{owner_id}/calendar-link", tags=["reading"])

    @routes.post("", summary="The link to an owner's calendar (.ics)", responses=answers(404))
    async def make_calendar_link(owner_id: OwnerId) -> CalendarLink:
        async with ways.database.transaction() as connection:
            link = await calendar_link(connection, ways.organisation, owner_id, ways.clock())
        return CalendarLink(owner=owner_id, link=link)

    @routes.post("/revoke", summary="End the link to an owner's calendar", responses=answers(409))
    async def end_calendar_link(owner_id: OwnerId) -> CalendarLink:
        async with ways.database.transaction() as connection:
            await revoke_calendar_link(connection, owner_id, ways.clock())
        return CalendarLink(owner=owner_id, link=None)

    return routes
