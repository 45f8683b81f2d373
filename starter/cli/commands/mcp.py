"""``relance mcp``: tools for an assistant on standard input and output."""

# ruff: noqa: PLC0415 - the SDK is an extra, and takes seconds to import.
from __future__ import annotations

import asyncio


def mcp() -> None:
    """Serve tools for an assistant (MCP) on stdin and stdout.

    An assistant's program starts it. It asks the server at RELANCE_URL, by the token RELANCE_TOKEN: what its scopes do
    not allow, no tool can do. The tools read, draft and judge replies; none of them sends, enrolls, approves or
    publishes.
    """
    from adapters.assistant_settings import load_assistant_settings
    from starter.logs import set_up_logs
    from starter.mcp_package import require_mcp

    settings = load_assistant_settings()
    set_up_logs("WARNING")
    require_mcp()
    from starter.mcp.stdio import serve_on_stdio

    asyncio.run(serve_on_stdio(settings))
