"""Deliverability: mailboxes with their limits and what came back of what they sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response

from sequences.access.act import Act
from sequences.access.authorize import authorize
from sequences.errors import UnavailableError
from services.console.deliverability import SPANS, deliverability
from services.console.looking import looking
from starter.console.session import CurrentViewer
from starter.limits import slots_of

if TYPE_CHECKING:
    from starter.console.view import Views
    from starter.http.dependencies import Ways

_TEMPLATE: Final = "screens/deliverability.html"
_Word = Annotated[str, Query(max_length=10)]


def router(ways: Ways, views: Views) -> APIRouter:
    """``/deliverability``."""
    routes = APIRouter()
    slots = slots_of(ways.settings)

    @routes.get("/deliverability")
    async def show_deliverability(
        request: Request, viewer: CurrentViewer, days: _Word = "", numbers: _Word = ""
    ) -> Response:
        authorize(viewer, Act.LOOK)
        span = next((each for each in SPANS if str(each) == days), SPANS[0])
        found, slow = None, False
        if numbers:
            try:
                async with looking(ways.database) as connection:
                    found = await deliverability(connection, slots, span, ways.clock())
            except UnavailableError:
                slow = True
        if found is None:
            async with looking(ways.database) as connection:
                found = await deliverability(connection, slots, None, ways.clock())
        values: dict[str, Any] = {"found": found, "days": span, "slow": slow, "address": views.address(request)}
        return views.answer(request, _TEMPLATE, "list", viewer, **values)

    return routes
