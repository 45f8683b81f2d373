"""The health check of our containers, run as Docker would run it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from starter.local.ports import free_port

SCRIPT = Path(__file__).parents[3] / "docker" / "healthcheck.py"


@asynccontextmanager
async def answering(status: str, body: str) -> AsyncIterator[int]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield int(server.sockets[0].getsockname()[1])


async def check(port: int) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(SCRIPT),
        f"http://127.0.0.1:{port}/readyz?queue=relance",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode, output.decode()


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [("200 OK", 0, ""), ("503 Service Unavailable", 1, "worker on relance"), ("204 No Content", 1, "")],
)
async def test_only_200_is_healthy(answer: str, status: int, said: str) -> None:
    async with answering(answer, "worker on relance" if answer.startswith("503") else "") as port:
        assert await check(port) == (status, f"{said}\n" if said else "")


async def test_nobody_there_is_not_healthy() -> None:
    status, output = await check(free_port())
    assert (status, output.startswith("no answer: ")) == (1, True)
