"""What is planned to be sent, as ``relance calendar`` shows it. Behind the bearer token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from services.reading.calendar import CalendarEntries, CalendarRequest
from services.reading.calendar_days import CalendarGroups, CalendarSums
from services.reading.calendar_later import CalendarAhead
from starter.http.list_parameters import Instant, OfOwner, OfSequence
from starter.limits import limits_ahead_of

if TYPE_CHECKING:
    from starter.http.dependencies import Ways

_INSTANT = "ISO 8601 with offset, or a date (midnight UTC)."


class CalendarAsked(BaseModel):
    """What is planned for whom, and when."""

    sequence: OfSequence = None
    owner: OfOwner = None
    from_: Instant | None = Field(default=None, alias="from", description=f"From here on: {_INSTANT}")
    to: Instant | None = Field(
        default=None, description=f"Before this: {_INSTANT} Steps that wait for their date are left out then."
    )
    limit: int = Field(default=100, ge=1, le=1000, description="Maximum number of rows; `more` says if there are more.")

    def request(self) -> CalendarRequest:
        """As the calendar takes it."""
        return CalendarRequest(self.from_, self.to, self.sequence, self.owner, self.limit)


def router(ways: Ways) -> APIRouter:
    """``/calendar``."""
    routes = APIRouter(prefix="/calendar", tags=["reading"])
    ahead = CalendarAhead(limits_ahead_of(ways.settings, ways.enrolling.versions))

    @routes.get("", summary="What is planned, per day and step; up to five recipients by name")
    async def get_calendar(asked: Annotated[CalendarAsked, Query()]) -> CalendarGroups:
        async with ways.database.transaction() as connection:
            return await ahead.groups(connection, asked.request(), ways.clock())

    @routes.get("/sum", summary="How much is planned on each day")
    async def get_calendar_sums(asked: Annotated[CalendarAsked, Query()]) -> CalendarSums:
        async with ways.database.transaction() as connection:
            return await ahead.sums(connection, asked.request(), ways.clock())

    @routes.get("/each", summary="Each planned step of each recipient")
    async def list_calendar(asked: Annotated[CalendarAsked, Query()]) -> CalendarEntries:
        async with ways.database.transaction() as connection:
            return await ahead.entries(connection, asked.request(), ways.clock())

    return routes
