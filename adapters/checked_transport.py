"""HTTP to strangers: a name is resolved, its address is checked, and the connection goes to that very address.

A check of the name before the request would say nothing: DNS may answer otherwise a moment later. Here the pool knows
connections by the name, so TLS checks the certificate of the name, and the address is chosen where the connection is
made.
"""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any, Final

import httpcore
import httpx

from sequences.sending.callable_networks import may_be_called

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sequences.sending.callable_networks import Network

REFUSED_ADDRESS: Final = "its address is not of the internet; RELANCE_WEBHOOK_NETWORKS names networks that are allowed"
_KEPT: Final = 20
_KEPT_SECONDS: Final = 5.0


class RefusedAddressError(httpcore.ConnectError):
    """The name leads to no address that may be called."""


class CheckedTransport(httpx.AsyncHTTPTransport):
    """What httpx sends by.

    Args:
        allowed: networks of our own that may be called.
    """

    def __init__(self, allowed: Sequence[Network]) -> None:
        super().__init__(trust_env=False)
        # httpx hands no backend on to its pool, so the pool is made here; it is only closed and asked by httpx.
        self._pool = httpcore.AsyncConnectionPool(
            # SSL_CERT_FILE and SSL_CERT_DIR count, as everywhere.
            ssl_context=httpx.create_ssl_context(trust_env=True),
            max_connections=None,
            max_keepalive_connections=_KEPT,
            keepalive_expiry=_KEPT_SECONDS,
            network_backend=_CheckedBackend(allowed),
        )


class _CheckedBackend(httpcore.AsyncNetworkBackend):
    def __init__(self, allowed: Sequence[Network]) -> None:
        self._allowed = allowed
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - as httpcore calls it
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the first address of the host that may be called and answers."""
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError("the name cannot be resolved") from error
        addresses = dict.fromkeys(str(each[4][0]) for each in found)
        callable_ones = [each for each in addresses if may_be_called(each, self._allowed)]
        if not callable_ones:
            raise RefusedAddressError(REFUSED_ADDRESS)
        for address in callable_ones[:-1]:
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._inner.connect_tcp(callable_ones[-1], port, timeout, local_address, socket_options)

    async def sleep(self, seconds: float) -> None:
        """As the backend does."""
        await self._inner.sleep(seconds)
