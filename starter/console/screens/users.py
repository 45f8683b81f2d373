"""Users, for admins: inviting them, their roles and sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from fastapi import APIRouter, Depends, Request, Response

from adapters.postgres import listings
from adapters.postgres.paging import one, page
from sequences.access.act import Act
from sequences.access.role import Role
from sequences.errors import NotFoundError, RefusedError, RequestRefused
from services.access.addresses import link_address
from services.access.forget_ways import forget_ways, ways_of
from services.access.sessions import EndedBy, end_all, sessions_of
from services.access.users import Invitation, change_role, disable, invite, set_people
from services.console.looking import looking
from services.console.numbers import owner_choices
from starter.console.posted import posted
from starter.console.session import CurrentDoer, CurrentViewer, needs

if TYPE_CHECKING:
    from sequences.access.viewer import Viewer
    from services.access.users import Invited
    from starter.console.view import Views
    from starter.http.dependencies import Ways


class _UserPage(Protocol):
    """Shows the page of a user; ``problem``: why something was not done."""

    async def __call__(
        self, request: Request, viewer: Viewer, user_id: str, problem: str | None = None
    ) -> Response: ...


_MOST = 1000
_BLANK = {"email": "", "name": "", "role": Role.RECRUITER, "owner": "", "team": ""}


def router(ways: Ways, views: Views) -> APIRouter:
    """``/users`` and ``/users/{user_id}``."""
    routes = APIRouter(dependencies=[Depends(needs(Act.MANAGE_USERS))])
    roles = list(Role)

    async def list_page(viewer: Viewer, asked: dict[str, Any], problem: str | None = None) -> Response:
        async with looking(ways.database) as connection:
            users = (await page(connection, listings.CONSOLE_USERS, {}, limit=_MOST)).rows
        owners = await owner_choices(ways.database)
        status = 409 if problem else 200
        more: dict[str, Any] = {"users": users, "owners": owners, "roles": roles, "asked": asked, "problem": problem}
        return views.page("screens/users.html", viewer, status, **more)

    async def user_page(request: Request, viewer: Viewer, user_id: str, problem: str | None = None) -> Response:
        async with looking(ways.database) as connection:
            user = await one(connection, listings.CONSOLE_USERS, "id", user_id)
            if user is None:
                raise NotFoundError("There is no such user.")
            found = await sessions_of(connection, user_id, ways.clock())
            other = await ways_of(connection, user_id)
        more: dict[str, Any] = {"user": user, "sessions": found, "ways": other, "roles": roles, "problem": problem}
        more |= {"owners": await owner_choices(ways.database), "address": views.address(request)}
        return views.page("screens/user.html", viewer, 409 if problem else 200, **more)

    def link_page(viewer: Viewer, made: Invited) -> Response:
        # The secret is shown in the answer itself: an address that leads to it would be kept by the browser.
        link = link_address(ways.settings.public_url, made.link.token)
        more: dict[str, Any] = {"user": made.user, "link": link, "expires_at": made.link.expires_at}
        return views.page("screens/user_link.html", viewer, **more)

    @routes.get("/users")
    async def show_users(viewer: CurrentViewer) -> Response:
        return await list_page(viewer, _BLANK)

    @routes.post("/users")
    async def invite_user(request: Request, viewer: CurrentViewer, doer: CurrentDoer) -> Response:
        asked = _BLANK | await posted(request)
        try:
            invitation = Invitation(
                str(asked["email"]),
                _role(str(asked["role"])),
                str(asked["owner"]) or None,
                str(asked["team"]) or None,
                str(asked["name"]) or None,
            )
            async with ways.database.transaction() as connection:
                made = await invite(connection, doer, invitation, ways.clock())
        except RefusedError as error:
            return await list_page(viewer, asked, views.t("error.refused", why=error))
        return link_page(viewer, made)

    @routes.get("/users/{user_id}")
    async def show_user(user_id: str, request: Request, viewer: CurrentViewer) -> Response:
        return await user_page(request, viewer, user_id)

    @routes.post("/users/{user_id}/link")
    async def make_user_link(user_id: str, viewer: CurrentViewer, doer: CurrentDoer) -> Response:
        async with ways.database.transaction() as connection:
            user = await one(connection, listings.CONSOLE_USERS, "id", user_id)
            if user is None:
                raise NotFoundError("There is no such user.")
            made = await invite(connection, doer, Invitation(user.email), ways.clock())
        return link_page(viewer, made)

    @routes.post("/users/{user_id}/disable")
    async def disable_user(user_id: str, request: Request, viewer: CurrentViewer, doer: CurrentDoer) -> Response:
        try:
            async with ways.database.transaction() as connection:
                await disable(connection, doer, user_id, ways.clock())
        except RefusedError as error:
            return await user_page(request, viewer, user_id, views.t("error.refused", why=error))
        return views.done(f"/users/{user_id}", "user_disabled")

    _changing(routes, ways, views, user_page)
    _taking_away(routes, ways, views)
    return routes


def _changing(routes: APIRouter, ways: Ways, views: Views, user_page: _UserPage) -> None:
    """What a user is: the role, the people and the team."""

    @routes.post("/users/{user_id}/role")
    async def change_user_role(user_id: str, request: Request, viewer: CurrentViewer, doer: CurrentDoer) -> Response:
        try:
            role = _role((await posted(request)).get("role", ""))
            async with ways.database.transaction() as connection:
                await change_role(connection, doer, user_id, role, ways.clock())
        except RefusedError as error:
            return await user_page(request, viewer, user_id, views.t("error.refused", why=error))
        return views.done(f"/users/{user_id}", "role_changed")

    @routes.post("/users/{user_id}/people")
    async def set_user_people(user_id: str, request: Request, viewer: CurrentViewer, doer: CurrentDoer) -> Response:
        form = await posted(request)
        try:
            async with ways.database.transaction() as connection:
                team = form.get("team", "").strip() or None
                new = await set_people(connection, doer, user_id, form.get("owner") or None, team, ways.clock())
        except RefusedError as error:
            return await user_page(request, viewer, user_id, views.t("error.refused", why=error))
        return views.done(f"/users/{user_id}", "user_people" if new else "same")


def _taking_away(routes: APIRouter, ways: Ways, views: Views) -> None:
    """What ends at once: sessions, passkeys and accounts."""

    @routes.post("/users/{user_id}/ways/remove")
    async def remove_user_ways(user_id: str, doer: CurrentDoer) -> Response:
        async with ways.database.transaction() as connection:
            await forget_ways(connection, doer, user_id, ways.clock())
        return views.done(f"/users/{user_id}", "ways_removed")

    @routes.post("/users/{user_id}/sessions/end")
    async def end_user_sessions(user_id: str, doer: CurrentDoer) -> Response:
        async with ways.database.transaction() as connection:
            await end_all(connection, doer, user_id, EndedBy.REVOKED, ways.clock())
        return views.done(f"/users/{user_id}", "sessions_ended")


def _role(given: str) -> Role:
    try:
        return Role(given)
    except ValueError:
        raise RefusedError(RequestRefused.INVALID, "there is no such role") from None
