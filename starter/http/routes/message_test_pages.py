"""Where the links of a test lead: a page that says so. It reads nothing and changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from sequences.sending.message_tests import TEST_PATH
from starter.http.pages import PageSet
from starter.http.pages.look import Look

if TYPE_CHECKING:
    from starter.http.dependencies import Ways


def router(ways: Ways) -> APIRouter:
    """``/test/...``: the paths of all links, after the mark of a test."""
    routes = APIRouter(tags=["links"])
    every = PageSet(Look.of(ways.settings))

    # Mail programs post to the one-click link; Twilio posts the status of a text.
    @routes.api_route(f"{TEST_PATH}/{{rest:path}}", methods=["GET", "HEAD", "POST"], include_in_schema=False)
    async def show_test_page(rest: str, request: Request) -> Response:
        return every.to(request).notice(200, "link.test")

    return routes
