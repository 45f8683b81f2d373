"""Follow-ups that were given up, and another try."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from sequences.access.act import Act
from sequences.access.authorize import authorize, may
from services.console.given_up import given_up
from services.console.looking import looking
from services.operations.retry_delivery import retry
from starter.console.posted import posted
from starter.console.session import CurrentViewer, needs
from starter.http.list_parameters import WORD

if TYPE_CHECKING:
    from starter.console.view import Views
    from starter.http.dependencies import Ways


def router(ways: Ways, views: Views) -> APIRouter:
    """``/follow-ups`` and ``/follow-ups/{delivery_id}/retry``."""
    routes = APIRouter()

    @routes.get("/follow-ups")
    async def show_given_up(
        request: Request, viewer: CurrentViewer, cursor: Annotated[str, Query(max_length=2000)] = ""
    ) -> Response:
        authorize(viewer, Act.LOOK)
        async with looking(ways.database) as connection:
            found = await given_up(connection, viewer, cursor)
        values: dict[str, Any] = {
            "found": found,
            "may_retry": may(viewer, Act.OPERATE),
            "address": views.address(request),
        }
        return views.page("screens/given_up.html", viewer, 200, **values)

    @routes.post("/follow-ups/{delivery_id}/retry", dependencies=[Depends(needs(Act.OPERATE))])
    async def retry_follow_up(request: Request, delivery_id: Annotated[str, Path(pattern=WORD)]) -> Response:
        await posted(request)
        async with ways.database.transaction() as connection:
            await retry(connection, delivery_id)
        return views.done("/follow-ups", "follow_up_retried")

    return routes
