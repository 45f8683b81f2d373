"""Mail that belongs to nobody: attached to a run by a person, or set aside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from adapters.postgres import queries
from sequences.access.act import Act
from sequences.access.authorize import PersonOf, authorize, may
from sequences.errors import NotFoundError
from services.console.looking import looking
from services.console.unmatched import UnmatchedView, just_attached, one_unmatched, suspects, unmatched_page
from services.operations.attach import dismiss
from services.operations.waiting_attachments import AttachedBy, AttachSoon, attach_soon, take_back_attachment
from starter.console.posted import posted
from starter.console.session import CurrentViewer, needs
from starter.http.list_parameters import WORD

if TYPE_CHECKING:
    from starter.console.view import Views
    from starter.http.dependencies import Ways

_Message = Annotated[str, Path(pattern=WORD)]
_Text = Annotated[str, Query(max_length=2000)]


def router(ways: Ways, views: Views) -> APIRouter:
    """``/unmatched`` and ``/unmatched/{id}/...``."""
    routes = APIRouter()

    @routes.get("/unmatched")
    async def show_unmatched(
        request: Request, viewer: CurrentViewer, show: _Text = "", cursor: _Text = "", undo: _Text = ""
    ) -> Response:
        authorize(viewer, Act.LOOK)
        asked = UnmatchedView(show == "aside", cursor, undo)
        async with looking(ways.database) as connection:
            found = await unmatched_page(connection, viewer, asked, ways.clock())
        values = {"found": found, "aside": asked.set_aside, "address": views.address(request)}
        return views.page("screens/unmatched.html", viewer, 200, **values)

    @routes.get("/unmatched/{inbound_id}")
    async def show_one(request: Request, viewer: CurrentViewer, inbound_id: _Message, q: _Text = "") -> Response:
        authorize(viewer, Act.LOOK)
        async with looking(ways.database) as connection:
            line = await one_unmatched(connection, viewer, inbound_id)
            # Who has the address it came from is the first guess.
            typed = request.query_params.get("q") is not None
            wanted = q[:200] if typed else line.sender or ""
            found = await suspects(connection, viewer, wanted, ways.settings.phone_region)
            attached = await just_attached(connection, viewer, inbound_id, ways.clock())
        return views.page(
            "screens/unmatched_one.html",
            viewer,
            line=line,
            suspects=found,
            wanted=wanted,
            guessed=not typed,
            attached=attached,
            may_attach=attached is None
            and may(viewer, Act.REVIEW_REPLY)
            and (line.waits or line.set_aside_at is not None),
            address=views.address(request),
        )

    @routes.post("/unmatched/{inbound_id}/attach", dependencies=[Depends(needs(Act.REVIEW_REPLY))])
    async def attach_message(request: Request, viewer: CurrentViewer, inbound_id: _Message) -> Response:
        form = await posted(request)
        enrollment = form.get("enrollment", "")
        async with ways.database.transaction() as connection:
            run = await queries.enrollment_row(connection, id=enrollment)
            if run is None:
                raise NotFoundError("there is no such run")
            authorize(viewer, Act.REVIEW_REPLY, PersonOf(run.owner_id))
            by = AttachedBy(viewer.name or viewer.email, viewer.user_id)
            done = await attach_soon(connection, inbound_id, enrollment, by, ways.clock())
        if done is AttachSoon.WAITS:
            return views.done(f"/unmatched?undo={inbound_id}")
        return views.done("/unmatched", "attached_at_once" if done is AttachSoon.AT_ONCE else "same")

    @routes.post("/unmatched/{inbound_id}/undo", dependencies=[Depends(needs(Act.REVIEW_REPLY))])
    async def undo_attach(viewer: CurrentViewer, inbound_id: _Message) -> Response:
        async with ways.database.transaction() as connection:
            await take_back_attachment(connection, inbound_id, viewer.user_id)
        return views.done(f"/unmatched/{inbound_id}", "undone")

    @routes.post("/unmatched/{inbound_id}/dismiss", dependencies=[Depends(needs(Act.REVIEW_REPLY))])
    async def dismiss_message(viewer: CurrentViewer, inbound_id: _Message) -> Response:
        async with ways.database.transaction() as connection:
            done = await dismiss(connection, inbound_id, by=viewer.name or viewer.email, now=ways.clock())
        return views.done("/unmatched", "set_aside" if done else "same")

    return routes
