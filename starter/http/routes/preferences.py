"""The preference page: how somebody may be written to. GET shows, only POST changes. It works without JavaScript."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response

from sequences.channels import CHANNELS
from sequences.tokens import TokenKind, verify
from services.intake.preferences import TopicChoice
from starter.http.error_pages import FORM, page_answers, shown
from starter.http.errors import answers
from starter.http.security import read_body

if TYPE_CHECKING:
    from services.intake.preferences import ShownPreferences
    from starter.http.dependencies import Ways
    from starter.http.pages import Pages, PageSet

MAX_BYTES = 20_000
_PATH = "/u/{token}/preferences"


def router(ways: Ways, every: PageSet) -> APIRouter:
    """``/u/{token}/preferences``; the token is the one of the unsubscribe link."""
    routes = APIRouter()
    keys = ways.organisation.token_keys

    @routes.get(
        _PATH,
        summary="The preference page; changes nothing",
        response_class=Response,
        responses=page_answers(200, 404, 503),
    )
    async def show_preferences(token: str, request: Request) -> Response:
        pages = every.to(request)

        async def answer() -> Response:
            state = await ways.links.preferences.read(verify(TokenKind.UNSUBSCRIBE, token, keys))
            return _page(pages, state)

        return await shown(pages, answer)

    @routes.post(
        _PATH,
        summary="Save contact preferences",
        response_class=Response,
        responses={**page_answers(200, 400, 404, 503), **answers(413)},
        openapi_extra=FORM,
    )
    async def choose_preferences(token: str, request: Request) -> Response:
        body = await read_body(request, MAX_BYTES)
        pages = every.to(request)

        async def answer() -> Response:
            send = verify(TokenKind.UNSUBSCRIBE, token, keys)
            pairs = parse_qsl(body.decode("utf-8", "replace"))
            said = dict(pairs).get("choice")
            if said not in ("save", "nothing"):
                # A form that says nothing is no choice: unticked boxes are not sent at all.
                state = await ways.links.preferences.read(send)
                return _page(pages, state, status=400)
            ticked = frozenset(value for name, value in pairs if name == "channel" and value in CHANNELS)
            # Only topics that the page showed: one that is new since is nobody's choice yet.
            listed = {value for name, value in pairs if name == "topics"}
            wanted = {value for name, value in pairs if name == "topic"} & listed
            topics = TopicChoice(tuple(sorted(wanted)), tuple(sorted(listed - wanted))) if said == "save" else None
            state = await ways.links.preferences.choose(send, ticked if said == "save" else None, topics)
            return _page(pages, state, saved=True)

        return await shown(pages, answer)

    return routes


def _page(pages: Pages, state: ShownPreferences | None, *, saved: bool = False, status: int = 200) -> Response:
    if state is None:
        return pages.unknown_link()
    return pages.speaking(state.language).preferences(state, saved=saved, status=status)
