"""Named tokens of the API, for admins: created, rotated and revoked; a secret is shown once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from adapters.postgres import listings
from adapters.postgres.paging import one, page
from sequences.access.act import Act
from sequences.access.token_scope import TokenScope
from sequences.errors import NotFoundError, RefusedError
from services.access.tokens import NewToken, create_token, revoke_token, rotate_token, token_line
from services.console.looking import looking
from starter.console.posted import posted
from starter.console.proof import proof_for
from starter.console.rotation import HOURS, posted_grace
from starter.console.screens.settings import PARTS
from starter.console.session import CurrentDoer, CurrentViewer, needs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sequences.access.viewer import Viewer
    from services.access.tokens import MadeToken
    from starter.console.view import Views
    from starter.http.dependencies import Ways

_ROWS: Final = 100
_DAYS: Final = ("365", "90", "30", "0")
_BLANK: Final[Mapping[str, str]] = {"name": "", "days": _DAYS[0]}
_Text = Annotated[str, Query(max_length=2000)]
_Id = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,64}$")]


def router(ways: Ways, views: Views) -> APIRouter:
    """``/settings/tokens`` and ``/settings/tokens/{token_id}``."""
    routes = APIRouter(dependencies=[Depends(needs(Act.MANAGE_TOKENS))])
    proof = Depends(proof_for(Act.MANAGE_TOKENS))

    async def list_page(
        request: Request, viewer: Viewer, asked: Mapping[str, str] = _BLANK, problem: str = ""
    ) -> Response:
        query, now = request.query_params, ways.clock()
        state, cursor = query.get("state", ""), query.get("cursor") or None
        async with looking(ways.database) as connection:
            conditions = {"revoked": state == "revoked"}
            found = await page(connection, listings.API_TOKENS, conditions, cursor=cursor, limit=_ROWS)
        more: dict[str, Any] = {"tokens": [(token_line(row, now), row.created_by_name) for row in found.rows]}
        more |= {"state": state, "address": views.address(request), "following": found.next, "parts": PARTS}
        more |= {"asked": asked, "problem": problem, "scopes": list(TokenScope), "days": _DAYS}
        return views.page("screens/api_tokens.html", viewer, 422 if problem else 200, **more)

    def secret_page(viewer: Viewer, made: MadeToken) -> Response:
        # In the answer itself: an address that leads to a secret would be kept by the browser.
        return views.page("screens/api_token_secret.html", viewer, made=made)

    @routes.get("/settings/tokens")
    async def show_tokens(request: Request, viewer: CurrentViewer, state: _Text = "", cursor: _Text = "") -> Response:
        del state, cursor
        return await list_page(request, viewer)

    @routes.post("/settings/tokens", dependencies=[proof])
    async def create_api_token(request: Request, viewer: CurrentViewer, doer: CurrentDoer) -> Response:
        form, now = await posted(request), ways.clock()
        wanted = _wanted(form, now)
        if wanted is None:
            return await list_page(request, viewer, {**_BLANK, **form}, views.t("api_tokens.unclear"))
        try:
            async with ways.database.transaction() as connection:
                made = await create_token(connection, doer, wanted, now)
        except RefusedError as error:
            return await list_page(request, viewer, {**_BLANK, **form}, views.t("error.refused", why=error))
        return secret_page(viewer, made)

    @routes.get("/settings/tokens/{token_id}")
    async def show_token(viewer: CurrentViewer, token_id: _Id) -> Response:
        async with looking(ways.database) as connection:
            row = await one(connection, listings.API_TOKENS, "id", token_id)
        if row is None:
            raise NotFoundError(views.t("api_tokens.gone"))
        token = token_line(row, ways.clock())
        return views.page(
            "screens/api_token.html", viewer, token=token, created_by_name=row.created_by_name, hours=HOURS
        )

    @routes.post("/settings/tokens/{token_id}/rotate", dependencies=[proof])
    async def rotate_api_token(request: Request, viewer: CurrentViewer, doer: CurrentDoer, token_id: _Id) -> Response:
        grace = posted_grace(await posted(request))
        async with ways.database.transaction() as connection:
            made = await rotate_token(connection, doer, token_id, ways.clock(), grace)
        return secret_page(viewer, made)

    @routes.post("/settings/tokens/{token_id}/revoke")
    async def revoke_api_token(doer: CurrentDoer, token_id: _Id) -> Response:
        async with ways.database.transaction() as connection:
            await revoke_token(connection, doer, token_id, ways.clock())
        return views.done("/settings/tokens", "token_revoked")

    return routes


def _wanted(form: Mapping[str, str], now: datetime) -> NewToken | None:
    """What the form asks for; None: no scope, or a time that the form does not have."""
    scopes, days = tuple(scope for scope in TokenScope if form.get(f"scope_{scope}")), form.get("days", "")
    if not scopes or days not in _DAYS:
        return None
    return NewToken(form.get("name", ""), scopes, now + timedelta(days=int(days)) if days != "0" else None)
