"""Settings: those of the environment as they are, the fields, and owners, whose ways to be told can be changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, get_args

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request, Response

from adapters.postgres import listings
from adapters.postgres.paging import one, page
from sequences.access.act import Act
from sequences.access.authorize import may
from sequences.errors import NotFoundError
from sequences.replies.way import RepliesBy
from sequences.sending.owner_mails import NotifyBy
from services.console.looking import looking
from services.console.settings import GROUPS, setting_lines
from services.operations.notify_by import set_notify_by
from services.operations.replies_by import set_replies_by
from services.reading.fields import field_lines
from services.retention.overview import retention_overview
from starter.console.posted import posted
from starter.console.session import CurrentViewer, needs
from starter.http.list_parameters import ID

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starter.console.view import Views
    from starter.http.dependencies import Ways

PARTS: Final = (*GROUPS, "owners", "fields")
_NOTIFY: Final[Mapping[str, NotifyBy]] = {each: each for each in get_args(NotifyBy)}
_REPLIES: Final[Mapping[str, RepliesBy]] = {each: each for each in get_args(RepliesBy)}
_Text = Annotated[str, Query(max_length=2000)]
_Owner = Annotated[str, Path(pattern=ID)]
_ROWS: Final = 50


def router(ways: Ways, views: Views) -> APIRouter:
    """``/settings`` and ``/settings/owners/{owner_id}``."""
    routes = APIRouter()

    @routes.get("/settings", dependencies=[Depends(needs(Act.READ_SETTINGS))])
    async def show_settings(request: Request, viewer: CurrentViewer, part: _Text = "", cursor: _Text = "") -> Response:
        shown = part if part in PARTS else PARTS[0]
        more: dict[str, Any] = {"lines": setting_lines(ways.settings, shown) if shown in GROUPS else ()}
        more["fields"] = field_lines(ways.settings.catalogue(), "") if shown == "fields" else ()
        if shown == "retention":
            async with looking(ways.database) as connection:
                more["classes"] = await retention_overview(connection, ways.settings.retention(), ways.clock())
        if shown == "owners":
            async with looking(ways.database) as connection:
                found = await page(connection, listings.OWNERS, {}, cursor=cursor or None, limit=_ROWS)
            more |= {"owners": found.rows, "following": found.next}
        address = views.address(request)
        return views.page("screens/settings.html", viewer, part=shown, parts=PARTS, address=address, **more)

    @routes.get("/settings/owners/{owner_id}", dependencies=[Depends(needs(Act.READ_SETTINGS))])
    async def show_owner(viewer: CurrentViewer, owner_id: _Owner) -> Response:
        async with looking(ways.database) as connection:
            owner = await one(connection, listings.OWNERS, "id", owner_id)
        if owner is None:
            raise NotFoundError(views.t("our_settings.no_owner"))
        return views.page(
            "screens/settings_owner.html",
            viewer,
            owner=owner,
            may_change=may(viewer, Act.CHANGE_SETTINGS),
            notify=[(each, views.t(f"our_settings.notify_{each}")) for each in _NOTIFY],
            replies=[
                ("", views.t("our_settings.replies_own", way=ways.settings.replies)),
                *((each, views.t(f"our_settings.replies_{each}")) for each in _REPLIES),
            ],
        )

    @routes.post("/settings/owners/{owner_id}/told", dependencies=[Depends(needs(Act.CHANGE_SETTINGS))])
    async def change_owner(request: Request, owner_id: _Owner) -> Response:
        form = await posted(request)
        told, answered = form.get("notify_by", ""), form.get("replies", "")
        if told not in _NOTIFY or answered not in ("", *_REPLIES):
            raise HTTPException(422, views.t("our_settings.unclear"))
        await set_notify_by(ways.database, owner_id, _NOTIFY[told])
        await set_replies_by(ways.database, owner_id, _REPLIES.get(answered))
        return views.done("/settings?part=owners", "owner_changed")

    return routes
