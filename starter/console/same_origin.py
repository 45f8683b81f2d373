"""Refuses acts that another site asks a browser for. No tokens in forms: browsers say where a request comes from.

As Go's ``http.CrossOriginProtection`` does it: ``Sec-Fetch-Site`` decides, or ``Origin`` where browsers leave that out:
on plain HTTP. A request without both is refused: no browser sends a form that way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.types import ASGIApp, Receive, Scope, Send

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


def is_same_origin(headers: Headers, public_url: str) -> bool:
    """Whether a request that changes something comes from a page of ours.

    Args:
        headers: of the request.
        public_url: how browsers reach us, for proxies that change ``Host``.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        # "none": somebody typed it or pressed "send again"; no page asked for it.
        return site in ("same-origin", "none")
    origin, ours = urlsplit(headers.get("origin", "")), urlsplit(public_url)
    if origin.scheme not in ("http", "https") or not origin.netloc:
        return False
    return (origin.scheme, origin.netloc) == (ours.scheme, ours.netloc) or origin.netloc == headers.get("host")


class SameOriginOnly:
    """Lets reads through, and acts from our own pages."""

    def __init__(
        self, app: ASGIApp, public_url: str, refuse: Callable[[Scope, Receive, Send], Awaitable[None]]
    ) -> None:
        self._app = app
        self._public_url = public_url
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on, or refuses it."""
        if (
            scope["type"] == "http"
            and scope["method"] not in _SAFE
            and not is_same_origin(Headers(scope=scope), self._public_url)
        ):
            await self._refuse(scope, receive, send)
            return
        await self._app(scope, receive, send)
