"""Sign-in: a link that works once, and a button that spends it: scanners of mail open links, and press no buttons."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from sequences.errors import RefusedError
from services.access.links import look_at_link
from services.access.sign_in import FirstAdmin, SignIn, SignInRefused, sign_in, too_many_refused
from starter.console.door import Door, doer_of
from starter.console.next_page import next_page
from starter.console.passkeys import PasskeyWay
from starter.console.posted import posted

if TYPE_CHECKING:
    from services.access.links import GoodLink
    from starter.console.view import Views
    from starter.http.dependencies import Ways

_TOKEN: Final = re.compile(r"(?:^|/sign-in/)([A-Za-z0-9_-]{43})(?:[?#].*)?$")


def router(ways: Ways, views: Views) -> APIRouter:
    """``/sign-in`` and ``/sign-in/{token}``."""
    routes = APIRouter()
    base, provider, way = views.base, ways.settings.oidc_label(), PasskeyWay(ways)

    def refused(why: SignInRefused) -> Response:
        # One answer, whatever is wrong with a link.
        if why is SignInRefused.LINK:
            title, message = views.t("sign_in.dead_title"), views.t("sign_in.dead")
            return views.page("screens/sign_in_refused.html", None, 410, title=title, message=message)
        title, message = views.t("sign_in.too_many_title"), views.t("sign_in.too_many")
        answer = views.page("screens/sign_in_refused.html", None, 429, title=title, message=message)
        answer.headers["Retry-After"] = "900"
        return answer

    def in_clear() -> Response:
        title, message = views.t("sign_in.needs_tls_title"), views.t("sign_in.needs_tls")
        return views.page("screens/sign_in_refused.html", None, 403, title=title, message=message)

    def page(request: Request, wanted: str, problem: str | None = None) -> Response:
        return views.page(
            "screens/sign_in.html",
            None,
            422 if problem else 200,
            next=wanted,
            problem=problem,
            provider=provider,
            passkeys_here=way.party(request) is not None,
        )

    def link_page(link: GoodLink, request: Request, given: dict[str, str], problem: str | None = None) -> Response:
        answer = views.page(
            "screens/sign_in_link.html",
            None,
            422 if problem else 200,
            token=request.path_params["token"],
            link=link,
            next=next_page(request, given.get("next", ""), base),
            email=given.get("email", ""),
            name=given.get("name", ""),
            problem=problem,
        )
        # The address is the secret.
        answer.headers["Referrer-Policy"] = "no-referrer"
        return answer

    @routes.get("/sign-in")
    async def show_sign_in(request: Request) -> Response:
        door: Door = request.app.state.door
        wanted = next_page(request, request.query_params.get("next", ""), base)
        if door.cookie(request) is None:
            return in_clear()
        if await door.find(request) is not None:
            return RedirectResponse(wanted, 303)
        return page(request, wanted)

    @routes.post("/sign-in")
    async def find_link(request: Request) -> Response:
        form = await posted(request)
        wanted = next_page(request, form.get("next", ""), base)
        found = token_in(form.get("link", ""))
        if found is None:
            return page(request, wanted, views.t("sign_in.not_a_link"))
        return RedirectResponse(f"{base}/sign-in/{found}?{urlencode({'next': wanted})}", 303)

    @routes.get("/sign-in/{token}")
    async def show_link(token: str, request: Request) -> Response:
        door: Door = request.app.state.door
        if door.cookie(request) is None:
            return in_clear()
        now, address = ways.clock(), doer_of(request).address or ""
        async with ways.database.transaction() as connection:
            if await too_many_refused(connection, address, now):
                return refused(SignInRefused.TOO_MANY)
            link = await look_at_link(connection, token, now)
        return link_page(link, request, dict(request.query_params)) if link is not None else refused(SignInRefused.LINK)

    @routes.post("/sign-in/{token}")
    async def spend_link(token: str, request: Request) -> Response:
        door: Door = request.app.state.door
        cookie = door.cookie(request)
        if cookie is None:
            return in_clear()
        form, now = await posted(request), ways.clock()
        await door.begin_sign_in(request, form)
        device = request.headers.get("user-agent", "")
        first = FirstAdmin(form.get("email", ""), form.get("name", ""))
        asked = SignIn(token, device, await door.find(request), first)
        try:
            async with ways.database.transaction() as connection:
                done = await sign_in(connection, doer_of(request), asked, now)
        except RefusedError as error:
            async with ways.database.transaction() as connection:
                link = await look_at_link(connection, token, now)
            return link_page(link, request, form, f"{error}.".capitalize()) if link else refused(SignInRefused.LINK)
        if isinstance(done, SignInRefused):
            return refused(done)
        answer = RedirectResponse(next_page(request, form.get("next", ""), base), 303)
        cookie.put(answer, done.token)
        return answer

    return routes


def token_in(pasted: str) -> str | None:
    """The secret of a link that somebody pasted; None: it is no link of ours."""
    found = _TOKEN.search(pasted)
    return found[1] if found else None
