"""What is planned, one by one: everybody who gets a step on a day, and the message as it will be."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from sequences.access.act import Act
from sequences.access.authorize import PersonOf, authorize, may
from services.console.looking import looking
from services.console.planned import (
    PlannedAsked,
    later_asked,
    planned_people,
    planned_step,
    with_later,
    with_message,
)
from services.organisation import renderer_of
from services.publishing.render import Rendering
from starter.console.later import Later
from starter.console.mail_frame import mail_frame
from starter.console.parts import SlugAsked, StepName
from starter.console.session import CurrentViewer
from starter.console.times import day_in_words
from starter.http.list_parameters import ENROLLMENT
from starter.mail_wiring import signer_of

if TYPE_CHECKING:
    from sequences.access.viewer import Viewer
    from services.console.planned import PlannedMessage
    from starter.console.view import Views
    from starter.http.dependencies import Ways

_Run = Annotated[str, Path(pattern=ENROLLMENT)]
_Cursor = Annotated[str, Query(max_length=2000)]
_Later = Annotated[str, Query(max_length=1)]


def router(ways: Ways, views: Views) -> APIRouter:
    """``/calendar/people``, ``/calendar/message/{run}/{step}``, and its HTML."""
    routes = APIRouter()
    limits = Later.of(ways)

    @routes.get("/calendar/people")
    async def planned_for(
        request: Request,
        viewer: CurrentViewer,
        day: date,
        sequence: SlugAsked,
        step: SlugAsked,
        cursor: _Cursor = "",
        later: _Later = "",
    ) -> Response:
        authorize(viewer, Act.LOOK)
        asked = PlannedAsked(day, sequence, step, cursor)
        async with looking(ways.database) as connection:
            found = await planned_people(connection, viewer, asked)
        put_off = await limits.look(later_asked(viewer, asked, found), ways.clock(), wanted=bool(later))
        return views.answer(
            request,
            "screens/planned_people.html",
            "list",
            viewer,
            asked=asked,
            found=with_later(found, step, put_off.messages),
            put_off=put_off,
            day=day_in_words(day),
            address=views.address(request),
        )

    async def written(viewer: Viewer, enrollment: str, step: str) -> tuple[PlannedMessage, bool]:
        """The step with its message, and whether its words are masked for the viewer."""
        authorize(viewer, Act.READ_PERSON)
        rendering = Rendering(
            ways.enrolling.records, renderer_of(ways.settings), ways.organisation, signer_of(ways.settings)
        )
        async with looking(ways.database) as connection:
            found = await planned_step(connection, ways.enrolling.versions, enrollment, step)
            authorize(viewer, Act.READ_PERSON, PersonOf(found.owner_id))
            masked = not may(viewer, Act.READ_MESSAGE, PersonOf(found.owner_id))
            if not masked:
                found = await with_message(connection, ways.enrolling.versions, rendering, found, ways.clock())
        return found, masked

    @routes.get("/calendar/message/{enrollment}/{step}")
    async def planned_message(request: Request, viewer: CurrentViewer, enrollment: _Run, step: StepName) -> Response:
        found, masked = await written(viewer, enrollment, step)
        return views.answer(request, "screens/planned_message.html", "dialog", viewer, found=found, masked=masked)

    @routes.get("/calendar/message/{enrollment}/{step}/html")
    async def planned_html(viewer: CurrentViewer, enrollment: _Run, step: StepName) -> Response:
        """The HTML of the mail, for a frame."""
        found, _ = await written(viewer, enrollment, step)
        return mail_frame(found.message)

    return routes
