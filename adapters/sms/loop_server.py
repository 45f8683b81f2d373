"""An HTTP server inside a loop that already runs, for the parts of the local stack that share one process."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Generator

import uvicorn
from fastapi import FastAPI, Request

from sequences.errors import SettingsError


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        # Ctrl-C belongs to the process that we are a guest in.
        yield


class LoopServer:
    """Serves one app between ``start`` and ``stop``."""

    def __init__(self, app: FastAPI, host: str, port: int) -> None:
        self._app = app
        self._host = host
        self._wanted_port = port
        self._server: _Server | None = None
        self._task: asyncio.Task[None] | None = None
        self.port = port

    async def start(self) -> None:
        """Listens; ``port`` is the real one afterwards.

        Raises:
            SettingsError: the address cannot be used.
        """
        listener = _bind(self._host, self._wanted_port)
        self.port = listener.getsockname()[1]
        config = uvicorn.Config(
            self._app,
            lifespan="off",
            ws="none",
            http="h11",
            log_config=None,
            access_log=False,
            # Longer than a client keeps an idle connection, so that no request meets a connection that just closed.
            timeout_keep_alive=75,
            timeout_graceful_shutdown=1,
        )
        self._server = _Server(config)
        self._task = asyncio.create_task(self._server.serve(sockets=[listener]))
        ready = asyncio.create_task(self._server.ready.wait())
        await asyncio.wait({self._task, ready}, return_when=asyncio.FIRST_COMPLETED)
        if not ready.done():
            ready.cancel()
            await self.stop()
            raise SettingsError("the HTTP server of the local stack ended while it started")

    async def stop(self) -> None:
        """Answers what is under way, then closes everything. Harmless when not started."""
        server, task, self._server, self._task = self._server, self._task, None, None
        if server is not None and task is not None:
            server.should_exit = True
            await task

    def drop(self, request: Request) -> None:
        """Cuts the connection of ``request`` at once, so that its client never sees an answer."""
        if self._server is None or request.client is None:
            return
        peer = (request.client.host, request.client.port)
        for connection in self._server.server_state.connections:
            transport = getattr(connection, "transport", None)
            if transport is not None and getattr(connection, "client", None) == peer:
                transport.abort()


def _bind(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise SettingsError(f"cannot listen on port {port}: {error.strerror or type(error).__name__}") from error
    return listener
