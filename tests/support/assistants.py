"""Tools for assistants on a real port, and the official client that uses them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from adapters.loop_server import LoopServer
from sequences.access.token_scope import TokenScope
from services.access.audit import CLI
from services.access.tokens import NewToken, create_token
from starter.mcp.http import serving_mcp
from tests.support.kept_apps import app_of
from tests.support.rigs.api import ApiRig, ways_for

CALLS: dict[str, dict[str, Any]] = {
    "find_people": {"text": "Alex"},
    "get_person": {"person": "p1"},
    "explain": {"person": "p1", "sequence": "hello"},
    "list_runs": {"person": "p1"},
    "get_run": {"run": "e0000000000"},
    "list_replies": {"person": "p1"},
    "list_sequences": {},
    "get_statistics": {"sequence": "hello"},
    "read_guide": {"which": "templates"},
    "list_fields": {"record": "person"},
    "get_draft": {"sequence": "hello"},
    "check_sequence": {"sequence": "fresh", "files": {"sequence.yaml": "sequence: fresh"}},
    "save_draft": {"sequence": "fresh", "files": {"sequence.yaml": "sequence: fresh"}},
    "judge_reply": {"reply": "r0000000000", "label": "negative", "intent": "decline"},
}
"""One call of each tool, by the names of what `ApiRig.enrolled` makes."""


async def token_of(api: ApiRig, *scopes: TokenScope, name: str = "assistant") -> str:
    async with api.database.transaction() as connection:
        return (await create_token(connection, CLI, NewToken(name, scopes), api.now)).token


@asynccontextmanager
async def serving_assistants(api: ApiRig, **settings: Any) -> AsyncIterator[str]:
    """The whole app with its tools; gives the address of the tools."""
    ways = replace(ways_for(api), settings=api.settings.model_copy(update={"mcp": True, **settings}))
    with app_of(ways) as app:
        async with serving_mcp(app, ways):
            server = LoopServer(app, "127.0.0.1", 0)
            await server.start()
            try:
                yield f"http://127.0.0.1:{server.port}/mcp"
            finally:
                await server.stop()


@asynccontextmanager
async def assistant(url: str, token: str, mode: str = "auto") -> AsyncIterator[Client]:
    """The official client with a token."""
    async with (
        httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=60) as http,
        Client(streamable_http_client(url, http_client=http), mode=mode, read_timeout_seconds=60) as client,
    ):
        yield client


def said(result: Any) -> str:
    """The words of a tool's answer."""
    return " ".join(block.text for block in result.content)
