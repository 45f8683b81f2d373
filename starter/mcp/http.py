"""The tools at ``/mcp`` of the server, by streamable HTTP: each request brings a token of its own."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import httpx
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from starlette.datastructures import Headers
from starlette.routing import Route

from starter.http.border import DEFAULT_BYTES
from starter.http.callers import caller_by, given_in
from starter.mcp.api import Api
from starter.mcp.server import create_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractAsyncContextManager

    from fastapi import FastAPI
    from mcp.server.mcpserver import Context
    from starlette.types import Receive, Scope, Send

    from adapters.settings import Settings
    from starter.http.dependencies import Ways

PATH: Final = "/mcp"
_HERE: Final = ("127.0.0.1", "localhost", "[::1]")


@asynccontextmanager
async def serving_mcp(app: FastAPI, ways: Ways) -> AsyncIterator[None]:
    """Serves the tools in ``app`` until the end.

    Args:
        app: gets another route; tools ask it, as any program does.
        ways: of the app.
    """

    def connect(context: Context[Any, Any]) -> AbstractAsyncContextManager[httpx.AsyncClient]:
        request = context.request_context.request
        assert request is not None
        address = (request.client.host, request.client.port) if request.client else ("", 0)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=address)
        headers = {"Authorization": request.headers["authorization"]}
        return httpx.AsyncClient(transport=transport, base_url="http://relance.internal", headers=headers)

    server = create_server(Api(connect))
    # Without sessions: any of several servers can answer, and nothing is kept of a client that has gone.
    server.streamable_http_app(
        stateless_http=True,
        json_response=True,
        transport_security=security_of(ways.settings),
        max_request_body_size=DEFAULT_BYTES,
    )
    route = Route(PATH, _Guarded(server.session_manager, ways))
    app.router.routes.append(route)
    try:
        async with server.session_manager.run():
            yield
    finally:
        app.router.routes.remove(route)


def security_of(settings: Settings) -> TransportSecuritySettings:
    """Which names of hosts and which origins of pages are ours.

    A page that a browser has open can make a name of its own point to this machine; it cannot change what the browser
    says of that name.
    """
    public = urlsplit(settings.public_url)
    hosts = [public.netloc, *settings.mcp_host_names()]
    here = [f"{name}:*" for name in (*_HERE, settings.http_host)]
    return TransportSecuritySettings(
        allowed_hosts=[*hosts, *here],
        allowed_origins=[
            f"{public.scheme}://{public.netloc}",
            *(f"{scheme}://{host}" for host in settings.mcp_host_names() for scheme in ("https", "http")),
        ],
    )


class _Guarded:
    """Asks for a good token before anything of a request is read."""

    def __init__(self, manager: StreamableHTTPSessionManager, ways: Ways) -> None:
        self._manager = manager
        self._find = caller_by(ways)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._find(given_in(Headers(scope=scope).get("authorization", "")))
        await self._manager.handle_request(scope, receive, send)
