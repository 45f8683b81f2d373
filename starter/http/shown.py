"""Answers that people read: errors are pages too."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from sequences.errors import TokenError
from starter.outage import is_outage, where

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from fastapi import Response

    from starter.http.pages import Pages

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
