"""Sign-in by an identity provider: the browser goes there, and comes back with a code that is good once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from sequences.access.identity import IdentityRefused
from sequences.access.proof import is_proved
from services.access.begin_session import Browser
from services.access.identities import WAY, ByIdentity, sign_in_by_identity, user_of_identity
from services.access.prove import prove
from starter.console.door import Door, doer_of
from starter.console.next_page import next_page
from starter.console.oidc import OidcAnswer, OidcRefusedError, OidcWay

if TYPE_CHECKING:
    from services.access.sessions import SignedIn
    from starter.console.view import Views
    from starter.http.dependencies import Ways


def router(ways: Ways, views: Views) -> APIRouter:
    """``/sign-in/oidc`` and where the provider sends browsers back to."""
    routes = APIRouter()
    way = OidcWay(ways)

    def refused(status: int, why: str) -> Response:
        title, message = views.t("oidc.refused_title"), views.t(f"oidc.{why}", provider=ways.settings.oidc_label())
        return views.page("screens/sign_in_refused.html", None, status, title=title, message=message)

    async def proved_again(request: Request, back: OidcAnswer, session: SignedIn | None) -> Response:
        identity, now = back.identity, ways.clock()
        if session is None or session.session_id != back.detail["session"]:
            return refused(403, "state")
        doer = doer_of(request, session)
        async with ways.database.transaction() as connection:
            user_id = await user_of_identity(connection, doer, identity, now)
            if user_id != session.viewer.user_id:
                return refused(403, "somebody_else")
            if not is_proved(identity.authenticated_at, now):
                # It asked for nothing, or does not say when it did.
                return refused(403, "not_again")
            await prove(connection, doer, WAY, now)
        return RedirectResponse(f"{views.base}/confirm/{back.detail['confirm']}", 303)

    async def signed_in(request: Request, back: OidcAnswer) -> Response:
        door: Door = request.app.state.door
        if "confirm" in back.detail:
            return await proved_again(request, back, await door.find(request))
        asked = ByIdentity(back.identity, ways.settings.group_roles())
        browser = Browser(request.headers.get("user-agent", ""), await door.find(request), WAY)
        async with ways.database.transaction() as connection:
            done = await sign_in_by_identity(connection, doer_of(request), asked, browser, ways.clock())
        if isinstance(done, IdentityRefused):
            return refused(403, done)
        answer = RedirectResponse(next_page(request, back.detail.get("next", ""), views.base), 303)
        attempt, session = door.attempt_cookie(request), door.cookie(request)
        if attempt is not None and session is not None:
            attempt.take_away(answer)
            session.put(answer, done.token)
        return answer

    @routes.get("/sign-in/oidc")
    async def begin_oidc(request: Request) -> Response:
        try:
            return await way.leave(request, {"next": request.query_params.get("next", "")[:2000]})
        except OidcRefusedError as error:
            return refused(error.status, error.why)

    @routes.get("/sign-in/oidc/callback")
    async def end_oidc(request: Request) -> Response:
        try:
            return await signed_in(request, await way.come_back(request))
        except OidcRefusedError as error:
            return refused(error.status, error.why)

    return routes
