"""A raw SMTP server whose bad answers a test writes down."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.support.servers.smtp import ScriptedServer, StartServer


@pytest.fixture
async def start_server() -> AsyncIterator[StartServer]:
    running: list[ScriptedServer] = []

    async def start(answers: dict[str, str]) -> ScriptedServer:
        server = ScriptedServer(dict(answers))
        await server.start()
        running.append(server)
        return server

    yield start
    for server in running:
        await server.stop()
