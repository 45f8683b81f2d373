"""Answers that people read: errors are pages too."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from adapters.outage_errors import is_outage, where
from sequences.errors import TokenError
from starter.http.errors import answers

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from fastapi import Response

    from starter.http.pages import Pages


def page_answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What such an operation answers: pages, and JSON for what is beyond a page."""
    page = {"content": {"text/html": {"schema": {"type": "string"}}}}
    words = {200: "The page.", 400: "The page again: nothing was chosen.", 404: "A page: the link is not one of ours."}
    words |= {503: "A page: the database is away.", 410: "A page: the link has expired or was used, with what to do."}
    words |= {413: "A page: too much was sent.", 429: "A page: this link took many changes already."}
    return {status: page | {"description": words[status]} for status in statuses} | answers(500)


FORM = {
    "requestBody": {
        "required": True,
        "content": {"application/x-www-form-urlencoded": {"schema": {"type": "object", "additionalProperties": True}}},
    }
}
_log = logging.getLogger("relance.http")


async def shown(pages: Pages, answer: Callable[[], Awaitable[Response]]) -> Response:
    """The answer, or the page for a link that we never made, or for a database that is away."""
    try:
        return await answer()
    except TokenError:
        return pages.unknown_link()
    except Exception as error:
        if not is_outage(error):
            raise
        _log.warning("a link could not be answered: %s", where(error))
        return pages.unavailable()
