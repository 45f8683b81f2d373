"""An HTTP server inside a loop that already runs: uvicorn without its own signal handlers and its own exits."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING

import uvicorn

from sequences.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Generator

    from fastapi import FastAPI, Request


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
    """Serves one app between ``start`` and ``stop``. Port 0 picks a free one; ``port`` is the real one once started.

    Args:
        app: what is served.
        host: the address to listen on.
        port: 0 picks a free one.
        grace: seconds that ``stop`` gives to what is under way.
        hint: what somebody should do when the address cannot be used.
    """

    def __init__(self, app: FastAPI, host: str, port: int, *, grace: int = 1, hint: str = "") -> None:
        self._config = uvicorn.Config(
            app,
            lifespan="off",
            ws="none",
            # Its connections can be cut (``drop``).
            http="h11",
            log_config=None,
            # The path of a link is its key. The level too: whoever sets up logging could turn the log on again.
            access_log=False,
            log_level="warning",
            server_header=False,
            # Longer than a client keeps an idle connection, so that no request meets a connection that just closed.
            timeout_keep_alive=75,
            timeout_graceful_shutdown=grace,
        )
        self._host = host
        self._wanted_port = port
        self._hint = f"; {hint}" if hint else ""
        self.port = port
        self._server: _Server | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begins to listen.

        Raises:
            SettingsError: the address cannot be used.
        """
        listener = self._bind()
        self.port = listener.getsockname()[1]
        self._server = _Server(self._config)
        self._task = asyncio.create_task(self._server.serve(sockets=[listener]), name="http")
        ready = asyncio.create_task(self._server.ready.wait())
        await asyncio.wait({self._task, ready}, return_when=asyncio.FIRST_COMPLETED)
        if not ready.done():
            ready.cancel()
            await self.stop()
            raise SettingsError("the HTTP server ended while it started")

    async def stop(self) -> None:
        """Takes nothing new, answers what is under way as long as the grace lasts, ends. Harmless when not started."""
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

    def _bind(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        # With its protocol named, asyncio sends each write at once (TCP_NODELAY). Without, the body of an answer waits
        # until the client has acknowledged its head, which takes 40 ms.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((self._host, self._wanted_port))
            # Listening now, not when uvicorn gets to it: of two processes on one port the second hears of it here.
            listener.listen(1024)
        except OSError as error:
            listener.close()
            reason = error.strerror or type(error).__name__
            raise SettingsError(f"cannot listen on port {self._wanted_port} ({reason}){self._hint}") from error
        return listener
