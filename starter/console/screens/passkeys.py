"""A user's passkeys: adding one on this device, and removing one."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Annotated, Final

from fastapi import APIRouter, Depends, Path, Request, Response

from adapters.passkeys import PasskeyError, PasskeyHolder
from sequences.access.act import Act
from sequences.errors import NotFoundError, RefusedError
from services.access.passkeys import add_passkey, passkeys_of, remove_passkey
from services.console.looking import looking
from starter.console.passkeys import PasskeyWay
from starter.console.posted import posted
from starter.console.proof import proof_for
from starter.console.session import CurrentDoer, CurrentSession

if TYPE_CHECKING:
    from services.access.sessions import SignedIn
    from starter.console.view import Views
    from starter.http.dependencies import Ways

# A session that somebody left open must not become a way in for good.
_PROVED: Final = [Depends(proof_for(Act.MANAGE_OWN_SESSIONS))]
_Passkey = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,1400}$")]


def router(ways: Ways, views: Views) -> APIRouter:
    """``/account/passkeys``."""
    routes = APIRouter()
    way = PasskeyWay(ways)

    async def page(request: Request, session: SignedIn, problem: str = "") -> Response:
        viewer = session.viewer
        async with looking(ways.database) as connection:
            known = [each.id for each in await passkeys_of(connection, viewer.user_id)]
        holder = PasskeyHolder(viewer.user_id, viewer.email, viewer.name or viewer.email)
        question = await way.ask_for_new(request, session.session_id, holder, known)
        if question is None:
            raise NotFoundError(views.t("passkeys.not_here"))
        status = 409 if problem else 200
        return views.page("screens/passkey_new.html", viewer, status, question=question, problem=problem)

    @routes.get("/account/passkeys/new", dependencies=_PROVED)
    async def ask_new_passkey(request: Request, session: CurrentSession) -> Response:
        return await page(request, session)

    @routes.post("/account/passkeys", dependencies=_PROVED)
    async def add_own_passkey(request: Request, session: CurrentSession, doer: CurrentDoer) -> Response:
        form = await posted(request)
        try:
            made = await way.made(request, form, session.session_id)
            async with ways.database.transaction() as connection:
                await add_passkey(connection, doer, made, form.get("name", ""), ways.clock())
        except PasskeyError as error:
            return await page(request, session, views.t("passkeys.refused", why=error))
        except RefusedError as error:
            return await page(request, session, views.t("error.refused", why=error))
        return views.done("/account", "passkey_added")

    @routes.post("/account/passkeys/{passkey_id}/remove")
    async def remove_own_passkey(passkey_id: _Passkey, session: CurrentSession, doer: CurrentDoer) -> Response:
        identity = base64.urlsafe_b64decode(passkey_id + "=" * (-len(passkey_id) % 4))
        async with ways.database.transaction() as connection:
            # The user is part of what is asked for: the id of another one's passkey finds nothing.
            await remove_passkey(connection, doer, identity, ways.clock())
        return views.done("/account", "passkey_removed")

    return routes
