"""Once more, who is it? By a passkey, the identity provider or a new link; then the act is done as it was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import RedirectResponse

from adapters.passkeys import PasskeyError
from sequences.access.proof import is_proved
from sequences.errors import NotFoundError
from services.access.passkeys import WAY, passkeys_of
from services.access.prove import prove, prove_by_link
from services.console.looking import looking
from starter.console.oidc import OidcRefusedError, OidcWay
from starter.console.passkeys import PasskeyWay
from starter.console.posted import posted
from starter.console.proof import KEPT
from starter.console.screens.sign_in import token_in
from starter.console.session import CurrentDoer, CurrentSession

if TYPE_CHECKING:
    from services.access.sessions import SignedIn
    from starter.console.view import Views
    from starter.http.dependencies import Ways

_Token = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


def router(ways: Ways, views: Views) -> APIRouter:
    """``/confirm/{token}`` and the ways to prove it."""
    routes = APIRouter()
    passkeys, oidc = PasskeyWay(ways), OidcWay(ways)
    provider = ways.settings.oidc_label()

    async def page(request: Request, session: SignedIn, token: str, problem: str = "") -> Response:
        async with looking(ways.database) as connection:
            kept = await KEPT.look(connection, token, session.session_id, ways.clock())
            has_passkey = bool(await passkeys_of(connection, session.viewer.user_id))
        if kept is None:
            raise NotFoundError(views.t("confirm.gone"))
        question = None
        is_known = is_proved(session.proved_at, ways.clock())
        if has_passkey and not is_known:
            question = await passkeys.ask(request, session.session_id)
        more: dict[str, Any] = {"kept": kept, "token": token, "question": question, "provider": provider}
        status = 403 if problem else 200
        return views.page("screens/confirm.html", session.viewer, status, proved=is_known, problem=problem, **more)

    def on(token: str) -> Response:
        return RedirectResponse(f"{views.base}/confirm/{token}", 303)

    @routes.get("/confirm/{token}")
    async def show_confirm(request: Request, session: CurrentSession, token: _Token) -> Response:
        return await page(request, session, token)

    @routes.post("/confirm/{token}/passkey")
    async def confirm_by_passkey(
        request: Request, session: CurrentSession, doer: CurrentDoer, token: _Token
    ) -> Response:
        try:
            user_id = await passkeys.user(request, await posted(request), session.session_id)
        except PasskeyError as error:
            return await page(request, session, token, views.t("passkeys.refused", why=error))
        if user_id != session.viewer.user_id:
            return await page(request, session, token, views.t("confirm.somebody_else"))
        async with ways.database.transaction() as connection:
            await prove(connection, doer, WAY, ways.clock())
        return on(token)

    @routes.post("/confirm/{token}/link")
    async def confirm_by_link(request: Request, session: CurrentSession, doer: CurrentDoer, token: _Token) -> Response:
        link = token_in((await posted(request)).get("link", ""))
        async with ways.database.transaction() as connection:
            good = link is not None and await prove_by_link(connection, doer, link, ways.clock())
        return on(token) if good else await page(request, session, token, views.t("confirm.bad_link"))

    @routes.get("/confirm/{token}/oidc")
    async def confirm_by_oidc(request: Request, session: CurrentSession, token: _Token) -> Response:
        try:
            return await oidc.leave(request, {"confirm": token, "session": session.session_id}, again=True)
        except OidcRefusedError as error:
            return await page(request, session, token, views.t(f"oidc.{error.why}", provider=provider))

    return routes
