"""Links in our mails: tracked ones, and unsubscribing (RFC 8058). Nothing but the signed token is asked for."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException

from sequences.clicks import Hit
from sequences.errors import TokenError
from sequences.tokens import TokenKind, verify
from starter.http.pages import Pages
from starter.http.security import read_body
from starter.outage import is_outage, where

if TYPE_CHECKING:
    from starter.http.ways import Ways

_log = logging.getLogger("relance.http")

_MAX_BYTES = 20_000
_ONE_CLICK = ("List-Unsubscribe", "One-Click")
_BUTTON = ("confirm", "yes")


def router(ways: Ways) -> APIRouter:
    """``/c/{token}`` and ``/u/{token}``; tokens never reach a log."""
    routes = APIRouter(tags=["links"])
    pages = Pages(ways.house.company)
    keys = ways.house.token_keys

    async def shown(answer: Callable[[], Awaitable[Response]]) -> Response:
        """People read these answers: errors are pages too."""
        try:
            return await answer()
        except TokenError:
            return pages.unknown_link()
        except Exception as error:
            if not is_outage(error):
                raise
            _log.warning("a link could not be answered: %s", where(error))
            return pages.unavailable()

    @routes.head("/c/{token}", include_in_schema=False)
    @routes.get("/c/{token}", summary="A link in a mail", response_class=Response)
    async def click(token: str, request: Request) -> Response:
        async def answer() -> Response:
            link = verify(TokenKind.CLICK, token, keys)
            address = request.client.host if request.client else ""
            hit = Hit(ways.clock(), request.method, request.headers.get("user-agent", ""), address)
            target = await ways.links.click(link, hit)
            if target is None or not target.lower().startswith(("http://", "https://")):
                return pages.unknown_link()
            headers = {"Location": target, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
            return Response(status_code=302, headers=headers)

        return await shown(answer)

    @routes.get("/u/{token}", summary="The page to unsubscribe; changes nothing", response_class=Response)
    async def page(token: str) -> Response:
        async def answer() -> Response:
            verify(TokenKind.UNSUBSCRIBE, token, keys)
            return pages.unsubscribe()

        return await shown(answer)

    @routes.post("/u/{token}", summary="Unsubscribes, by a mail program or the page's button", response_class=Response)
    async def unsubscribe(token: str, request: Request) -> Response:
        body = await read_body(request, _MAX_BYTES)

        async def answer() -> Response:
            send = verify(TokenKind.UNSUBSCRIBE, token, keys)
            if not await _is_meant(request, body):
                return pages.unsubscribe(400)
            return pages.unsubscribed() if await ways.links.unsubscribe(send) else pages.unknown_link()

        return await shown(answer)

    return routes


async def _is_meant(request: Request, body: bytes) -> bool:
    """A mail program's one-click body (as a form of either kind, RFC 8058 section 3.1) or the page's button."""
    pairs: list[tuple[str, str]] = []
    if request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        pairs = await _multipart(request, body)
    else:
        pairs = parse_qsl(body.decode("latin-1"))
    return _ONE_CLICK in pairs or _BUTTON in pairs


async def _multipart(request: Request, body: bytes) -> list[tuple[str, str]]:
    sent = False

    async def again() -> dict[str, object]:
        nonlocal sent
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    try:
        # The body was read already, with a limit; the parser wants to read it itself.
        async with Request(request.scope, again).form(max_files=1, max_fields=10) as form:
            return [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
    except (MultiPartException, HTTPException, ValueError):
        return []
