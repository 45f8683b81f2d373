"""Serves the app with uvicorn inside our own loop: its own signal handlers and its own exits stay out of it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING

import uvicorn

from sequences.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Generator

    from fastapi import FastAPI

_GRACE_SECONDS = 10


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


class HttpServer:
    """Listens between ``start`` and ``stop``. Port 0 picks a free one; ``port`` is the real one once started."""

    def __init__(self, app: FastAPI, host: str, port: int) -> None:
        self._config = uvicorn.Config(
            app,
            lifespan="off",
            ws="none",
            log_config=None,
            # The path of a link is its key. The level too: whoever sets up logging could turn the log on again.
            access_log=False,
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
        self._host = host
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
        """Takes nothing new, answers what is under way (10 seconds at the most), ends."""
        server, task, self._server, self._task = self._server, self._task, None, None
        if server is not None and task is not None:
            server.should_exit = True
            await task

    def _bind(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((self._host, self.port))
            # Listening now, not when uvicorn gets to it: of two processes on one port the second hears of it here.
            listener.listen(1024)
        except OSError as error:
            listener.close()
            raise SettingsError(
                f"cannot listen on port {self.port} ({error.strerror}); set RELANCE_HTTP_HOST and RELANCE_HTTP_PORT"
            ) from error
        return listener
