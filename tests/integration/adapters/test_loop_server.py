"""What the HTTP server sets on its connections, and when it ends them."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI

from adapters.loop_server import LoopServer
from tests.support.waiting import PATIENCE


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


@asynccontextmanager
async def serving(**more: float) -> AsyncIterator[LoopServer]:
    app = FastAPI()

    @app.post("/")
    async def take(body: dict[str, int]) -> dict[str, int]:
        return body

    server = LoopServer(app, "127.0.0.1", 0, **more)  # type: ignore[arg-type]
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


WHOLE = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n"


async def until_closed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, drip: bytes = b"") -> bytes:
    """What the server says until it closes the connection, while its client goes on to drip."""

    async def dripping() -> None:
        while True:
            writer.write(drip)
            await asyncio.sleep(0.05)

    task = asyncio.create_task(dripping())
    said = b""
    try:
        async with asyncio.timeout(PATIENCE):
            said = await reader.read(1_000)
            # What drips on meets a closed door.
            while more := await reader.read(1_000):
                said += more
    except ConnectionResetError:
        assert said
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        writer.close()
    return said


async def test_a_head_that_never_ends_ends_its_connection() -> None:
    async with serving(head_seconds=0.5) as server:
        for begin in (b"", b"P", b"POST / HTTP/1.1\r\nHost: a\r\nX: "):
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(begin)
            # Each byte is progress, and the deadline is for all of them.
            said = await until_closed(reader, writer, b"x" if begin else b"")
            assert said.startswith(b"HTTP/1.1 408 Request Timeout\r\n"), begin


async def test_a_head_that_is_whole_may_be_followed_by_a_slow_body_and_by_another_head() -> None:
    async with serving(head_seconds=0.5) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(WHOLE)
        # Longer than for a head: a body has a deadline of its own.
        await asyncio.sleep(0.8)
        writer.write(b'{"a":1}')
        async with asyncio.timeout(PATIENCE):
            assert (await reader.readline()).startswith(b"HTTP/1.1 200")
            assert (await reader.readuntil(b'{"a":1}')).endswith(b'{"a":1}')
        writer.write(b"POST / HT")
        assert (await until_closed(reader, writer)).startswith(b"HTTP/1.1 408")


async def test_more_connections_than_wanted_are_closed_and_the_others_work() -> None:
    async with serving(most=2) as server:
        kept = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(2)]
        for reader, writer in kept:
            # An answer says that the server has taken it.
            writer.write(WHOLE + b'{"a":1}')
            async with asyncio.timeout(PATIENCE):
                await reader.readuntil(b'{"a":1}')
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        async with asyncio.timeout(PATIENCE):
            with contextlib.suppress(ConnectionResetError):
                assert await reader.read() == b""
        writer.close()
        kept[0][1].write(WHOLE + b'{"a":2}')
        async with asyncio.timeout(PATIENCE):
            await kept[0][0].readuntil(b'{"a":2}')
        for _, writer in kept:
            writer.close()
