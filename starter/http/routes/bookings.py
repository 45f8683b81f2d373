"""The webhooks of calendars. 2xx is said after the row is in Postgres; the same telling again changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel

from sequences.bookings.booking import Calendar
from sequences.bookings.signatures import CAL_COM_HEADER, CALENDLY_HEADER, check_cal_com, check_calendly
from sequences.errors import TokenError, UnfinishedError
from starter.http.errors import answers
from starter.http.security import read_body

if TYPE_CHECKING:
    from starter.http.dependencies import Ways

MAX_BYTES = 300_000


class BookingAnswer(BaseModel):
    """The result for a booking.

    Attributes:
        fresh: False: it was already stored, or it is about nobody that we know; nothing was changed.
        reaction: id of the reaction that it made, when it belongs to a run.
    """

    fresh: bool
    reaction: str | None = None


def router(ways: Ways) -> APIRouter:
    """``/bookings/{calendar}``, proved by the calendar's signature over the body."""
    routes = APIRouter(prefix="/bookings", tags=["hooks"])
    calendly, cal_com = ways.settings.calendly_keys(), ways.settings.cal_com_keys()

    def check(calendar: Calendar, request: Request, body: bytes) -> None:
        if calendar is Calendar.CALENDLY:
            check_calendly(request.headers.get(CALENDLY_HEADER, ""), body, calendly, ways.clock())
        else:
            check_cal_com(request.headers.get(CAL_COM_HEADER, ""), body, cal_com)

    @routes.post(
        "/{calendar}",
        summary="A meeting was booked, moved or cancelled",
        description="Point the webhook of Calendly (`/bookings/calendly`) or Cal.com (`/bookings/cal.com`) here; "
        "docs/bookings.md describes the settings. 200 means committed.",
        responses=answers(403, 404, 413, 422, 429, 500, 503),
        openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": {}}}}},
    )
    async def receive_booking(calendar: Calendar, request: Request) -> BookingAnswer:
        if not (calendly if calendar is Calendar.CALENDLY else cal_com):
            setting = "CALENDLY_SIGNING_KEYS" if calendar is Calendar.CALENDLY else "CAL_COM_SECRETS"
            raise TokenError(f"{calendar} is not set up: RELANCE_{setting} is empty")
        body = await read_body(request, MAX_BYTES)
        check(calendar, request, body)
        try:
            taken = await ways.bookings.receive(calendar, body)
        except UnfinishedError as error:
            # The calendar proved itself: whoever looks into its log must see that this is no matter of keys.
            raise HTTPException(422, f"the body cannot be read ({error.why})") from None
        return BookingAnswer(fresh=taken.fresh, reaction=taken.reaction)

    return routes
