"""``/calendar/{token}.ics``: an owner's calendar for calendar programs. The signed token is all that is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from sequences.errors import NotFoundError, TokenError
from sequences.tokens import TokenKind, verify
from services.reading.calendar_feed import calendar_feed
from starter.http.errors import answers

if TYPE_CHECKING:
    from starter.http.dependencies import Ways

_HEADERS = {"Cache-Control": "private, max-age=300", "Referrer-Policy": "no-referrer"}


def router(ways: Ways) -> APIRouter:
    """GET changes nothing, and a program that has the newest calendar already is told so."""
    routes = APIRouter(tags=["links"])
    path = "/calendar/{token}.ics"

    @routes.head(path, include_in_schema=False)
    @routes.get(
        path,
        summary="An owner's calendar, for calendar programs",
        response_class=Response,
        responses={
            200: {"description": "The calendar (RFC 5545).", "content": {"text/calendar": {}}},
            304: {"description": "Nothing has changed since `If-None-Match`."},
            **answers(404, 429, 503),
        },
    )
    async def read_calendar_feed(token: str, request: Request) -> Response:
        try:
            link = verify(TokenKind.CALENDAR, token, ways.organisation.token_keys)
        except TokenError as error:
            raise NotFoundError("no such calendar") from error
        async with ways.database.transaction() as connection:
            feed = await calendar_feed(connection, link, ways.clock())
        if feed is None:
            raise NotFoundError("no such calendar")
        headers = {**_HEADERS, "ETag": f'"{feed.tag}"'}
        known = {each.strip().removeprefix("W/") for each in request.headers.get("If-None-Match", "").split(",")}
        if known & {headers["ETag"], "*"}:
            return Response(status_code=304, headers=headers)
        return Response(feed.content, media_type="text/calendar; charset=utf-8", headers=headers)

    return routes
