"""A span for each request, with the name of its route and never its address: links hold tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.tracing import request_span

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class TracedRequests:
    """Traces what the app is asked.

    Args:
        app: what is asked.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # A client could make any number of names.
        method = scope["method"] if scope["method"] in _METHODS else "HTTP"
        with request_span(method) as span:
            if span is None:
                await self._app(scope, receive, send)
                return
            status = 500

            async def noting(message: Message) -> None:
                nonlocal status
                if message["type"] == "http.response.start":
                    status = message["status"]
                await send(message)

            try:
                await self._app(scope, receive, noting)
            finally:
                path = getattr(scope.get("route"), "path", None)
                if path is not None:
                    route = f"{scope.get('root_path', '')}{path}"
                    span.update_name(f"{method} {route}")
                    span.set_attribute("http.route", route)
                span.set_attribute("http.request.method", method)
                span.set_attribute("http.response.status_code", status)
