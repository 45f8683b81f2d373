"""A scripted HTTP server that answers badly on purpose, a hook that remembers, and the stand-in."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from fastapi import FastAPI, Request, Response

from adapters.loop_server import LoopServer
from adapters.sms.twilio_transport import TwilioSettings, TwilioTransport
from starter.local.twilio.server import StandInSettings, TwilioStandIn

ACCOUNT = "AC" + "0" * 31 + "1"
TOKEN = "an-auth-token-for-tests"
OURS = "+12025550100"
PERSON = "+12025550123"


@dataclass
class Received:
    path: str
    headers: dict[str, str]
    form: list[tuple[str, str]]


class ScriptedServer:
    """Reads one whole request per connection, remembers it, then does what ``script`` says.

    ``script``: bytes to answer with; ``hang`` keeps the connection open; otherwise it is closed after the bytes.
    """

    def __init__(self) -> None:
        self.script = b""
        self.hang = False
        self.mute = False
        self.requests: list[Received] = []
        self.connections = 0
        self._writers: list[asyncio.StreamWriter] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        self._writers.append(writer)
        try:
            if self.mute:
                await asyncio.Event().wait()
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = head.strip().split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            body = await reader.readexactly(int(headers["content-length"]))
            form = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True)
            self.requests.append(Received(first, headers, form))
            writer.write(self.script)
            await writer.drain()
            if self.hang:
                await asyncio.Event().wait()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def stop(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()


@dataclass
class Hook:
    """What our side of the webhooks saw, in order."""

    url: str = ""
    status: int = 200
    calls: list[Received] = field(default_factory=list)

    def statuses(self) -> list[Any]:
        return [dict(call.form)["MessageStatus"] for call in self.calls]


@pytest.fixture
async def scripted() -> AsyncIterator[ScriptedServer]:
    server = ScriptedServer()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture(scope="session")
async def hook_server() -> AsyncIterator[Hook]:
    seen = Hook()
    app = FastAPI()

    @app.post("/{path:path}")
    async def remember(path: str, request: Request) -> Response:
        form = await request.form()
        query = f"?{request.url.query}" if request.url.query else ""
        seen.calls.append(
            Received(
                request.url.path + query,
                dict(request.headers),
                [(name, str(value)) for name, value in form.multi_items()],
            )
        )
        return Response(status_code=seen.status)

    server = LoopServer(app, "127.0.0.1", 0)
    await server.start()
    seen.url = f"http://127.0.0.1:{server.port}"
    yield seen
    await server.stop()


@pytest.fixture
def hook(hook_server: Hook) -> Hook:
    hook_server.calls.clear()
    hook_server.status = 200
    return hook_server


@pytest.fixture
async def make_standin(tmp_path: Path) -> AsyncIterator[Callable[..., Awaitable[TwilioStandIn]]]:
    started = []

    async def make(**changes: Any) -> TwilioStandIn:
        standin = TwilioStandIn(
            StandInSettings(**{"account_sid": ACCOUNT, "auth_token": TOKEN, "folder": tmp_path, **changes})
        )
        await standin.start()
        started.append(standin)
        return standin

    yield make
    for standin in started:
        await standin.stop()


@pytest.fixture
async def make_transport() -> AsyncIterator[Callable[..., TwilioTransport]]:
    opened = []

    def make(base_url: Any, **changes: Any) -> TwilioTransport:
        settings = {"account_sid": ACCOUNT, "auth_token": TOKEN, "sender": OURS, "base_url": base_url, "timeout": 5.0}
        transport = TwilioTransport(TwilioSettings(**settings | changes))
        opened.append(transport)
        return transport

    yield make
    for transport in opened:
        await transport.aclose()
