"""Leads and lists: who, from which sequence, when; as a file for those who may save people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field

from sequences.access.act import Act
from sequences.access.authorize import authorize, may
from services.access.audit import Deed
from services.console.leads import LeadsWanted, ListSummary, leads, leads_csv, lists, members
from services.console.looking import looking
from services.console.sequences import sequence_names
from starter.console.door import Door
from starter.console.proof import proof_for
from starter.console.session import CurrentDoer, CurrentViewer, needs

if TYPE_CHECKING:
    from starter.console.view import Views
    from starter.http.dependencies import Ways


class _Asked(BaseModel):
    """Which leads, or who on a list."""

    whose: str = ""
    sequence: str = Field(default="", max_length=100)
    list: str = Field(default="", max_length=500)
    cursor: str = Field(default="", max_length=2000)

    def wanted(self) -> LeadsWanted:
        return LeadsWanted(self.whose == "mine", self.sequence, self.list.replace("\x00", ""), self.cursor)


def router(ways: Ways, views: Views) -> APIRouter:
    """``/leads``, ``/lists`` and ``/leads.csv``."""
    routes = APIRouter()

    @routes.get("/leads")
    async def show_leads(request: Request, viewer: CurrentViewer, query: Annotated[_Asked, Query()]) -> Response:
        authorize(viewer, Act.LOOK)
        query.list = ""
        async with looking(ways.database) as connection:
            found = await leads(connection, viewer, query.wanted())
            sequences = await sequence_names(connection)
        return views.page(
            "screens/leads.html",
            viewer,
            found=found,
            asked=query.wanted(),
            sequences=[("", views.t("calendar.any")), *sequences],
            may_save=may(viewer, Act.EXPORT),
            query=f"?{request.url.query}" if request.url.query else "",
            address=views.address(request),
        )

    @routes.get("/lists")
    async def show_lists(request: Request, viewer: CurrentViewer, query: Annotated[_Asked, Query()]) -> Response:
        authorize(viewer, Act.LOOK)
        asked = query.wanted()
        found, summaries = None, tuple[ListSummary, ...]()
        async with looking(ways.database) as connection:
            if asked.list:
                found = await members(connection, viewer, asked)
                whose = found.whose
            else:
                summaries, whose = await lists(connection, viewer, mine=asked.mine)
        return views.page(
            "screens/lists.html",
            viewer,
            found=found,
            lists=summaries,
            whose=whose,
            asked=asked,
            may_save=may(viewer, Act.EXPORT),
            query=f"?{request.url.query}" if request.url.query else "",
            address=views.address(request),
        )

    @routes.get("/leads.csv", dependencies=[Depends(needs(Act.EXPORT)), Depends(proof_for(Act.EXPORT))])
    async def save_leads(
        request: Request, viewer: CurrentViewer, doer: CurrentDoer, query: Annotated[_Asked, Query()]
    ) -> Response:
        door: Door = request.app.state.door
        await door.note(doer, Deed("list_saved" if query.list else "leads_saved"))
        async with looking(ways.database) as connection:
            content = await leads_csv(connection, viewer, query.wanted())
        name = "relance-list.csv" if query.list else "relance-leads.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(content, media_type="text/csv; charset=utf-8", headers=headers)

    return routes
