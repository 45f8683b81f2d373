"""Messages that may or may not have gone out: settled by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request, Response

from sequences.access.act import Act
from sequences.access.authorize import authorize, may
from services.console.looking import looking
from services.console.unknown_sends import unknown_send, unknown_sends
from services.operations.settle_unknown import settle_unknown
from starter.console.posted import posted
from starter.console.session import CurrentViewer, needs
from starter.http.list_parameters import WORD

if TYPE_CHECKING:
    from starter.console.view import Views
    from starter.http.dependencies import Ways

_Send = Annotated[str, Path(pattern=WORD)]
_WHAT = ("sent", "not_sent")


def router(ways: Ways, views: Views) -> APIRouter:
    """``/unknown`` and ``/unknown/{id}/settle``."""
    routes = APIRouter()

    @routes.get("/unknown")
    async def show_unknown(
        request: Request, viewer: CurrentViewer, cursor: Annotated[str, Query(max_length=2000)] = ""
    ) -> Response:
        authorize(viewer, Act.LOOK)
        async with looking(ways.database) as connection:
            found = await unknown_sends(connection, viewer, cursor)
        values = {"found": found, "may_settle": may(viewer, Act.OPERATE), "address": views.address(request)}
        return views.page("screens/unknown.html", viewer, 200, **values)

    @routes.get("/unknown/{send_id}/settle", dependencies=[Depends(needs(Act.OPERATE))])
    async def ask_to_settle(request: Request, viewer: CurrentViewer, send_id: _Send, what: str = "sent") -> Response:
        async with looking(ways.database) as connection:
            found = await unknown_send(connection, send_id)
        values: dict[str, Any] = {"send": found, "what": what if what in _WHAT else "sent"}
        return views.answer(request, "screens/unknown_settle.html", "dialog", viewer, **values)

    @routes.post("/unknown/{send_id}/settle", dependencies=[Depends(needs(Act.OPERATE))])
    async def settle_send(request: Request, viewer: CurrentViewer, send_id: _Send) -> Response:
        form = await posted(request)
        what = form.get("what", "")
        if what not in _WHAT:
            raise HTTPException(422, views.t("unknown.unclear"))
        async with ways.database.transaction() as connection:
            done = await settle_unknown(
                connection, send_id, went_out=what == "sent", by=viewer.name or viewer.email, now=ways.clock()
            )
        return views.done("/unknown", f"unknown_{what}" if done else "same")

    return routes
