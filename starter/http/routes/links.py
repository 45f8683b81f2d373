"""Links in our mails: tracked ones, and unsubscribing (RFC 8058). Nothing but the signed token is asked for."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException

from adapters.outage_errors import is_outage, where
from sequences.errors import TokenError
from sequences.reactions.click_judgement import Hit
from sequences.sending.tracked_links import as_location
from sequences.tokens import TokenKind, verify
from starter.http.error_pages import FORM, page_answers, shown
from starter.http.errors import answers
from starter.http.pages import PageSet
from starter.http.pages.look import Look
from starter.http.routes import preferences
from starter.http.security import read_body

if TYPE_CHECKING:
    from starlette.datastructures import Headers

    from starter.http.dependencies import Ways

_log = logging.getLogger("relance.http")
MAX_BYTES = 20_000
_ONE_CLICK = ("List-Unsubscribe", "One-Click")
_BUTTON = ("confirm", "yes")
_FOLLOWED = ("GET", "HEAD")
# No browser follows a link so; whoever does is noted, and told that it may not.
_ODD = ("POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_PIXEL = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")
"""A transparent GIF of one pixel, 43 bytes."""
_AHEAD = ("purpose", "sec-purpose", "x-purpose", "x-moz")


def router(ways: Ways) -> APIRouter:
    """``/c/{token}``, ``/u/{token}`` and its preferences; tokens never reach a log."""
    routes = APIRouter(tags=["links"])
    every = PageSet(Look.of(ways.settings))
    keys = ways.organisation.token_keys

    @routes.api_route("/c/{token}", methods=[*_FOLLOWED[1:], *_ODD], include_in_schema=False)
    @routes.get(
        "/c/{token}",
        summary="A link in a mail",
        response_class=Response,
        status_code=302,
        responses={
            302: {"description": "Redirects to the target of the link."},
            **page_answers(404, 503),
            **answers(429),
        },
    )
    async def follow_link(token: str, request: Request) -> Response:
        pages = every.to(request)

        async def answer() -> Response:
            link = verify(TokenKind.CLICK, token, keys)
            target = await ways.links.click(link, _hit(request, ways))
            if request.method not in _FOLLOWED:
                return Response(status_code=405, headers={"Allow": ", ".join(_FOLLOWED), "Cache-Control": "no-store"})
            if target is None or not target.lower().startswith(("http://", "https://")):
                return pages.unknown_link()
            headers = {"Location": as_location(target), "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
            return Response(status_code=302, headers=headers)

        return await shown(pages, answer)

    @routes.head("/o/{token}", include_in_schema=False)
    async def ask_for_picture() -> Response:
        return _picture()

    @routes.get(
        "/o/{token}",
        summary="The picture in a mail that tells of an open",
        response_class=Response,
        responses={
            200: {
                "description": "A picture of one pixel, whatever the token.",
                "content": {"image/gif": {"schema": {"type": "string", "format": "binary"}}},
            },
            **answers(429),
        },
    )
    async def load_picture(token: str, request: Request) -> Response:
        try:
            await ways.links.open(verify(TokenKind.OPEN, token, keys), _hit(request, ways))
        except TokenError:
            # The same picture: a token that was made up finds nothing out.
            pass
        except Exception as error:
            if not is_outage(error):
                raise
            # One open is not counted; a picture is not broken for it.
            _log.warning("an open was not stored: %s", where(error))
        return _picture()

    @routes.get(
        "/u/{token}",
        summary="The unsubscribe page; changes nothing",
        response_class=Response,
        responses={**page_answers(200, 404, 503), **answers(429)},
    )
    async def show_unsubscribe_page(token: str, request: Request) -> Response:
        pages = every.to(request)

        async def answer() -> Response:
            reader = await ways.links.reader(verify(TokenKind.UNSUBSCRIBE, token, keys))
            # A message that is not stored yet, or no more, can be unsubscribed from all the same.
            spoken, topic = (reader.language, reader.topic) if reader is not None else (None, None)
            return pages.speaking(spoken).unsubscribe(token, topic)

        return await shown(pages, answer)

    @routes.post(
        "/u/{token}",
        summary="Unsubscribes, by a mail program or the page's button",
        response_class=Response,
        responses={**page_answers(200, 400, 404, 503), **answers(413)},
        openapi_extra=FORM,
    )
    async def unsubscribe(token: str, request: Request) -> Response:
        body = await read_body(request, MAX_BYTES)
        pages = every.to(request)

        async def answer() -> Response:
            send = verify(TokenKind.UNSUBSCRIBE, token, keys)
            reader = await ways.links.reader(send)
            if reader is None:
                return pages.unknown_link()
            theirs = pages.speaking(reader.language)
            if not await _is_meant(request, body):
                return theirs.unsubscribe(token, reader.topic, status=400)
            done = await ways.links.unsubscribe(send)
            return theirs.unsubscribed(token, reader.topic) if done else pages.unknown_link()

        return await shown(pages, answer)

    routes.include_router(preferences.router(ways, every))
    return routes


def _picture() -> Response:
    headers = {"Cache-Control": "no-store, private, max-age=0", "Referrer-Policy": "no-referrer"}
    return Response(_PIXEL, media_type="image/gif", headers=headers)


def _hit(request: Request, ways: Ways) -> Hit:
    address = request.client.host if request.client else ""
    agent = request.headers.get("user-agent", "")
    return Hit(ways.clock(), request.method, agent, address, prefetch=_is_ahead(request.headers))


def _is_ahead(headers: Headers) -> bool:
    """A program that loads pages before anybody asks for them says so."""
    return any(
        word in headers.get(name, "").lower() for name in _AHEAD for word in ("prefetch", "preview", "prerender")
    )


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
