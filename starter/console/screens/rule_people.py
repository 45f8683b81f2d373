"""The people behind the numbers of a rule, published or of a draft."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from sequences.access.act import Act
from sequences.access.authorize import authorize
from sequences.errors import NotFoundError
from services.console.looking import looking
from services.console.rule_counts import ASKED
from services.console.rule_people import (
    OutcomeAsked,
    RemainingPeople,
    RuleOutcome,
    people_of_outcome,
    remaining_people,
)
from services.console.rules import RulesReading
from services.publishing.preview import asking
from starter.console.parts import Named
from starter.console.screens.editor import editor_of
from starter.console.session import CurrentViewer

if TYPE_CHECKING:
    from adapters.postgres.versions import Version
    from sequences.access.viewer import Viewer
    from starter.console.view import Views
    from starter.http.dependencies import Ways


class RulePeopleAsked(BaseModel):
    """After how many conditions, or what becomes of those who meet all; and which page."""

    left: int = Field(default=0, ge=0, le=1000)
    outcome: RuleOutcome | None = None
    reasons: str = Field(default="", max_length=200, pattern="^[a-z_.]*$")
    """Why they are refused, values of ``Refused`` with points between them; empty: for whatever reason."""
    checked: int = Field(default=ASKED, ge=1, le=500)
    """How many were asked one by one for the number."""
    after: str = Field(default="", max_length=200)


def router(ways: Ways, views: Views) -> APIRouter:
    """``/sequences/{name}/rules/people`` and ``/sequences/{name}/edit/rules/people``."""
    routes = APIRouter()
    editor, wanted = editor_of(ways), asking(ways.settings)
    reading = RulesReading(editor.versions, ways.settings.catalogue())

    async def shown(
        request: Request, viewer: Viewer, version: Version, asked: RulePeopleAsked, *, draft: bool
    ) -> Response:
        words = reading.words(version.definition)
        first = len(words) if asked.outcome is not None else min(asked.left, len(words))
        found, now = RemainingPeople(), ways.clock()
        if words and asked.outcome is not None:
            reasons = tuple(each for each in asked.reasons.split(".") if each)
            which = OutcomeAsked(asked.outcome, reasons, asked.after, asked.checked)
            found = await people_of_outcome(ways.database, wanted, version, which, now)
        elif words:
            found = await remaining_people(ways.database, wanted, version, first, asked.after, now)
        values: dict[str, Any] = {
            "definition": version.definition,
            "conditions": words[:first],
            "found": found,
            "draft": draft,
            "asked": asked,
            "address": views.address(request),
        }
        return views.page("screens/rule_people.html", viewer, 200, **values)

    @routes.get("/sequences/{name}/rules/people")
    async def people_of_rule(
        request: Request, viewer: CurrentViewer, name: Named, asked: Annotated[RulePeopleAsked, Query()]
    ) -> Response:
        authorize(viewer, Act.LOOK)
        async with looking(ways.database) as connection:
            version = await ways.enrolling.versions.get(connection, name)
        return await shown(request, viewer, version, asked, draft=False)

    @routes.get("/sequences/{name}/edit/rules/people")
    async def people_of_draft(
        request: Request, viewer: CurrentViewer, name: Named, asked: Annotated[RulePeopleAsked, Query()]
    ) -> Response:
        authorize(viewer, Act.WRITE_SEQUENCE)
        async with looking(ways.database) as connection:
            version = (await editor.checked(connection, name)).version
        if version is None:
            raise NotFoundError(
                "The draft has errors, so its people cannot be counted. Correct them in the editor first."
            )
        return await shown(request, viewer, version, asked, draft=True)

    return routes
