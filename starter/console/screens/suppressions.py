"""Suppressions: searched, added, and lifted with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request, Response

from sequences.access.act import Act
from sequences.access.authorize import authorize, may
from sequences.channels import CHANNELS
from sequences.errors import RefusedError
from services.console.looking import looking
from services.console.suppressions import SuppressionsWanted, one_suppression, suppressions_found
from services.operations.suppressions import lift, suppress_address, suppressible
from starter.console.posted import posted
from starter.console.proof import proof_for
from starter.console.session import CurrentViewer, needs

if TYPE_CHECKING:
    from sequences.access.viewer import Viewer
    from starter.console.view import Views
    from starter.http.dependencies import Ways

_Text = Annotated[str, Query(max_length=2000)]
_Id = Annotated[int, Path(ge=1, lt=2**63)]
_CHANNELS: Final = ("all", *map(str, CHANNELS))
_ADD: Final = "screens/suppression_add.html"
_LIFT: Final = "screens/suppression_lift.html"


def router(ways: Ways, views: Views) -> APIRouter:
    """``/suppressions``, ``/suppressions/add`` and ``/suppressions/{id}/lift``."""
    routes = APIRouter()

    @routes.get("/suppressions")
    async def show_suppressions(
        request: Request, viewer: CurrentViewer, q: _Text = "", reason: _Text = "", state: _Text = ""
    ) -> Response:
        authorize(viewer, Act.LOOK)
        cursor = request.query_params.get("cursor", "")
        asked = SuppressionsWanted(q[:320], reason, state == "lifted", cursor)
        async with looking(ways.database) as connection:
            found = await suppressions_found(connection, viewer, asked, ways.settings.phone_region)
        return views.page(
            "screens/suppressions.html",
            viewer,
            found=found,
            asked=asked,
            may_add=may(viewer, Act.SUPPRESS),
            may_lift=may(viewer, Act.LIFT_SUPPRESSION),
            address=views.address(request),
        )

    @routes.get("/suppressions/add", dependencies=[Depends(needs(Act.SUPPRESS))])
    async def ask_whom(request: Request, viewer: CurrentViewer) -> Response:
        return question(request, viewer, _ADD, written="", problem="", channels=channels())

    @routes.post("/suppressions/add", dependencies=[Depends(needs(Act.SUPPRESS))])
    async def add_suppression(viewer: CurrentViewer, request: Request) -> Response:
        form = await posted(request)
        written, channel = form.get("address", "")[:320], form.get("channel", "")
        if channel not in _CHANNELS:
            raise HTTPException(422, views.t("person.no_channel"))
        try:
            address = suppressible(written, ways.settings.phone_region)
            async with ways.database.transaction() as connection:
                done = await suppress_address(connection, address, channel, f"user:{viewer.user_id}", ways.clock())
        except RefusedError as error:
            return views.page(_ADD, viewer, 422, written=written, problem=str(error), channels=channels())
        return views.done("/suppressions", "suppressed" if done else "same")

    @routes.get("/suppressions/{suppression_id}/lift", dependencies=[Depends(needs(Act.LIFT_SUPPRESSION))])
    async def ask_why(request: Request, viewer: CurrentViewer, suppression_id: _Id) -> Response:
        async with looking(ways.database) as connection:
            line = await one_suppression(connection, viewer, suppression_id)
        return question(request, viewer, _LIFT, line=line, problem="")

    @routes.post(
        "/suppressions/{suppression_id}/lift",
        dependencies=[Depends(needs(Act.LIFT_SUPPRESSION)), Depends(proof_for(Act.LIFT_SUPPRESSION))],
    )
    async def lift_suppression(request: Request, viewer: CurrentViewer, suppression_id: _Id) -> Response:
        form = await posted(request)
        try:
            async with ways.database.transaction() as connection:
                by = viewer.name or viewer.email
                done = await lift(connection, suppression_id, by=by, reason=form.get("reason", ""), now=ways.clock())
        except RefusedError as error:
            async with looking(ways.database) as connection:
                line = await one_suppression(connection, viewer, suppression_id)
            return views.page(_LIFT, viewer, 422, line=line, problem=str(error))
        return views.done("/suppressions", "lifted" if done else "same")

    def channels() -> list[tuple[str, str]]:
        return [("all", views.t("channels.all")), *views.channel_choices()]

    def question(request: Request, viewer: Viewer, template: str, **values: Any) -> Response:
        return views.answer(request, template, "dialog", viewer, **values)

    return routes
