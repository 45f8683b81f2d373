"""People: found by name, address, number or id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request, Response

from services.console.looking import looking
from services.console.people import PeopleWanted, people
from starter.console.session import CurrentViewer

if TYPE_CHECKING:
    from starter.console.view import Views
    from starter.http.dependencies import Ways

_Text = Annotated[str, Query(max_length=2000)]


def router(ways: Ways, views: Views) -> APIRouter:
    """``/people``."""
    routes = APIRouter()

    @routes.get("/people")
    async def list_people(
        request: Request,
        viewer: CurrentViewer,
        q: _Text = "",
        whose: _Text = "",
        sequence: _Text = "",
        cursor: _Text = "",
    ) -> Response:
        asked = PeopleWanted(q[:200], whose == "mine", sequence, cursor)
        async with looking(ways.database) as connection:
            found = await people(connection, viewer, asked, ways.settings.phone_region)
        return views.page("screens/people.html", viewer, found=found, asked=asked, address=views.address(request))

    return routes
