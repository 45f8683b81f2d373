"""Browsers that go to a provider and come back: only the one that left comes back, once, and soon."""

from __future__ import annotations

import dataclasses
import secrets
from typing import TYPE_CHECKING, Any

from fastapi.responses import RedirectResponse

from adapters.oidc_client import OidcAttempt
from services.access.attempts import Attempts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import Request, Response

    from starter.console.cookie import OwnCookie
    from starter.console.door import Door
    from starter.http.dependencies import Ways


class NeedsTlsError(Exception):
    """The secret of a visit must not travel in clear."""


@dataclasses.dataclass(frozen=True)
class Visit:
    """A browser that came back.

    Attributes:
        attempt: which it left with.
        detail: what was remembered when it left.
    """

    attempt: OidcAttempt
    detail: Mapping[str, Any]


class Visits:
    """There and back.

    Args:
        ways: ours.
        kind: of the visits, such as ``oidc``.
    """

    def __init__(self, ways: Ways, kind: str) -> None:
        self._ways = ways
        self._attempts = Attempts(kind)

    def check(self, request: Request) -> None:
        """Whether a browser may leave at all.

        Raises:
            NeedsTlsError: not from here.
        """
        _cookie(request)

    async def leave(self, request: Request, attempt: OidcAttempt, address: str, detail: Mapping[str, str]) -> Response:
        """Sends a browser away.

        Args:
            request: of the browser.
            attempt: what the provider was told of it.
            address: of the provider, made for that attempt.
            detail: what to know when it comes back.

        Raises:
            NeedsTlsError: not from here.
        """
        cookie = _cookie(request)
        # Two tabs share the secret, so that each can come back.
        browser = request.cookies.get(cookie.name) or secrets.token_urlsafe(32)
        async with self._ways.database.transaction() as connection:
            known = dataclasses.asdict(attempt) | {"detail": dict(detail)}
            await self._attempts.begin(connection, attempt.state, browser, known, self._ways.clock())
        answer = RedirectResponse(address, 303)
        cookie.put(answer, browser)
        return answer

    async def come_back(self, request: Request) -> Visit | None:
        """What was remembered of a browser; None: unknown, used, too old, or another browser left.

        Raises:
            NeedsTlsError: not from here.
        """
        cookie, state = _cookie(request), request.query_params.get("state", "")
        async with self._ways.database.transaction() as connection:
            browser = request.cookies.get(cookie.name, "")
            known = await self._attempts.take(connection, state, browser, self._ways.clock())
        if known is None:
            return None
        return Visit(OidcAttempt(known["state"], known["nonce"], known["verifier"]), known["detail"])


def _cookie(request: Request) -> OwnCookie:
    door: Door = request.app.state.door
    cookie = door.attempt_cookie(request)
    if cookie is None:
        raise NeedsTlsError
    return cookie
