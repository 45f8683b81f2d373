"""The tools on standard input and output, for an assistant that starts them on a desk: they ask a running server."""

from __future__ import annotations

from contextlib import asynccontextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import httpx

from starter.mcp.api import Api
from starter.mcp.server import create_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractAsyncContextManager

    from mcp.server.mcpserver import Context

    from adapters.assistant_settings import AssistantSettings

_SECONDS = 60.0


async def serve_on_stdio(settings: AssistantSettings) -> None:
    """Answers until the input ends.

    Args:
        settings: where the server is, and the token to act by.
    """
    async with _client(settings) as client:

        def connect(context: Context[Any, Any]) -> AbstractAsyncContextManager[httpx.AsyncClient]:
            # One desk, one token: every call is the same caller's.
            del context
            return nullcontext(client)

        await create_server(Api(connect)).run_stdio_async()


@asynccontextmanager
async def _client(settings: AssistantSettings) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {settings.token.get_secret_value()}"}
    # Proxies and certificates of the environment hold; a redirect would take the token elsewhere.
    async with httpx.AsyncClient(
        base_url=settings.url, headers=headers, timeout=_SECONDS, follow_redirects=False
    ) as client:
        yield client
