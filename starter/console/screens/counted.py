"""The people behind a number of a sequence."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, HTTPException, Query, Request, Response
from pydantic import BaseModel, Field

from sequences.access.act import Act
from sequences.access.authorize import authorize
from sequences.statistics.measures import DEFINITIONS, Measure
from sequences.statistics.number import Number
from services.console.counted_people import NO_OWNER, NumberAsked, counted_people
from services.console.looking import looking
from services.console.numbers import owner_choices
from services.console.sequence import sequence_head
from starter.console.parts import Named
from starter.console.session import CurrentViewer
from starter.console.times import midnight

if TYPE_CHECKING:
    from sequences.access.viewer import Viewer
    from starter.console.view import Views
    from starter.http.dependencies import Ways


class _Asked(BaseModel):
    """Which number, as ``number_address.NumberAddress`` writes it."""

    outcome: Measure = Measure.ENTERED
    version: int | None = Field(default=None, ge=1, le=1_000_000)
    step: str = Field(default="", max_length=100)
    variant: str = Field(default="", max_length=100)
    owner: str = Field(default="", max_length=200)
    since: str = Field(default="", max_length=20)
    week: date | None = None
    cursor: str = Field(default="", max_length=2000)

    def asked(self, sequence: str, viewer: Viewer) -> NumberAsked:
        if (self.variant and not self.step) or (self.step and self.version is None):
            raise HTTPException(422, "A wording belongs to a step, and a step to a version.")
        return NumberAsked(
            sequence=sequence,
            number=Number(self.outcome, self.version, self.step, self.variant),
            owner=self.owner,
            since=midnight(self.since, viewer.timezone),
            week=self.week,
            cursor=self.cursor,
        )


def router(ways: Ways, views: Views) -> APIRouter:
    """``/sequences/{name}/people``."""
    routes = APIRouter()

    @routes.get("/sequences/{name}/people")
    async def people_of_number(
        request: Request, viewer: CurrentViewer, name: Named, query: Annotated[_Asked, Query()]
    ) -> Response:
        authorize(viewer, Act.LOOK)
        asked = query.asked(name, viewer)
        async with looking(ways.database) as connection:
            head = await sequence_head(connection, name)
        found = await counted_people(ways.database, viewer, asked)
        owners = await owner_choices(ways.database)
        return views.page(
            "screens/counted.html",
            viewer,
            head=head,
            asked=asked,
            found=found,
            definition=DEFINITIONS[query.outcome].words,
            owner_name=dict(owners).get(query.owner, query.owner) if query.owner != NO_OWNER else NO_OWNER,
            address=views.address(request),
            outcomes=[(each.value, views.t(f"outcome.{each.value}")) for each in Measure],
        )

    return routes
