"""Sign-in with a passkey: the page asks for one at once, and the form that it sends begins the session."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from adapters.passkeys import PasskeyError
from services.access.audit import Deed, record
from services.access.begin_session import Browser, begin_session
from services.access.passkeys import WAY
from services.access.sign_in import too_many_refused
from starter.console.door import Door, doer_of
from starter.console.next_page import next_page
from starter.console.passkeys import PasskeyWay
from starter.console.posted import posted

if TYPE_CHECKING:
    from starter.console.view import Views
    from starter.http.dependencies import Ways


def router(ways: Ways, views: Views) -> APIRouter:
    """``/sign-in/passkey``."""
    routes = APIRouter()
    way = PasskeyWay(ways)

    async def page(request: Request, wanted: str, problem: str = "") -> Response:
        door: Door = request.app.state.door
        cookie = door.attempt_cookie(request)
        if cookie is None:
            return refused(403, "sign_in.needs_tls")
        browser = request.cookies.get(cookie.name) or secrets.token_urlsafe(32)
        question = await way.ask(request, browser)
        if question is None:
            return refused(404, "passkeys.not_here")
        answer = views.page(
            "screens/sign_in_passkey.html",
            None,
            403 if problem else 200,
            question=question,
            next=wanted,
            problem=problem,
        )
        cookie.put(answer, browser)
        return answer

    def refused(status: int, why: str) -> Response:
        title = views.t("oidc.refused_title")
        return views.page("screens/sign_in_refused.html", None, status, title=title, message=views.t(why))

    @routes.get("/sign-in/passkey")
    async def ask_passkey(request: Request) -> Response:
        return await page(request, next_page(request, request.query_params.get("next", ""), views.base))

    @routes.post("/sign-in/passkey")
    async def sign_in_by_passkey(request: Request) -> Response:
        door: Door = request.app.state.door
        cookie, session = door.attempt_cookie(request), door.cookie(request)
        if cookie is None or session is None:
            return refused(403, "sign_in.needs_tls")
        form, now = await posted(request), ways.clock()
        await door.begin_sign_in(request, form)
        wanted, doer = next_page(request, form.get("next", ""), views.base), doer_of(request)
        async with ways.database.transaction() as connection:
            if await too_many_refused(connection, doer.address or "", now):
                return refused(429, "sign_in.too_many")
        try:
            user_id = await way.user(request, form, request.cookies.get(cookie.name, ""))
        except PasskeyError as error:
            async with ways.database.transaction() as connection:
                await record(connection, doer, Deed("sign_in_refused", detail={"way": WAY}), now)
            return await page(request, wanted, views.t("passkeys.refused", why=error))
        browser = Browser(request.headers.get("user-agent", ""), await door.find(request), WAY)
        async with ways.database.transaction() as connection:
            begun = await begin_session(connection, doer, user_id, browser, now)
        answer = RedirectResponse(wanted, 303)
        cookie.take_away(answer)
        session.put(answer, begun.token)
        return answer

    return routes
