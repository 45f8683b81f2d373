"""What the HTTP server sets on its connections."""

from __future__ import annotations

import socket

import httpx
from fastapi import FastAPI

from adapters.loop_server import LoopServer


async def test_an_answer_is_not_held_back_until_its_head_is_acknowledged() -> None:
    app = FastAPI()
    server = LoopServer(app, "127.0.0.1", 0)
    delays: list[int] = []

    @app.get("/")
    async def look() -> None:
        assert server._server is not None
        for connection in server._server.server_state.connections:
            found = connection.transport.get_extra_info("socket")
            delays.append(found.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    await server.start()
    try:
        async with httpx.AsyncClient(trust_env=False) as client:
            assert (await client.get(f"http://127.0.0.1:{server.port}/")).status_code == 200
    finally:
        await server.stop()
    assert len(delays) == 1
    assert delays[0] != 0
