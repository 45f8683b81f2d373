"""How often an address may ask what needs no token, and how often one link is followed. Kept in this process's memory.

Opting out is never refused: mail providers post it for all their users from a few addresses, and a number for each link
could be used up by a stranger who has it. Such a post costs 20 kB and one row that is looked up.
"""

from __future__ import annotations

import asyncio
import ipaddress
import math
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from starter.http.errors import problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LINK_RATE: Final = 60
"""Requests a minute for one link, by anybody."""
REFUSED_RATE: Final = 120
"""Refused requests a minute of one address, at one address of ours: wrong signatures and logins."""
_MOST_KEYS: Final = 20_000
_LINKS: Final = frozenset({"c", "o", "u", "f", "d", "calendar"})
_OTHERS: Final = frozenset({"readyz"})
_SIGNED: Final = frozenset({"bookings", "hooks", "inbound", "mail-push", "twilio"})
_REFUSALS: Final = (401, 403)
_IPV6_NETWORK: Final = 64
"""Bits of an address that a provider gives to one customer: they may use each address in it."""


class Buckets:
    """Token buckets: a minute's worth at once, and then as many as come in by time.

    Args:
        per_minute: how many; 0: any number.
        most: keys that are remembered. Of more, those that asked last are.
    """

    def __init__(self, per_minute: int, most: int = _MOST_KEYS) -> None:
        self._size = per_minute
        self._most = most
        self._known: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    def wait(self, key: str, now: float) -> float:
        """Seconds until this key may ask again; 0: now.

        Args:
            key: of the bucket.
            now: seconds, of a clock that never goes back.
        """
        missing = 1 - self._left(key, now)
        return missing * 60 / self._size if self._size and missing > 0 else 0.0

    def take(self, key: str, now: float) -> float:
        """The same; when it is now, one is taken."""
        wait = self.wait(key, now)
        if self._size and not wait:
            self._known[key] = (self._left(key, now) - 1, now)
            self._known.move_to_end(key)
            if len(self._known) > self._most:
                self._known.popitem(last=False)
        return wait

    def _left(self, key: str, now: float) -> float:
        left, then = self._known.get(key, (float(self._size), now))
        return min(float(self._size), left + (now - then) * self._size / 60)


class RateLimits:
    """Answers 429, with ``Retry-After``, to who asks too often.

    Args:
        app: what is asked otherwise.
        per_minute: of one address, for links, forms and readiness; 0: any number.
    """

    def __init__(self, app: ASGIApp, per_minute: int) -> None:
        self._app = app
        self._addresses = Buckets(per_minute)
        self._links = Buckets(LINK_RATE)
        self._refused = Buckets(REFUSED_RATE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on, or answers it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        kind, _, rest = scope["path"].lstrip("/").partition("/")
        address, now = asking_network(scope), asyncio.get_running_loop().time()
        if address is not None and kind in _SIGNED:
            # Not the rest of the path: whoever makes up ids in it would be counted anew each time.
            way = f"{address} {kind}/{rest.partition('/')[0][:40]}"
            await self._counting_refusals(way, scope, receive, send)
            return
        opts_out = kind == "u" and scope["method"] == "POST"
        wait = 0.0
        if kind in _LINKS and not opts_out:
            wait = self._links.take(f"{kind} {rest.partition('/')[0][:80]}", now)
        if address is not None and kind in _LINKS | _OTHERS and not opts_out and not wait:
            wait = self._addresses.take(address, now)
        await (_too_many(wait) if wait else self._app)(scope, receive, send)

    async def _counting_refusals(self, key: str, scope: Scope, receive: Receive, send: Send) -> None:
        loop = asyncio.get_running_loop()

        async def counting(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] in _REFUSALS:
                self._refused.take(key, loop.time())
            await send(message)

        wait = self._refused.wait(key, loop.time())
        await (_too_many(wait) if wait else self._app)(scope, receive, counting)


def asking_network(scope: Scope) -> str | None:
    """Who asks: an address, or the network of one. None: it is not of the internet, so it is a proxy or our own.

    A proxy that ``FORWARDED_ALLOW_IPS`` does not name would else be limited in place of all that are behind it.
    """
    client = scope.get("client")
    try:
        address = ipaddress.ip_address(client[0] if client else "")
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    address = mapped or address
    if not address.is_global:
        return None
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((address, _IPV6_NETWORK), strict=False))


def _too_many(wait: float) -> ASGIApp:
    return problem(429, "too many requests", {"Retry-After": str(math.ceil(wait))})
