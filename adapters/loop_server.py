"""An HTTP server inside a loop that already runs: uvicorn without its own signal handlers and its own exits.

uvicorn waits for the head of a request for as long as somebody likes to send it, and takes any number of connections.
Both end here: an app hears of a request only when its head is there.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from sequences.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Generator

    from fastapi import FastAPI, Request

HEAD_SECONDS: Final = 30.0
"""For the head of a request, from its first byte or from the connection on."""
MOST_CONNECTIONS: Final = 2_000
"""Open at once. Each takes some ten kilobytes and a file."""
_NO_HEAD: Final = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_log = logging.getLogger("relance.http")


class _Protocol(H11Protocol):
    """One connection, with an end to waiting for a head."""

    def __init__(self, *given: Any, head_seconds: float, most: int, **named: Any) -> None:
        super().__init__(*given, **named)
        self._head_seconds = head_seconds
        self._most = most
        self._head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self._most:
            _log.warning("more than %d connections: another one is refused", self._most)
            transport.abort()
            return
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_head()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        # Not yet: the first bytes of a head, of the next request on a kept connection as well.
        if self.conn.their_state is h11.IDLE:
            self._wait_for_head()
        else:
            self._forget_head()

    def _wait_for_head(self) -> None:
        if self._head_timer is None and not self.transport.is_closing():
            self._head_timer = self.loop.call_later(self._head_seconds, self._no_head)

    def _forget_head(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _no_head(self) -> None:
        self._head_timer = None
        if self.conn.their_state is h11.IDLE and not self.transport.is_closing():
            self.transport.write(_NO_HEAD)
            self.transport.close()


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
        head_seconds: for the head of a request.
        most: connections that are open at once; more are closed at once.
    """

    def __init__(
        self,
        app: FastAPI,
        host: str,
        port: int,
        *,
        grace: int = 1,
        hint: str = "",
        head_seconds: float = HEAD_SECONDS,
        most: int = MOST_CONNECTIONS,
    ) -> None:
        self._config = uvicorn.Config(
            app,
            lifespan="off",
            ws="none",
            # Its connections can be cut (``drop``), and have a deadline for heads.
            http=partial(_Protocol, head_seconds=head_seconds, most=most),  # type: ignore[arg-type]
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
