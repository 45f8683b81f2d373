"""What a body may cost before it is read: its size and its time, by its route, and a good token first.

The framework reads a body before it asks a dependency. So this layer stands between the server and the app, and decides
when the first byte of a body is asked for: the route is known by then, and what nobody reads costs nothing.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from fastapi import HTTPException
from starlette.datastructures import Headers, MutableHeaders

from adapters.outage_errors import is_outage, where
from sequences.forms.definition import MOST_FILES
from starter.http.callers import given_in
from starter.http.routes import (
    bookings,
    crm,
    delivery_events,
    form_pages,
    inbound,
    links,
    mail_push,
    preferences,
    twilio,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from fastapi.security import HTTPAuthorizationCredentials
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from adapters.settings import Settings
    from sequences.access.caller import Caller

DEFAULT_BYTES: Final = 1_000_000
"""Of a request that asks for something; none of them needs a thousandth of it."""
PATIENCE: Final = 30.0
"""Seconds to wait for a body, at least."""
PACE: Final = 16_000
"""Bytes a second that a long body must bring: the slowest of mobile networks bring twice that."""
SLACK: Final = 200_000
"""Pages say in words what is too large; this limit is for what goes on all the same."""
_LONGEST_ADDRESS: Final = 45
"""Characters of an address (RFC 4291, 2.2: IPv6 with an IPv4 address in it)."""
_log = logging.getLogger("relance.http")


def body_limits(settings: Settings) -> dict[str, int]:
    """Bytes of a body at the most, by the path of its route; of all other routes ``DEFAULT_BYTES``."""
    mail = settings.inbound_max_bytes
    files = MOST_FILES * settings.upload_megabytes * 1024 * 1024
    return {
        "/hooks/crm": crm.MAX_BYTES,
        "/inbound/mime": mail,
        "/inbound/mailgun": inbound.WRITING * mail,
        "/inbound/mailgun/mime": inbound.WRITING * mail,
        "/inbound/sendgrid": inbound.WRITING * mail,
        "/inbound/postmark": inbound.WRITING * mail,
        "/inbound/ses": inbound.MAX_NOTIFICATION,
        **{f"/inbound/{name}/events": delivery_events.MAX_BYTES for name in delivery_events.PROVIDERS},
        "/bookings/{calendar}": bookings.MAX_BYTES,
        "/mail-push/google": mail_push.MAX_BYTES,
        "/mail-push/microsoft/{mailbox}": mail_push.MAX_BYTES,
        "/twilio/inbound": twilio.MAX_BYTES,
        "/twilio/status/{token}": twilio.MAX_BYTES,
        "/u/{token}": links.MAX_BYTES,
        "/u/{token}/preferences": preferences.MAX_BYTES,
        "/f/{token}": form_pages.FIELDS_BYTES + files + SLACK,
    }


@dataclass(frozen=True)
class BodyRules:
    """What holds for bodies.

    Attributes:
        limits: of ``body_limits``.
        mounted: bytes at the most below a path, for apps that have routes of their own.
        guarded: names of the operations that need a bearer token.
        find: finds out who calls, or raises 401.
        patience: seconds to wait for a body, at least.
    """

    limits: Mapping[str, int]
    mounted: Mapping[str, int]
    guarded: frozenset[str]
    find: Callable[[HTTPAuthorizationCredentials | None], Awaitable[Caller]]
    patience: float = PATIENCE


class Border:
    """Lets bodies in, within their limits."""

    def __init__(self, app: ASGIApp, rules: BodyRules) -> None:
        self._app = app
        self._rules = rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on; its body follows when it is asked for."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if (client := scope.get("client")) is not None:
            # What somebody wrote into a header, when a proxy hands it on; it is kept, and indexed.
            scope["client"] = (client[0][:_LONGEST_ADDRESS], client[1])
        body = _Body(self._rules, scope, receive)

        async def closing(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("X-Content-Type-Options", "nosniff")
                if body.is_slow:
                    # Its sender would hold the connection for as long as it likes.
                    headers["Connection"] = "close"
                if message["status"] == HTTPStatus.TEMPORARY_REDIRECT:
                    # The framework adds or takes the last slash, and makes an address of what the request says of
                    # its host, which may be anything.
                    headers["Location"] = urlsplit(headers["Location"])._replace(scheme="", netloc="").geturl()
            await send(message)

        await self._app(scope, body.receive, closing)


class _Body:
    """The body of one request."""

    def __init__(self, rules: BodyRules, scope: Scope, receive: Receive) -> None:
        self._rules = rules
        self._scope = scope
        self._receive = receive
        # Now: mounting changes the path on the way.
        self._mounted = next((most for path, most in rules.mounted.items() if scope["path"].startswith(path)), None)
        self._limit: int | None = None
        self._bytes = 0
        self._waited = 0.0
        self._has_ended = False
        self.is_slow = False

    async def receive(self) -> Message:
        """The next piece.

        Raises:
            HTTPException: 401, it needs a token first; 413, it is too long; 408, it is too slow.
        """
        if self._has_ended:
            # What comes now says that the client has gone, whenever that is.
            return await self._receive()
        if self._limit is None:
            self._limit = await self._admit()
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            # Only waiting counts, not what we do with each piece.
            async with asyncio.timeout(max(self._rules.patience, self._bytes / PACE) - self._waited):
                message = await self._receive()
        except TimeoutError:
            self.is_slow = True
            raise HTTPException(408, "the body did not come in time") from None
        self._waited += loop.time() - began
        self._has_ended = not message.get("more_body", False)
        self._bytes += len(message.get("body", b""))
        if self._bytes > self._limit:
            raise _too_large(self._limit)
        return message

    async def _admit(self) -> int:
        """The limit, after the proof."""
        route, headers = self._scope.get("route"), Headers(scope=self._scope)
        limit = self._mounted
        if limit is None:
            limit = self._rules.limits.get(getattr(route, "path", ""), DEFAULT_BYTES)
            if getattr(route, "name", "") in self._rules.guarded:
                self._scope.setdefault("state", {})["caller"] = await self._caller(headers)
        declared = headers.get("content-length", "")
        if declared.isdigit() and int(declared) > limit:
            raise _too_large(limit)
        return limit

    async def _caller(self, headers: Headers) -> Caller:
        try:
            return await self._rules.find(given_in(headers.get("authorization", "")))
        except Exception as error:
            if not is_outage(error):
                raise
            # The framework takes all else that a body raises for a mistake of the client.
            _log.warning("a server does not answer: %s", where(error))
            raise HTTPException(503, "the database does not answer") from None


def _too_large(limit: int) -> HTTPException:
    return HTTPException(413, f"the body is larger than {limit} bytes")
