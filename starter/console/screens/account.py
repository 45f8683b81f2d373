"""What users see of themselves: name, time zone, passkeys, and where they are signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from adapters.postgres import listings
from adapters.postgres.paging import one, page
from sequences.errors import NotFoundError
from services.access.passkeys import passkeys_of
from services.access.sessions import EndedBy, end_all, end_one, sessions_of
from services.access.users import OwnDescription, describe_self, user_of
from services.console.looking import looking
from starter.console.door import Door
from starter.console.passkeys import PasskeyWay
from starter.console.posted import posted
from starter.console.session import CurrentDoer, CurrentSession

if TYPE_CHECKING:
    from starter.console.view import Views
    from starter.http.dependencies import Ways

_ROWS: Final = 20


def router(ways: Ways, views: Views) -> APIRouter:
    """``/account`` and ``/sign-out``."""
    routes = APIRouter()
    base, way = views.base, PasskeyWay(ways)

    def signed_out(request: Request) -> Response:
        door: Door = request.app.state.door
        answer = RedirectResponse(f"{base}/sign-in", 303)
        cookie = door.cookie(request)
        if cookie is not None:
            cookie.take_away(answer)
        return answer

    @routes.get("/account")
    async def show_account(request: Request, session: CurrentSession) -> Response:
        viewer = session.viewer
        async with looking(ways.database) as connection:
            found = await sessions_of(connection, viewer.user_id, ways.clock())
            user = await user_of(connection, viewer.user_id)
            passkeys = await passkeys_of(connection, viewer.user_id)
            owner = await one(connection, listings.OWNERS, "id", viewer.owner_id) if viewer.owner_id else None
            own = {"owner": viewer.owner_id}
            mailboxes = (
                (await page(connection, listings.OWN_MAILBOXES, own, limit=_ROWS)).rows if viewer.owner_id else ()
            )
        more: dict[str, Any] = {
            "user": user,
            "sessions": found,
            "passkeys": passkeys,
            "owner": owner,
            "mailboxes": [each for each in mailboxes if each.state != "archived"],
            "replies_of_all": ways.settings.replies,
            "passkeys_here": way.party(request) is not None,
            "current": session.session_id,
            "address": views.address(request),
        }
        return views.page("screens/account.html", viewer, **more)

    @routes.post("/account")
    async def describe_yourself(request: Request, session: CurrentSession, doer: CurrentDoer) -> Response:
        form = await posted(request)
        described = OwnDescription(form.get("name", ""), form.get("timezone") or None)
        async with ways.database.transaction() as connection:
            await describe_self(connection, doer, session.viewer.user_id, described, ways.clock())
        return views.done("/account", "account_saved")

    @routes.post("/account/sessions/{session_id}/end")
    async def end_own_session(
        session_id: str, request: Request, session: CurrentSession, doer: CurrentDoer
    ) -> Response:
        async with ways.database.transaction() as connection:
            # The user is part of what is asked for: the id of another one's session finds nothing.
            ended = await end_one(connection, doer, session.viewer.user_id, session_id, ways.clock())
        if not ended:
            raise NotFoundError("You have no such session; it may have ended already.")
        return signed_out(request) if session_id == session.session_id else views.done("/account", "session_ended")

    @routes.post("/account/sessions/end")
    async def end_own_sessions(request: Request, session: CurrentSession, doer: CurrentDoer) -> Response:
        async with ways.database.transaction() as connection:
            await end_all(connection, doer, session.viewer.user_id, EndedBy.SIGN_OUT, ways.clock())
        return signed_out(request)

    @routes.post("/sign-out")
    async def sign_out(request: Request, session: CurrentSession, doer: CurrentDoer) -> Response:
        async with ways.database.transaction() as connection:
            await end_one(connection, doer, session.viewer.user_id, session.session_id, ways.clock())
        return signed_out(request)

    return routes
