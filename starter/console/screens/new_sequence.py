"""A new sequence: from the example, or as a copy of another one. Its draft opens in the editor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request, Response

from sequences.access.act import Act
from sequences.access.authorize import authorize
from sequences.errors import DefinitionError, NotFoundError, RefusedError
from services.console.looking import looking
from services.console.sequences import sequence_names
from services.drafts.draft import SavedBy
from services.drafts.new_draft import NewSequence, begin_sequence_draft, id_of_title
from starter.console.posted import posted
from starter.console.session import CurrentViewer

if TYPE_CHECKING:
    from sequences.access.viewer import Viewer
    from starter.console.view import Views
    from starter.http.dependencies import Ways

_Copy = Annotated[str, Query(max_length=100)]


def router(ways: Ways, views: Views) -> APIRouter:
    """``/new-sequence``: below ``/sequences`` it would hide a sequence of that name."""
    routes = APIRouter()

    async def show(request: Request, viewer: Viewer, wanted: NewSequence, problem: str = "") -> Response:
        async with looking(ways.database) as connection:
            known = await sequence_names(connection)
        return views.page(
            "screens/new_sequence.html",
            viewer,
            422 if problem else 200,
            wanted=wanted,
            copies=[("", views.t("new.example")), *known],
            problem=problem,
            address=views.address(request),
        )

    @routes.get("/new-sequence")
    async def new_sequence(request: Request, viewer: CurrentViewer, copy: _Copy = "") -> Response:
        authorize(viewer, Act.WRITE_SEQUENCE)
        wanted = NewSequence("", "")
        if copy:
            wanted = NewSequence(f"{copy[:58]}-copy", views.t("new.copy_of", name=copy), copy_of=copy)
        return await show(request, viewer, wanted)

    @routes.post("/new-sequence")
    async def begin_new_sequence(request: Request, viewer: CurrentViewer) -> Response:
        authorize(viewer, Act.WRITE_SEQUENCE)
        form = await posted(request)
        title = form.get("title", "")[:200]
        name = form.get("sequence", "")[:100] or id_of_title(title)
        record = "placement" if form.get("record") == "placement" else "person"
        wanted = NewSequence(name, title or name.replace("-", " ").capitalize(), record, form.get("copy", "")[:100])
        try:
            async with ways.database.transaction() as connection:
                await begin_sequence_draft(
                    connection, ways.enrolling.versions, wanted, SavedBy(viewer.user_id, ways.clock())
                )
        except (DefinitionError, NotFoundError, RefusedError) as error:
            return await show(request, viewer, wanted, str(error))
        return views.done(f"/sequences/{name}/edit", "draft_begun")

    return routes
