"""Where the console finds sessions, and notes what is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.identity_provider import provider_of
from services.access import presses
from services.access.addresses import oidc_callback
from services.access.audit import Deed, Doer, Way, record
from services.access.sessions import SignedIn, ViewerDefaults, find_session
from starter.console.cookie import OwnCookie, attempt_cookie, session_cookie
from starter.console.once import PressedBeforeError, PressKey, answer_of_first, remember, taken_back

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime

    from starlette.requests import Request

    from adapters.postgres.database import Connection
    from starter.http.dependencies import Ways


class Door:
    """One for each console; ``request.app.state.door``."""

    def __init__(self, ways: Ways) -> None:
        self._ways = ways
        self._defaults = ViewerDefaults(ways.settings.organisation_timezone, ways.settings.people_visible)
        self.provider = provider_of(ways.settings, oidc_callback(ways.settings.public_url))

    def cookie(self, request: Request) -> OwnCookie | None:
        """How a session travels to this browser; None: not at all."""
        return session_cookie(self._ways.settings.public_url, request.headers.get("host", ""))

    def attempt_cookie(self, request: Request) -> OwnCookie | None:
        """How the secret of a sign-in travels that goes on elsewhere; None: not at all."""
        return attempt_cookie(self._ways.settings.public_url, request.headers.get("host", ""))

    def token(self, request: Request) -> str | None:
        """The secret of the session that a request brings, good or not."""
        cookie = self.cookie(request)
        return request.cookies.get(cookie.name) if cookie is not None else None

    async def find(self, request: Request) -> SignedIn | None:
        """The session of a request."""
        token = self.token(request)
        if token is None:
            return None
        # Each statement on its own: that a session was used need not be written together with anything.
        async with self._ways.database.statement() as connection:
            return await find_session(connection, token, self._defaults, self._ways.clock())

    @property
    def confirm_above(self) -> int:
        """How many people an act may concern before it asks once more who it is."""
        return self._ways.settings.confirm_above

    def now(self) -> datetime:
        """The time, UTC."""
        return self._ways.clock()

    def transaction(self) -> AbstractAsyncContextManager[Connection]:
        """A transaction of ours."""
        return self._ways.database.transaction()

    async def note(self, doer: Doer, deed: Deed) -> None:
        """Adds a row to the audit log."""
        async with self._ways.database.transaction() as connection:
            await record(connection, doer, deed, self._ways.clock())

    async def begin(self, request: Request, doer: Doer, form: Mapping[str, str]) -> None:
        """Begins an act, with its row in the audit log; a form without a key is a press of its own.

        Raises:
            PressedBeforeError: this was pressed before.
        """
        press = self._press(request, form, doer.session_id or "", self.token(request) or "")
        async with self._ways.database.transaction() as connection:
            known = await self._begun(connection, press)
            if known.is_new:
                await record(connection, doer, deed_of(request), self._ways.clock())
        await self._answer_or_go_on(request, press, known)

    async def begin_sign_in(self, request: Request, form: Mapping[str, str]) -> None:
        """Begins a sign-in, which writes its own rows of the audit log.

        Only the page that was pressed knows the key of its form, so nobody else gets the session of the first press.

        Raises:
            PressedBeforeError: this was pressed before.
        """
        press = self._press(request, form, "sign-in", request.headers.get("user-agent", ""))
        async with self._ways.database.transaction() as connection:
            known = await self._begun(connection, press)
        await self._answer_or_go_on(request, press, known)

    def _press(self, request: Request, form: Mapping[str, str], *secrets: str) -> PressKey | None:
        key = form.get("key")
        return PressKey.of((key, *secrets), request.url.path, form) if key else None

    async def _begun(self, connection: Connection, press: PressKey | None) -> presses.Press:
        if press is None:
            return presses.Press(is_new=True)
        return await presses.begin(connection, press.digest, self._ways.clock())

    async def _answer_or_go_on(self, request: Request, press: PressKey | None, known: presses.Press) -> None:
        if press is None:
            return
        if not known.is_new:
            raise PressedBeforeError(await answer_of_first(self._ways.database, press, known.answer))
        remember(request.scope, press)

    async def give_back(self, request: Request) -> None:
        """An act that was begun is not done after all: its key is as good as before."""
        press = taken_back(request.scope)
        if press is not None:
            async with self._ways.database.transaction() as connection:
                await presses.forget(connection, press.digest)


def doer_of(request: Request, session: SignedIn | None = None) -> Doer:
    """Who asks, and from where."""
    address = request.client.host if request.client is not None else None
    if session is None:
        return Doer(Way.CONSOLE, address=address)
    return Doer(Way.CONSOLE, session.viewer.user_id, session.session_id, address)


def deed_of(request: Request) -> Deed:
    """What a request asks for: the name of its route, and the ids in its address."""
    route = request.scope.get("route")
    subject = " ".join(f"{name.removesuffix('_id')}:{value}" for name, value in request.path_params.items())
    return Deed(getattr(route, "name", "unknown"), subject[:300])
